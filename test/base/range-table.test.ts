import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Prefix, parsePrefix, prefixOf } from '../../src/base/prefix.ts'
import {
  type PrefixValue,
  RangeBuilder,
  type RangeTable,
  rangeIndex4,
  rangeIndex6,
  rangesOfPrefixes,
} from '../../src/base/range-table.ts'

const SEED = 20260101

/** Addresses crowd in a corner, so that prefixes nest, touch and repeat. */
const crowded4 = fc
  .tuple(fc.constantFrom(0, 1, 127, 255), fc.integer({ min: 0, max: 3 }), fc.nat(255), fc.integer({ min: 0, max: 24 }))
  .map(([a, b, c, length]) => prefixOf(Uint8Array.of(a, b, c, 0), length))
const crowded6 = fc
  .tuple(
    fc.constantFrom(0, 0x20, 0xff),
    fc.constantFrom(0, 1, 0xff),
    fc.constantFrom(0, 0x7f, 0x80, 0xff),
    fc.nat(255),
    fc.integer({ min: 0, max: 56 }),
  )
  .map(([a, b, c, d, length]) => prefixOf(Uint8Array.of(a, b, 0, c, b, 0, d, 0, 0, 0, 0, 0, 0, 0, 0, 0), length))
const entries = (prefix: fc.Arbitrary<Prefix>) =>
  fc.array(fc.record({ prefix, value: fc.integer({ min: 1, max: 5 }) }), { maxLength: 24 })

/** The rule in one line: the longest prefix that contains the leaf; of equals the last. */
function longest(list: readonly PrefixValue[], leaf: Prefix): number {
  let best: PrefixValue | undefined
  for (const entry of list) {
    const covers = prefixOfLeaf(leaf, entry.prefix)
    if (covers && (best === undefined || entry.prefix.length >= best.prefix.length)) best = entry
  }
  return best?.value ?? 0
}

const prefixOfLeaf = (leaf: Prefix, outer: Prefix): boolean => {
  const text = (prefix: Prefix) => prefix.hi.toString(2).padStart(32, '0') + prefix.lo.toString(2).padStart(32, '0')
  return leaf.family === outer.family && text(leaf).startsWith(text(outer).slice(0, outer.length))
}

const value4 = ({ v4 }: RangeTable, key: number) => v4.values[rangeIndex4(v4.starts, key)]
const value6 = ({ v6 }: RangeTable, hi: number, lo: number) => v6.values[rangeIndex6(v6.hi, v6.lo, hi, lo)]

function expectWellFormed({ v4, v6 }: RangeTable): void {
  expect([v4.starts[0], v6.hi[0], v6.lo[0]]).toEqual([0, 0, 0])
  for (let i = 1; i < v4.starts.length; i++) {
    expect(v4.starts[i]).toBeGreaterThan(v4.starts[i - 1]!)
    expect(v4.values[i]).not.toBe(v4.values[i - 1])
  }
  for (let i = 1; i < v6.hi.length; i++) {
    expect(v6.hi[i]! - v6.hi[i - 1]! || v6.lo[i]! - v6.lo[i - 1]!).toBeGreaterThan(0)
    expect(v6.values[i]).not.toBe(v6.values[i - 1])
  }
}

describe('ranges of prefixes', () => {
  it('IPv4: say at every leaf what the longest match says', () => {
    fc.assert(
      fc.property(entries(crowded4), fc.array(crowded4, { minLength: 8, maxLength: 8 }), (list, probes) => {
        const table = rangesOfPrefixes(list)
        expectWellFormed(table)
        const edges = list.flatMap(({ prefix }) => [
          prefix.hi - 256,
          prefix.hi,
          prefix.hi + 2 ** (32 - prefix.length) - 256,
          prefix.hi + 2 ** (32 - prefix.length),
        ])
        for (const address of [...edges, ...probes.map(probe => probe.hi)]) {
          const hi = Math.min(0xffffff00, Math.max(0, address))
          expect(value4(table, hi >>> 8)).toBe(longest(list, { family: 4, hi, lo: 0, length: 24 }))
        }
        expect(table.v6.values).toEqual(Uint32Array.of(0))
      }),
      { seed: SEED, numRuns: 400 },
    )
  })

  it('IPv6: say at every leaf what the longest match says', () => {
    fc.assert(
      fc.property(entries(crowded6), fc.array(crowded6, { minLength: 8, maxLength: 8 }), (list, probes) => {
        const table = rangesOfPrefixes(list)
        expectWellFormed(table)
        const leaf = (value: bigint): Prefix => {
          const key = value < 0n ? 0n : value >= 1n << 56n ? (1n << 56n) - 1n : value
          return { family: 6, hi: Number(key >> 24n), lo: Number(key & 0xffffffn) * 256, length: 56 }
        }
        const first = ({ hi, lo }: Prefix) => (BigInt(hi) << 24n) | BigInt(lo >>> 8)
        const edges = list.flatMap(({ prefix }) => {
          const after = first(prefix) + (1n << BigInt(56 - prefix.length))
          return [first(prefix) - 1n, first(prefix), after - 1n, after]
        })
        for (const probe of [...edges, ...probes.map(first)].map(leaf)) {
          expect(value6(table, probe.hi, probe.lo >>> 8)).toBe(longest(list, probe))
        }
        expect(table.v4.values).toEqual(Uint32Array.of(0))
      }),
      { seed: SEED, numRuns: 400 },
    )
  })

  it('the end of the address space needs no range of its own', () => {
    const all = (text: string, value: number) => ({ prefix: parsePrefix(text)!, value })
    const table = rangesOfPrefixes([
      all('0.0.0.0/0', 1),
      all('255.255.255.0/24', 2),
      all('::/0', 3),
      all('ffff:ffff:ffff:ff00::/56', 4),
    ])
    expect([...table.v4.starts]).toEqual([0, 0xffffff])
    expect([...table.v4.values]).toEqual([1, 2])
    expect([[...table.v6.hi], [...table.v6.lo], [...table.v6.values]]).toEqual([
      [0, 0xffffffff],
      [0, 0xffffff],
      [3, 4],
    ])
  })

  it('of prefixes finer than one leaf the longest decides for the leaf', () => {
    const entry = (text: string, value: number) => ({ prefix: parsePrefix(text)!, value })
    const table = rangesOfPrefixes([entry('1.2.3.0/32', 1), entry('1.2.3.128/25', 2), entry('1.2.3.0/24', 3)])
    expect(value4(table, 0x010203)).toBe(1)
    expect(value4(table, 0x010204)).toBe(0)
  })
})

describe('the builder', () => {
  it('keeps what a plain list of pushes means', () => {
    const steps = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(steps, list => {
        const builder = new RangeBuilder()
        const expected = new Map<number, number>()
        let key = 0
        builder.push4(0, 0)
        builder.push6(0, 0, 0)
        for (const [step, value] of list) {
          key += step
          builder.push4(key, value)
          builder.push6(key >>> 4, key & 15, value)
          expected.set(key, value)
        }
        const table = builder.finish()
        expectWellFormed(table)
        let value = 0
        for (let at = 0; at <= key; at++) {
          value = expected.get(at) ?? value
          expect(value4(table, at)).toBe(value)
          expect(value6(table, at >>> 4, at & 15)).toBe(value)
        }
      }),
      { seed: SEED, numRuns: 500 },
    )
  })

  it('makes one unknown range of nothing', () => {
    const { v4, v6 } = new RangeBuilder().finish()
    expect([[...v4.starts], [...v4.values], [...v6.hi], [...v6.lo], [...v6.values]]).toEqual([[0], [0], [0], [0], [0]])
  })

  it('refuses a table that does not begin at zero', () => {
    const builder = new RangeBuilder()
    builder.push4(7, 1)
    expect(() => builder.finish()).toThrow('begin at zero')
  })
})

describe('looking up an index', () => {
  it('within a part of the table stays within it', () => {
    const starts = Uint32Array.of(0, 10, 20, 30, 40)
    expect(rangeIndex4(starts, 25)).toBe(2)
    expect(rangeIndex4(starts, 25, 1, 4)).toBe(2)
    expect(rangeIndex4(starts, 30)).toBe(3)
    expect(rangeIndex4(starts, 2 ** 24 - 1)).toBe(4)
  })
})
