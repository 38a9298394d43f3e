import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { formatProblem } from '../../src/base/problem.ts'
import { MAX_DOCUMENT_OCTETS, readDocument } from '../../src/config/document.ts'
import { loadConfig } from '../../src/config/load.ts'
import { formatPath, parsePath } from '../../src/config/path.ts'
import { complaints, parse, SAMPLE } from './sample.ts'

const said = (text: string): string[] => readDocument(text, 'f.yaml').problems.map(formatProblem)

describe('what is not YAML', () => {
  test.each([
    ['a bracket left open', 'a: [1, 2\nb: 3\n', /^f\.yaml:2:1: not YAML: .*flow/],
    ['a tab as indentation', 'a:\n\tb: 1\n', /^f\.yaml:2:\d: not YAML: tabs/i],
    ['two documents', 'a: 1\n---\nb: 2\n', /^f\.yaml:2:1: a second document begins here/],
    ['a tag that asks for a type', 'a: !!binary aGVsbG8=\n', /^f\.yaml:1:4: not YAML: unresolved tag/],
    ['a tag of a program', 'a: !python/object x\n', /^f\.yaml:1:4: not YAML: unresolved tag/],
    ['an alias without an anchor', 'a: *b\n', /^f\.yaml:1:4: /],
    ['an alias to itself', 'a: &a [*a]\n', /^f\.yaml:1:8: a\[0\]: \*a refers to itself/],
    ['a mapping as a key', '? { a: 1 }\n: 2\n', /^f\.yaml:1:3: a key must be one word/],
    ['a key of the prototype', '__proto__: { a: 1 }\n', /^f\.yaml:1:1: __proto__ is not a legal key/],
    ['a key twice', 'a: 1\nb: { c: 1, c: 2 }\n', /^f\.yaml:2:12: b\.c: written twice/],
  ])('%s', (_, text, expected) => {
    expect(said(text)).toHaveLength(1)
    expect(said(text)[0]).toMatch(expected)
  })

  test('every place where the syntax is broken is reported, up to a bound', () => {
    expect(said('a: "x" y\nb: "x" y\n').length).toBeGreaterThan(1)
    expect(said('"'.repeat(2000)).length).toBeLessThanOrEqual(50)
  })
})

describe('aliases', () => {
  const text = `zones: [{ file: a.zone }]
clusters:
  - &first { id: a, tier: core, location: &here { lat: 1, lon: 200 }, capacity: 1Gbps, servers: [{ id: a1, ipv4: 192.0.2.1 }] }
  - { id: b, tier: core, location: *here, capacity: 1Gbps, servers: [{ id: b1, ipv4: 192.0.2.2 }] }
`
  test('may share a value; a mistake in it is reported for both, where it is written', () => {
    const fault = 'location.lon: 200 is out of range; a number of degrees east from -180 to 180'
    expect(complaints(text)).toEqual([
      `kingcdn.yaml:3:64: clusters[0].${fault}`,
      `kingcdn.yaml:3:64: clusters[1].${fault}`,
    ])
  })

  test('a bomb of them is a problem, not a full memory', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      )
    expect(said(lines.join('\n'))).toEqual([expect.stringMatching(/aliases expand to more than 100000 values$/)])
  })
})

describe('size and depth', () => {
  test.each([
    ['brackets', '['.repeat(100_000)],
    ['braces', '{a: '.repeat(50_000)],
    ['dashes', '- '.repeat(50_000)],
    ['question marks', '? '.repeat(50_000)],
    ['indentation', Array.from({ length: 1500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['closed brackets', `a: ${'['.repeat(40)}${']'.repeat(40)}`],
  ])('deep %s', (_, text) => {
    expect(said(text).some(line => line.includes('nested too deeply'))).toBe(true)
  })

  test('a file longer than any configuration is refused unread', () => {
    expect(said('a'.repeat(MAX_DOCUMENT_OCTETS + 1))).toEqual([
      'f.yaml: longer than 4 MiB; split it or leave out what is not configuration',
    ])
  })

  test('a mistake repeated twenty thousand times is counted, not listed', () => {
    const problems = complaints(`zones: [{ file: a.zone }]\nclusters: [${'1,'.repeat(20_000)}]\n`)
    expect(problems).toHaveLength(1001)
    expect(problems.at(-1)).toBe('kingcdn.yaml: and 19000 more problems')
  })
})

describe('the file itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kingcdn-config-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const load = async (bytes: Uint8Array | string) => {
    const file = join(folder, 'kingcdn.yaml')
    writeFileSync(file, bytes)
    return (await loadConfig(file)).problems.map(problem => formatProblem({ ...problem, file: 'f' }))
  }

  test('a missing file, a folder, a device without end', async () => {
    const missing = await loadConfig(join(folder, 'nothing.yaml'))
    expect(missing.config).toBeNull()
    expect(missing.problems.map(problem => problem.message)).toEqual(['cannot be read: there is no such file'])
    expect((await loadConfig(folder)).problems[0]?.message).toBe('cannot be read: it is a folder')
    expect((await loadConfig('/dev/zero')).problems[0]?.message).toBe('is longer than 4 MiB')
  })

  test('text that is not UTF-8 is named with its line', async () => {
    expect(await load(Buffer.from('node: ns1\n# caf\xe9\n', 'latin1'))).toEqual(['f:2: is not UTF-8 text'])
    expect(await load(Buffer.from('node: ns1', 'utf16le'))).not.toEqual([])
  })

  test('a byte order mark and CRLF are read over', async () => {
    expect(await load(`\ufeff${SAMPLE.replace(/, overrides: .*? }/, ' }').replaceAll('\n', '\r\n')}`)).toEqual([])
  })

  test('empty, or not a mapping', async () => {
    expect(await load('')).toEqual(['f:1:1: zones: missing; at least one zone: [{ file: zones/example.com.zone }]'])
    expect((await load('hello'))[0]).toMatch(/^f:1:1: "hello" is not a mapping; keys: node, listen/)
  })
})

describe('places', () => {
  test('of a key, of an item, of what is not written', () => {
    const { locate } = parse(SAMPLE)
    expect(locate('clusters[1].capacity')).toEqual({ line: 20, column: 15 })
    expect(locate('services[0].hostnames[1]')).toEqual({ line: 32, column: 38 })
    expect(locate('services[0].whenAllDown')).toEqual({ line: 39, column: 18 })
    expect(locate('clusters[1].bias')).toEqual({ line: 17, column: 5 })
    expect(locate('clusters[99].id')).toEqual({ line: 8, column: 3 })
    expect(locate('')).toEqual({ line: 1, column: 1 })
  })

  test.each([
    '',
    'a',
    'clusters[2].capacity',
    'services[0].weights.icn-kt',
    '["10.0.0.0/8"].place.lat',
    'a["x \\" y"][3]',
  ])('path %j is read as it is written', text => {
    expect(formatPath(parsePath(text))).toBe(text)
  })
})
