import { describe, expect, test } from 'vitest'
import { page, rowsOf, section } from './pages.ts'

const PAGE = page('docs/comparison.md')
const RESULTS = page('bench/results.md')
const speed = section(PAGE, 'Speed and memory')
const [servers = [], memory = []] = [
  rowsOf(speed).filter(row => row.length === 4),
  rowsOf(speed).filter(row => row.length === 2),
]

/** The rows of a table of the results that has these words in its head, by their first cells. */
function measured(part: string, ...head: readonly string[]): string[][] {
  const tables = section(RESULTS, part)
    .split(/\n\n/)
    .filter(text => text.startsWith('|') && head.every(word => text.split('\n')[0]!.includes(word)))
  return rowsOf(`${tables[0]}\n`)
}

describe('docs/comparison.md has the figures of bench/results.md', () => {
  test('replies and CPU of each server', () => {
    const rows = measured('Routing by client, ECS from random blocks (`pipeline`)', 'server', 'lost')
    const results = rows.map(([server, replies, ratio, cpu]) => [server, replies, ratio, cpu].join(' | '))
    expect(servers.length).toBeGreaterThanOrEqual(6)
    expect(servers.map(row => row.join(' | ')).filter(row => !results.includes(row))).toEqual([])
  })

  test('memory by prefixes', () => {
    const rows = measured('Cost as the work grows (`growth`)', 'KingCDN, prefixes', 'resident MiB')
    expect(memory.length).toBeGreaterThanOrEqual(3)
    expect(memory).toEqual(rows.map(row => [row[0], row[6]]))
  })

  test('versions that were compared by speed are those that are named', () => {
    for (const version of ['gdnsd geoip 3.8.1', 'Knot mod-geoip 3.2.6', 'PowerDNS geoip 4.7.3', 'KingCDN 0.1.0'])
      expect(RESULTS).toContain(version)
    for (const version of ['gdnsd 3.8.1', 'Knot DNS 3.2.6', 'PowerDNS 4.7.3', 'KingCDN 0.1.0'])
      expect(PAGE).toContain(version)
  })
})

test('docs/comparison.md says something of every peer in every row, and has a section for each', () => {
  const rows = rowsOf(section(PAGE, 'The table'))
  const head = section(PAGE, 'The table')
    .match(/^\|.*\|$/m)![0]
    .split('|')
    .slice(3, -1)
    .map(cell => cell.trim())
  expect(rows.length).toBeGreaterThanOrEqual(20)
  for (const row of rows) {
    expect(row, row[0]).toHaveLength(head.length + 2)
    expect(
      row.filter(cell => cell === ''),
      row[0],
    ).toEqual([])
  }
  for (const peer of head) expect(PAGE, peer).toMatch(new RegExp(`^## .*${peer}`, 'm'))
})
