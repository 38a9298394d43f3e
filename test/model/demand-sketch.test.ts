import { beforeEach, describe, expect, it } from 'vitest'
import { xorshift } from '../../bench/harness/xorshift.ts'
import { DemandSketch, SKETCH_BYTES, SKETCH_LEAVES } from '../../src/model/demand-sketch.ts'

const SEEDS = Uint32Array.of(0x1234567, 0x89abcdef, 0x2468ace0)
let sketch: DemandSketch
beforeEach(() => {
  sketch = DemandSketch.create(new SharedArrayBuffer(SKETCH_BYTES), SEEDS)
})

interface Window {
  readonly answers: number
  readonly counts: Map<string, number>
}

/** What was counted since the last call. */
function windowOf(sketch: DemandSketch): Window {
  sketch.turn()
  const counts = new Map<string, number>()
  const answers = sketch.drain((family, hi, lo, count) => {
    expect(counts.has(`${family} ${hi} ${lo}`)).toBe(false)
    counts.set(`${family} ${hi} ${lo}`, count)
  })
  return { answers, counts }
}

const v4 = (leaf: number): string => `4 ${(leaf << 8) >>> 0} 0`
const count4 = (leaf: number): void => sketch.count(4, leaf << 8, 0)

describe('few clients', () => {
  it('are counted exactly, by leaf, signed words or not', () => {
    for (let i = 0; i < 300; i++) {
      sketch.count(4, 0xcb007100 + (i % 256), 77)
      sketch.count(6, 0x20010db8, 0xfffff100 | ((i % 200) % 256))
    }
    sketch.count(6, 0x20010db8, 0x100)
    const { answers, counts } = windowOf(sketch)
    expect(answers).toBe(601)
    expect(counts).toEqual(
      new Map([
        [`4 ${0xcb007100} 0`, 300],
        [`6 ${0x20010db8} ${0xfffff100}`, 300],
        [`6 ${0x20010db8} ${0x100}`, 1],
      ]),
    )
  })

  it('of IPv4 and IPv6 are never taken for each other', () => {
    sketch.count(4, 0x20010d00, 0)
    sketch.count(6, 0x20010d00, 0)
    expect([...windowOf(sketch).counts.values()]).toEqual([1, 1])
  })

  it('count in one window, the present one', () => {
    count4(1)
    sketch.turn()
    count4(2)
    const first: number[] = []
    expect(sketch.drain((_family, hi) => first.push(hi >>> 8))).toBe(1)
    expect(first).toEqual([1])
    expect(windowOf(sketch)).toEqual({ answers: 1, counts: new Map([[v4(2), 1]]) })
    expect(windowOf(sketch)).toEqual({ answers: 0, counts: new Map() })
  })
})

describe('many clients', () => {
  /** Leaf k (from 1) of n is asked in proportion to 1/k. */
  const zipf = (n: number, queries: number, seed: number): Map<string, number> => {
    const random = xorshift(seed)
    const sums = new Float64Array(n + 1)
    for (let k = 1; k <= n; k++) sums[k] = sums[k - 1]! + 1 / k
    const exact = new Map<string, number>()
    for (let q = 0; q < queries; q++) {
      const at = (random(0x40000000) / 0x40000000) * sums[n]!
      let low = 0
      let high = n
      while (high - low > 1) {
        const middle = (low + high) >>> 1
        if (sums[middle]! <= at) low = middle
        else high = middle
      }
      count4(high)
      exact.set(v4(high), (exact.get(v4(high)) ?? 0) + 1)
    }
    return exact
  }

  /** Answers that are counted one by one; of more, one in eight. */
  const EXACT = 1 << 18

  it.each([3, 17])('of a Zipf distribution: the heavy ones are all there, off by little (seed %i)', seed => {
    const exact = zipf(200_000, EXACT, seed)
    const { answers, counts } = windowOf(sketch)
    expect(answers).toBe(EXACT)
    expect(counts.size).toBeLessThanOrEqual(SKETCH_LEAVES)
    const heaviest = [...exact].sort((a, b) => b[1] - a[1])
    // The sketch has a place for each 16 of them.
    const heavy = heaviest.filter(([, count]) => count >= 32)
    expect(heavy.length).toBeGreaterThan(500)
    for (const [leaf, count] of heavy) expect(Math.abs((counts.get(leaf) ?? 0) - count)).toBeLessThan(20)
    // And of the next ones nearly all.
    const found = heaviest.slice(0, 4_000).filter(([leaf]) => counts.has(leaf))
    expect(found.length).toBeGreaterThan(3_800)
  })

  it('in very many answers: off by what a sample of one in eight is off', () => {
    const exact = zipf(200_000, 1_000_000, 4711)
    const { answers, counts } = windowOf(sketch)
    expect(answers).toBe(1_000_000)
    const heavy = [...exact].filter(([, count]) => count >= 500)
    expect(heavy.length).toBeGreaterThan(100)
    for (const [leaf, count] of heavy)
      expect(Math.abs((counts.get(leaf) ?? 0) - count)).toBeLessThan(40 + 4.5 * Math.sqrt(7 * count))
    const sum = (of: Iterable<readonly [string, number]>) => [...of].reduce((all, [, count]) => all + count, 0)
    expect(sum(heavy.map(([leaf]) => [leaf, counts.get(leaf) ?? 0])) / sum(heavy)).toBeCloseTo(1, 1)
  })

  it('never counts more in all than was asked', () => {
    zipf(100_000, EXACT, 5)
    const { answers, counts } = windowOf(sketch)
    const named = [...counts.values()].reduce((sum, count) => sum + count, 0)
    expect(named).toBeLessThanOrEqual(answers)
    expect(named).toBeGreaterThan(0.6 * answers)
  })

  it.each([
    // Real blocks, queries of each, and as many queries each from addresses that nobody has.
    [1_000, 30, 7],
    [500, 300, 13],
  ])(
    'of a flood of random blocks do not push out those that are asked all the time (%i of %i)',
    (real, rounds, noise) => {
      const random = xorshift(99)
      const heavy = Array.from({ length: real }, (_, i) => 0x500000 + i * 7)
      for (let round = 0; round < rounds; round++) {
        for (const leaf of heavy) {
          count4(leaf)
          for (let i = 0; i < noise; i++) count4(random(0x1000000))
        }
      }
      const { counts } = windowOf(sketch)
      const kept = heavy.filter(leaf => Math.abs((counts.get(v4(leaf)) ?? 0) - rounds) < rounds / 2)
      expect(kept.length).toBeGreaterThan(0.97 * heavy.length)
      // What the flood leaves behind is far below them: the square root of what each place saw of it.
      const own = new Set(heavy.map(v4))
      const left = [...counts].filter(([leaf]) => !own.has(leaf)).map(([, count]) => count)
      left.sort((a, b) => a - b)
      expect(left[left.length >> 1]).toBeLessThan(rounds / 4)
    },
  )
})
