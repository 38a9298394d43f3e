import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { optionsPage } from '../../src/config/manual.ts'
import {
  LEFT_OUT,
  MOST_SILENT_SHOWN,
  PROBE_METHODS,
  PROBE_OUTCOMES,
  TARGET_KINDS,
} from '../../src/model/probe-status.ts'
import { MOST_RESOLVERS } from '../../src/model/resolver.ts'
import { SILENT_AFTER } from '../../src/probe/block.ts'
import { DNS } from '../../src/probe/dns-probe.ts'
import { openIcmp } from '../../src/probe/icmp-probe.ts'
import { LAG_LIMIT_MS } from '../../src/probe/lag.ts'
import { STAY_MS } from '../../src/probe/share.ts'
import { parseTargets } from '../../src/probe/targets.ts'
import { TCP } from '../../src/probe/tcp-probe.ts'
import { exampleProbeStatus } from '../fixture/probe-status.ts'

const PAGE = readFileSync(new URL('../../docs/probing.md', import.meta.url), 'utf8')
const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim())
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(match => match[1]!)
const section = (title: string): string => PAGE.split(`\n## ${title}\n`)[1]!.split('\n## ')[0]!

test('the table of methods is that of the code', () => {
  const icmp = openIcmp(() => {
    throw new Error('not here')
  })
  const rows = section('How')
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .map(cells)
  const said = rows.map(([name, , , packets]) => `${quoted(name!)[0]} ${packets}`)
  expect(said).toEqual([DNS, TCP, icmp.method].map(({ name, packets }) => `${name} ${packets}`))
  expect(rows).toHaveLength(PROBE_METHODS.length)
})

test('the table of the status has every field of it, and the parts of each', () => {
  const rows = section('Status and metrics')
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .map(cells)
  expect(rows.flatMap(([fields]) => quoted(fields!)).sort()).toEqual(Object.keys(exampleProbeStatus()).sort())
  const parts = (field: string) => quoted(rows.find(([name]) => name === `\`${field}\``)![1]!)
  expect(parts('targets')).toEqual([...TARGET_KINDS])
  expect(parts('leftOut')).toEqual([...LEFT_OUT])
  expect(parts('probes')).toEqual([...PROBE_OUTCOMES])
})

test('figures are those of the code', () => {
  for (const [text, figure] of [
    ['the heaviest 10,000 are kept', MOST_RESOLVERS === 10_000],
    ['tried three times', SILENT_AFTER === 3],
    ['for more than 1 ms is thrown away', LAG_LIMIT_MS === 1],
    ['silent for 6 s is there no more', STAY_MS === 6_000],
    ['at most 1,000: `address`', MOST_SILENT_SHOWN === 1_000],
  ] as const) {
    expect(PAGE.replace(/\n/g, ' '), text).toContain(text)
    expect(figure, text).toBe(true)
  }
})

test('defaults are those of the options', () => {
  const page = optionsPage()
  for (const option of ['interval', 'tailInterval', 'budget', 'silentInterval']) {
    const shown = new RegExp(`\`probe\\.${option}\` \\((\\S+?)[ )]`).exec(PAGE.replace(/\n/g, ' '))?.[1]
    const real = new RegExp(`^\\| \`probe\\.${option}\` \\| [^|]* \\| \`([^\`]*)\``, 'm').exec(page)?.[1]
    expect(shown, option).toBe(real)
  }
})

test('the examples are legal', () => {
  const file = /\n```\n(168\.[^`]*)```/.exec(PAGE)![1]!
  expect(parseTargets(file, 'f', 53)).toMatchObject({ targets: [{}, {}, {}], problems: [] })
  const yaml = /```yaml\n([^`]*)```/.exec(PAGE)![1]!
  expect(parse(yaml)).toMatchObject({ probe: { optOut: ['198.41.0.0/24', '2001:503:ba3e::/48'] } })
})

test('every option that the page names is one', () => {
  const page = optionsPage()
  const named = [...new Set([...PAGE.matchAll(/`(probe\.[a-zA-Z]+)`/g)].map(match => match[1]!))]
  expect(named.length).toBeGreaterThan(8)
  for (const option of named) expect(page).toContain(`| \`${option}\` |`)
})
