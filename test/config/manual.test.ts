import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { jsonSchema, optionsPage } from '../../src/config/manual.ts'
import { SAMPLE } from './sample.ts'

const file = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('what is generated from the option table is what is shipped', () => {
  test('docs/options.md (else: kingcdn docs options > docs/options.md)', () => {
    expect(file('docs/options.md')).toBe(optionsPage())
  })

  test('kingcdn.schema.json (else: kingcdn docs schema > kingcdn.schema.json)', () => {
    expect(file('kingcdn.schema.json')).toBe(jsonSchema())
  })
})

describe('the page for people', () => {
  test('every option has legal values, a default and a sentence', () => {
    const rows = optionsPage()
      .split('\n')
      .filter(line => line.startsWith('| `'))
    expect(rows.length).toBeGreaterThan(80)
    for (const row of rows) {
      const cells = row.slice(2, -2).split(/(?<!\\) \| /)
      expect(cells, row).toHaveLength(4)
      for (const cell of cells) expect(cell.trim(), row).not.toBe('')
    }
  })

  test('every key of the example in the repository is on it', () => {
    const page = optionsPage()
    const { clusters, services, ...rest } = parse(file('kingcdn.yaml')) as Record<string, unknown>
    for (const key of Object.keys(rest)) expect(page).toMatch(new RegExp(`\`${key}(\\[\\])?\``))
    for (const key of Object.keys((clusters as object[])[0]!))
      expect(page).toMatch(new RegExp(`\`clusters\\[\\]\\.${key}(\\[\\])?\``))
    for (const key of Object.keys((services as object[])[0]!))
      expect(page).toMatch(new RegExp(`\`services\\[\\]\\.${key}(\\[\\])?\``))
  })
})

describe('the schema for editors', () => {
  // An independent reading of the shipped file: JSON Schema back to a validator.
  const schema = z.fromJSONSchema(JSON.parse(jsonSchema()) as Parameters<typeof z.fromJSONSchema>[0])
  const accepts = (text: string): boolean => schema.safeParse(parse(text)).success

  test('accepts what the loader accepts', () => {
    expect(accepts(SAMPLE)).toBe(true)
    expect(accepts(file('kingcdn.yaml'))).toBe(true)
    expect(accepts('zones: [{ file: a.zone }]')).toBe(true)
    expect(
      accepts(SAMPLE.replace('clusters: all', 'clusters: [core, icn-kt]').replace('address: 30', 'address: 30s')),
    ).toBe(true)
  })

  test.each([
    ['an unknown key', 'node: ns1', 'nod: ns1'],
    ['a rate in an unknown unit', '40Gbps', '40Gps'],
    ['a policy that does not exist', 'rtt-spill', 'fastest'],
    ['a number out of range', 'answers: 2', 'answers: 9'],
    ['a missing key', '    capacity: 40Gbps\n', ''],
    ['an unknown key deep inside', 'lat: 37.57', 'lat: 37.57, x: 1'],
  ])('refuses %s', (_, from, to) => {
    expect(accepts(SAMPLE.replace(from, to))).toBe(false)
  })
})
