import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArenaWriter } from '../../src/base/arena.ts'
import { millis } from '../../src/base/brand.ts'
import { comparePrefix, containsPrefix, type Prefix, parsePrefix } from '../../src/base/prefix.ts'
import type { DemandRow, DemandTable } from '../../src/model/demand.ts'
import { compileMaps } from '../../src/plan/compile-map.ts'
import { BPS_PER_QPS, demandDistance, joinDemand } from '../../src/plan/join-demand.ts'
import { KnownDemand } from '../../src/plan/known-demand.ts'
import { movedShare } from '../../src/plan/moved.ts'
import { cutPoints } from '../../src/plan/split.ts'
import { weighDemand, weightOfWorld } from '../../src/plan/weigh-demand.ts'
import { cluster, compileInput, mapInput, measurement, place, randomOf } from '../route/fixture.ts'
import { Draw, randomPrefix, randomWorld } from '../route/random-world.ts'

const row = (prefix: string, weight: number): DemandRow => ({ prefix: parsePrefix(prefix)!, weight })

/** Random rows that do not overlap. */
function randomRows(draw: Draw, most: number): DemandRow[] {
  const prefixes: Prefix[] = []
  for (let i = 0; i < most; i++) {
    const prefix = randomPrefix(draw)
    if (!prefixes.some(held => containsPrefix(held, prefix) || containsPrefix(prefix, held))) prefixes.push(prefix)
  }
  return prefixes.sort(comparePrefix).map(prefix => ({ prefix, weight: draw.chance(10) ? 0 : draw.below(5_000) / 7 }))
}

describe('known demand', () => {
  it('is what adding up leaf by leaf gives, wherever a span begins and ends', () => {
    const row4 = fc.tuple(fc.nat(63), fc.nat(5), fc.nat(50))
    fc.assert(
      fc.property(
        fc.array(row4, { maxLength: 12 }),
        fc.array(fc.nat(64), { minLength: 4, maxLength: 9 }),
        (given, cuts) => {
          const perLeaf = new Float64Array(64)
          const covered = new Uint8Array(64)
          const [four, six]: [DemandRow[], DemandRow[]] = [[], []]
          for (const [at, bits, weight] of given) {
            const first = (at >> bits) << bits
            const leaves = 2 ** bits
            if (covered.subarray(first, first + leaves).some(Boolean)) continue
            covered.fill(1, first, first + leaves)
            perLeaf.fill(weight / leaves, first, first + leaves)
            four.push({ prefix: { family: 4, hi: (0xffffc0 + first) * 256, lo: 0, length: 24 - bits }, weight })
            // Around the place where the low word of a key carries into the high one.
            const [hi, lo] = first < 32 ? [0x2001fffe, 0xffffe000 + first * 256] : [0x2001ffff, (first - 32) * 256]
            six.push({ prefix: { family: 6, hi, lo: lo >>> 0, length: 56 - bits }, weight })
          }
          const demand = new KnownDemand([...four, ...six])
          // In any order: where the last question ended is only a hint.
          for (let i = 0; i + 1 < cuts.length; i++) {
            const [from, to] = [Math.min(cuts[i]!, cuts[i + 1]!), Math.max(cuts[i]!, cuts[i + 1]!)]
            const sum = (of: ArrayLike<number>) =>
              Array.from(of)
                .slice(from, to)
                .reduce((a, b) => a + b, 0)
            const expected = {
              leaves: sum(covered),
              weight: expect.closeTo(sum(perLeaf), 9),
              heaviest: Math.max(0, ...perLeaf.subarray(from, to)),
            }
            expect(demand.four.between(0xffffc0 + from, 0, 0xffffc0 + to, 0)).toEqual(expected)
            const key = (n: number): [number, number] => (n < 32 ? [0x2001fffe, 0xffffe0 + n] : [0x2001ffff, n - 32])
            expect(demand.six.between(...key(from), ...key(to))).toEqual(expected)
          }
        },
      ),
      { seed: 8, numRuns: 300 },
    )
  })

  it('reaches to the end of either space', () => {
    const demand = new KnownDemand([row('224.0.0.0/3', 8), row('e000::/3', 8)])
    expect(demand.four.between(0xf00000, 0, 2 ** 24, 0).weight).toBeCloseTo(4)
    expect(demand.six.between(0xf0000000, 0, 2 ** 32, 0).weight).toBeCloseTo(4)
  })
})

const CLUSTERS = [cluster('icn', 'seoul'), cluster('nrt', 'tokyo'), cluster('lhr', 'london', { tier: 'core' })]
const KOREA = { clusters: CLUSTERS, places: [place('seoul'), place('busan'), place('london')] }

/** Ranges of the only map that begin in the prefix: first leaf, weight of each leaf unknown to be 1. */
function pieces(demand: readonly DemandRow[], city: Readonly<Record<string, number>>, from: number, to: number) {
  const { tables } = compileInput({ ...mapInput({ ...KOREA, city }), demand })
  const known = new KnownDemand(demand)
  const { starts4 } = tables.maps[0]!
  const all = [...starts4].map((start, i) => ({ start, end: starts4[i + 1] ?? 2 ** 24 }))
  return all
    .filter(({ start }) => start >= from && start < to)
    .map(({ start, end }) => ({
      start,
      end,
      weight: known.weight4(start, end, true),
      ...heaviestOf(known, start, end),
    }))
}
const heaviestOf = (known: KnownDemand, start: number, end: number) => ({
  heaviest: known.four.between(start, 0, end, 0).heaviest,
})

describe('ranges of a map with known demand', () => {
  it('carry no more than 1 % of what their first cluster does, or one block that nobody can cut and little else', () => {
    const demand = [
      row('1.2.3.0/24', 40_000),
      row('1.2.4.0/24', 900),
      row('1.77.0.0/16', 30_000),
      row('1.200.9.0/24', 0),
    ]
    const found = pieces(demand, { '1.0.0.0/8': 1 }, 0x010000, 0x020000)
    const total = found.reduce((sum, { weight }) => sum + weight, 0)
    expect(total).toBeCloseTo(65_536 - 3 - 256 + 70_900)
    // London's and the unlocated rest are not Seoul's: 1 % of what Seoul has first.
    const limit = 0.01 * total * 1.0001
    for (const { weight, heaviest } of found)
      expect(weight - (heaviest > limit ? heaviest : 0)).toBeLessThanOrEqual(limit)
    // What is heavy is cut finer, what is light stays wide.
    const sizeAt = (leaf: number) => found.find(({ start, end }) => start <= leaf && leaf < end)!
    expect(sizeAt(0x014d00).end - sizeAt(0x014d00).start).toBeLessThanOrEqual(8)
    expect(sizeAt(0x01f000).end - sizeAt(0x01f000).start).toBeGreaterThanOrEqual(512)
    // And no finer than it must be: two neighbours that were cut apart would weigh too much together.
    expect(found.length).toBeLessThan(260)
  })

  it('are not cut around one heavy block for nothing: no cut makes it lighter', () => {
    const weigh = (heavy: bigint) => (from: bigint, to: bigint) => {
      const inside = from <= heavy && heavy < to
      return { weight: Number(to - from) * 0.01 + (inside ? 1_000 : 0), heaviest: inside ? 1_000 : 0.01 }
    }
    expect(cutPoints(0n, 256n, weigh(77n), 10)).toEqual([0n])
    // 655 beside it: cut down to ten, and there it stays.
    expect(cutPoints(0n, 65_536n, weigh(77n), 10).filter(point => point < 512n)).toEqual([0n])
  })

  it('stay whole where the demand of their blocks is light', () => {
    const city = { '1.0.0.0/16': 1, '2.0.0.0/8': 1 }
    const alone = pieces([], city, 0x010000, 0x010100)
    expect(pieces([row('1.0.7.0/24', 3)], city, 0x010000, 0x010100).length).toBe(alone.length)
  })

  it('lose and gain no demand where measurements are laid over them', () => {
    const input = mapInput({ ...KOREA, city: { '0.0.0.0/0': 1, '1.2.0.0/16': 2 } })
    const demand = [row('1.2.3.0/24', 40_000), row('1.3.0.0/18', 7_000), row('2.0.0.0/8', 90_000), row('3.0.0.0/24', 0)]
    const prefixes = ['1.2.3.0/24', '1.3.0.0/19', '1.3.77.0/24', '2.4.0.0/15', '3.0.0.0/23']
    // Its blocks go to Tokyo then: each range has a row of its own.
    const measurements = prefixes.flatMap(prefix => [measurement(prefix, 'icn', 90), measurement(prefix, 'nrt', 5)])
    const sum = (weights: Iterable<number>) => [...weights].reduce((a, b) => a + b, 0)
    const [before, after] = [[], measurements].map(given => {
      const { weight, slots } = compileMaps({ ...input, demand, measurements: given }).demand
      return { all: sum(weight), tokyos: sum(weight.filter((_, i) => slots[4 * i] === 1)) }
    })
    expect(before!.all).toBeGreaterThan(137_000 + 14e6)
    expect(after!.all).toBeCloseTo(before!.all, 0)
    expect(after!.tokyos - before!.tokyos).toBeCloseTo(40_000 + 3_500 + 1 + (90_000 * 2) / 256 + 1, 0)
  })

  it('are the same from nothing and from the ground of a compile before', () => {
    const draw = new Draw(randomOf(12))
    for (let i = 0; i < 3; i++) {
      const input = { ...mapInput(randomWorld(draw)), demand: randomRows(draw, 30) }
      const before = compileMaps({ ...input, measurements: [] })
      const words = [compileMaps(input), compileMaps(input, before.unmeasured)].map(maps => {
        const writer = new ArenaWriter()
        maps.write(writer)
        const buffer = new ArrayBuffer(writer.byteLength)
        writer.writeTo(buffer)
        return new Uint32Array(buffer)
      })
      expect(words[0]!.length).toBe(words[1]!.length)
      expect(words[0]!.findIndex((word, at) => word !== words[1]![at])).toBe(-1)
    }
  })
})

describe('shed ranks', () => {
  // Two places that have Seoul first, each half of the world: one of them loses less by going to Tokyo.
  const city = { '0.0.0.0/1': 1, '128.0.0.0/1': 2 }
  const SEOUL = 0x010080
  const BUSAN = 0xc10080
  const rankOf = (demand: readonly DemandRow[], leaf: number): number => {
    const { tables } = compileInput({ ...mapInput({ ...KOREA, city }), demand })
    const { starts4, rows4 } = tables.maps[0]!
    return tables.rows.rank(rows4[starts4.findLastIndex(start => start <= leaf)]!, 0)
  }

  it('are quantiles of the demand, not of the addresses', () => {
    const OWN_BAND = 80
    const ranks = [rankOf([], SEOUL), rankOf([], BUSAN)]
    const busanFirst = ranks[1]! < ranks[0]!
    expect(Math.min(...ranks)).toBeLessThan(OWN_BAND + 0.55 * 175)
    expect(Math.max(...ranks)).toBeGreaterThan(OWN_BAND + 0.45 * 175)
    const [low, high] = busanFirst ? ['192.0.0.0/4', '16.0.0.0/4'] : ['16.0.0.0/4', '192.0.0.0/4']
    const [first, last] = busanFirst ? [BUSAN, SEOUL] : [SEOUL, BUSAN]
    // Nearly everybody is where least is lost: what the others have below them is nearly all of the cluster.
    expect(rankOf([row(low!, 1e9)], last)).toBeGreaterThanOrEqual(OWN_BAND + 0.97 * 175)
    // Nearly everybody is where most is lost: those who go first are next to nothing.
    expect(rankOf([row(high!, 1e9)], first)).toBeLessThanOrEqual(OWN_BAND + 0.03 * 175)
  })
})

describe('the share that a new map moves', () => {
  const tablesOf = (busan: number, demand: readonly DemandRow[] = []) =>
    compileInput({ ...mapInput({ ...KOREA, city: { '1.0.0.0/16': 1, '2.0.0.0/16': busan, '2a00::/16': 3 } }), demand })
      .tables

  it('is one of the demand', () => {
    const located = 2 ** 20
    const before = tablesOf(2)
    expect(movedShare(before, tablesOf(2), new KnownDemand([]))).toBe(0)
    const byLeaf = movedShare(before, tablesOf(3), new KnownDemand([]))!
    expect(byLeaf).toBeLessThan(256 / located)
    const demand = [row('2.0.7.0/24', 30e6), row('1.0.0.0/24', 10e6)]
    expect(movedShare(before, tablesOf(3), new KnownDemand(demand))).toBeGreaterThan(0.7)
    expect(movedShare(before, tablesOf(3), new KnownDemand([row('1.0.0.0/24', 40e6)]))).toBeLessThan(0.01)
  })

  it('counts IPv6 too', () => {
    const lhr = { '2a00::/16': 3 }
    const icn = { '2a00::/16': 1 }
    const tables = [lhr, icn].map(city => compileInput(mapInput({ ...KOREA, city })).tables)
    const demand = new KnownDemand([row('2a00:1::/56', 1e9)])
    expect(movedShare(tables[0]!, tables[1]!, demand)).toBeGreaterThan(0.95)
    expect(movedShare(tables[0]!, tables[0]!, demand)).toBe(0)
  })
})

const table = (rows: Readonly<Record<string, number>>, more: Partial<DemandTable> = {}): DemandTable => {
  const counts = Object.entries(rows).map(([prefix, qps]) => ({ prefix: parsePrefix(prefix)!, qps, reported: false }))
  const total = counts.reduce((sum, { qps }) => sum + qps, 0)
  return { at: millis(0), total, queries: 1e9, rows: counts, ...more }
}

describe('one scale for what is known and what is not', () => {
  const weights = (demand: DemandTable, all: number) => weighDemand(demand, all).map(({ weight }) => weight)

  it('blocks that make half of the queries weigh what all others weigh together', () => {
    const [a, b] = weights(table({ '1.0.0.0/24': 30, '1.0.1.0/24': 20 }, { total: 100 }), 1_002)
    expect(a! + b!).toBeCloseTo(1_000, 2)
    expect(a! / b!).toBeCloseTo(1.5)
  })

  it('an average block that is known weighs 1 when it asks as much as an average one that is not', () => {
    const [a] = weights(table({ '1.0.0.0/24': 1 }, { total: 1_000 }), 1_000)
    expect(a).toBeCloseTo(1, 3)
  })

  it('something is always left to those of whom nothing is known', () => {
    const [a] = weights(table({ '1.0.0.0/24': 5 }), 20_001)
    expect(a).toBeCloseTo(20_000 / 0.05, -1)
  })

  it('few queries are hardly believed', () => {
    const [a] = weights(table({ '1.0.0.0/24': 5 }, { queries: 10 }), 1_001)
    expect(a).toBeCloseTo((1_000 * (10 / 1010)) / (1 - 10 / 1010), 1)
  })

  it('a report is believed, and 0 means nobody', () => {
    const rows = [
      { prefix: parsePrefix('1.0.0.0/24')!, qps: 5, reported: true },
      { prefix: parsePrefix('1.0.1.0/24')!, qps: 0, reported: true },
    ]
    expect(weights({ at: millis(0), total: 10, queries: 0, rows }, 1_002)).toEqual([expect.closeTo(1_000, 6), 0])
  })

  it('the world weighs its located leaves, and a sixteenth of the others', () => {
    const { cityRanges } = mapInput({ ...KOREA, city: { '1.0.0.0/8': 1 } })
    const added = weightOfWorld([cityRanges]) - weightOfWorld([mapInput(KOREA).cityRanges])
    expect(added).toBe((65_536 * 15) / 16)
    expect(weightOfWorld([mapInput(KOREA).cityRanges, cityRanges]) - weightOfWorld([mapInput(KOREA).cityRanges])).toBe(
      added,
    )
  })
})

describe('demand put together', () => {
  const now = millis(1_000)
  const reported = (unit: 'qps' | 'bps', rows: Readonly<Record<string, number>>, until = 2_000) => ({
    ...{ at: millis(0), until: millis(until), unit },
    rows: Object.entries(rows).map(([prefix, value]) => ({ prefix: parsePrefix(prefix)!, value })),
  })
  const text = (joined: DemandTable) =>
    joined.rows.map(
      ({ prefix, qps, reported: by }) => `${(prefix.hi >>> 8).toString(16)}/${prefix.length} ${qps}${by ? ' r' : ''}`,
    )

  it('adds up what the nameservers counted', () => {
    const nodes = [
      table({ '1.0.0.0/24': 1, '1.0.1.0/24': 2 }, { total: 9, queries: 5 }),
      table({ '1.0.1.0/24': 3 }, { queries: 7 }),
    ]
    const joined = joinDemand(nodes, null, null, now)
    expect(text(joined)).toEqual(['10000/24 1', '10001/24 5'])
    expect(joined).toMatchObject({ at: now, total: 12, queries: 12 })
  })

  it('goes by the report inside its prefixes, until it expires', () => {
    const nodes = [table({ '1.0.0.0/24': 1, '1.0.1.0/24': 2, '2.0.0.0/24': 4 }, { total: 10 })]
    const report = reported('qps', { '1.0.0.0/16': 50 })
    const joined = joinDemand(nodes, report, null, now)
    expect(text(joined)).toEqual(['10000/16 50 r', '20000/24 4'])
    expect(joined.total).toBe(57)
    expect(text(joinDemand(nodes, report, null, millis(2_000)))).toEqual(['10000/24 1', '10001/24 2', '20000/24 4'])
  })

  it('converts bit/s by what all clusters carry, or by a query of so many bit/s', () => {
    const report = reported('bps', { '1.0.0.0/16': 8e6 })
    expect(text(joinDemand([], report, 2e6, now))).toEqual(['10000/16 4 r'])
    expect(text(joinDemand([], report, null, now))).toEqual([`10000/16 ${8e6 / BPS_PER_QPS} r`])
  })

  it('keeps the heaviest where there are too many, and the rest in the total', () => {
    const many = Object.fromEntries(
      Array.from({ length: 20_050 }, (_, i) => [`${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`, i]),
    )
    const joined = joinDemand([table(many)], reported('qps', { '9.0.0.0/8': 1 }), null, now)
    expect(joined.rows.length).toBe(20_000)
    expect(joined.total).toBe((20_049 * 20_050) / 2 + 1)
    expect(Math.min(...joined.rows.filter(({ reported: by }) => !by).map(({ qps }) => qps))).toBe(51)
  })

  it('is as far from other demand as the share that would have to be elsewhere', () => {
    const a = table({ '1.0.0.0/24': 1, '1.0.1.0/24': 3 })
    expect(demandDistance(a, a)).toBe(0)
    expect(demandDistance(a, table({ '1.0.0.0/24': 10, '1.0.1.0/24': 30 }))).toBeCloseTo(0)
    expect(demandDistance(a, table({ '1.0.0.0/24': 3, '1.0.1.0/24': 1 }))).toBeCloseTo(0.5)
    expect(demandDistance(a, table({ '1.0.0.0/24': 1 }, { total: 4 }))).toBeCloseTo(0.75)
    expect(demandDistance(a, table({}))).toBe(1)
  })
})
