import { describe, expect, test } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import { parsePrefix } from '../../../src/base/prefix.ts'
import type { Cluster } from '../../../src/model/cluster.ts'
import type { Measurement } from '../../../src/model/measurement.ts'
import { byBlock } from '../../../src/probe/passive/blocks.ts'
import { ClientBlocks } from '../../../src/probe/passive/clients.ts'
import type { Recent } from '../../../src/probe/passive/memory.ts'
import { mergeFigure } from '../../../src/probe/passive/merge.ts'
import { Reporters } from '../../../src/probe/passive/reporters.ts'

const LEAF = parsePrefix('192.0.2.0/24')!
const NOW = millis(1_764_000_000_000)

describe('the samples of one block', () => {
  const of = (...samples: [rttMs: number, n?: number][]) =>
    byBlock(samples.map(([rttMs, n = 1]) => ({ prefix: LEAF, rttMs, n })))

  test('count by their median: neither a bad radio link nor the nearest client speaks for all', () => {
    expect(of([20], [21], [22], [900], [1])[0]).toMatchObject({ rttMs: 21, n: 5, samples: 5 })
  })

  test('weigh as many connections as they are, up to a hundred', () => {
    expect(of([20, 3], [50, 2])[0]).toMatchObject({ rttMs: 20, n: 5, samples: 2 })
    expect(of([900, 1_000_000], [20, 101])[0]?.rttMs).toBe(20)
    expect(of([900, 1_000_000], [20, 99])[0]?.rttMs).toBe(900)
  })

  test('are those of one leaf each', () => {
    const prefixes = ['192.0.2.0/24', '192.0.3.0/24', '2001:db8::/56', '192.0.2.0/24']
    const blocks = byBlock(prefixes.map((text, i) => ({ prefix: parsePrefix(text)!, rttMs: i + 1, n: 1 })))
    expect(blocks.map(({ rttMs, samples }) => [rttMs, samples])).toEqual([
      [1, 2],
      [2, 1],
      [3, 1],
    ])
  })
})

describe('blocks of clients', () => {
  const cluster = {
    serves: [parsePrefix('10.1.0.0/16')!],
    servers: [{ id: 's', weight: 1, ipv4: '9.9.9.9', ipv6: '2a00:1:2:3::1' }],
  }
  const geo = { city: [], asn: [], overrides: [{ prefix: parsePrefix('172.16.0.0/12')!, asn: 1 }] }
  const blocks = new ClientBlocks({ clusters: [cluster as unknown as Cluster], geo }, ['192.168.0.0/16', '::1'])

  test.each([
    ['8.8.8.0/24', null],
    ['2a00:1:3::/56', null],
    ['9.9.9.0/24', 'own'],
    ['2a00:1:2::/56', 'own'],
    ['127.0.0.0/24', 'special'],
    ['100.64.1.0/24', 'special'],
    ['fe80::/56', 'special'],
    ['10.2.0.0/24', 'special'],
    ['10.1.7.0/24', null],
    ['172.20.0.0/24', null],
    ['192.168.3.0/24', null],
  ])('%s: %s', (leaf, objection) => expect(blocks.objection(parsePrefix(leaf)!)).toBe(objection))
})

describe('a figure of a block', () => {
  const row = (more: Partial<Measurement> = {}): Measurement => ({
    ...{ prefix: LEAF, cluster: 'icn-kt', rttMs: 40, rttVarMs: 4, loss: 0, samples: 60 },
    ...{ measuredAt: millis(NOW - 30_000), source: 'passive', ...more },
  })
  const merge = (rttMs: number, held?: Measurement, recent?: Recent) =>
    mergeFigure({ prefix: LEAF, rttMs }, 'icn-kt', held, recent, NOW)

  test('is the row where there was none: one sample, of whose loss nothing is known', () => {
    expect(merge(24).row).toEqual(row({ rttMs: 24, rttVarMs: 12, samples: 1, measuredAt: NOW }))
  })

  test('moves the row by an eighth, as one more probe would', () => {
    expect(merge(48, row()).row).toEqual(row({ rttMs: 41, rttVarMs: 5, samples: 61, measuredAt: NOW }))
  })

  test('never makes more of a row than a hundred samples', () => {
    expect(merge(40, row({ samples: 100 })).row?.samples).toBe(100)
  })

  test('begins anew where the row is old', () => {
    expect(merge(24, row({ measuredAt: millis(NOW - 31 * 60_000) })).row).toMatchObject({ rttMs: 24, samples: 1 })
  })

  test('three times the usual is an outlier, also right after a start, and believed when it comes a third time', () => {
    const first = merge(121, row())
    expect(first.row).toBeNull()
    const second = merge(121, row(), first.recent)
    expect(second.row).toBeNull()
    expect(merge(121, row(), second.recent).row?.rttMs).toBeCloseTo(50.1, 1)
    expect(merge(119, row()).row).not.toBeNull()
  })

  test('stands beside a row of a clock that goes ahead, not behind it', () => {
    const ahead = millis(NOW + 5_000)
    expect(merge(40, row({ measuredAt: ahead })).row?.measuredAt).toBe(ahead)
  })
})

describe('reporters', () => {
  const edge = (address: string) => ({ cluster: 'icn-kt', address })

  test('may send their rate, and what they saved up, and hear how long to wait', () => {
    const reporters = new Reporters(100)
    expect(reporters.charge(edge('a'), 6000, 0)).toBe(0)
    expect(reporters.charge(edge('a'), 1000, 0)).toBe(10_000)
    expect(reporters.charge(edge('a'), 1000, 9_000)).toBe(1_000)
    expect(reporters.charge(edge('a'), 1000, 10_000)).toBe(0)
  })

  test('are each by themselves, and save up no more than a minute', () => {
    const reporters = new Reporters(100)
    reporters.charge(edge('a'), 6000, 0)
    expect(reporters.charge(edge('b'), 6000, 0)).toBe(0)
    expect(reporters.charge({ cluster: 'nrt-ix', address: 'a' }, 6000, 0)).toBe(0)
    expect(reporters.charge(edge('a'), 6000, 3_600_000)).toBe(0)
    expect(reporters.charge(edge('a'), 100, 3_600_000)).toBeGreaterThan(0)
  })

  test('pay for empty batches too, and a batch beyond all savings passes when they are full', () => {
    const reporters = new Reporters(10)
    let taken = 0
    while (reporters.charge(edge('a'), 0, 0) === 0) taken++
    expect(taken).toBe(12)
    expect(reporters.charge(edge('b'), 5000, 0)).toBe(0)
    expect(reporters.charge(edge('b'), 5000, 0)).toBe(60_000)
  })

  test('a clock that steps back gives nothing away', () => {
    const reporters = new Reporters(100)
    reporters.charge(edge('a'), 6000, 100_000)
    expect(reporters.charge(edge('a'), 100, 0)).toBeGreaterThan(0)
  })

  test('are told of in the log once an hour', () => {
    const reporters = new Reporters(100)
    const news = (at: number) => reporters.isNews(edge('a'), at)
    expect([news(0), news(1), news(3_599_999), news(3_600_000)]).toEqual([true, false, false, true])
  })
})
