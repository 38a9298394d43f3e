import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Prefix, prefixOf } from '../../src/base/prefix.ts'
import { rangesOfPrefixes, valueAt } from '../../src/base/range-table.ts'
import { firstKnown } from '../../src/geo/first-known.ts'

const SEED = 20260101

const prefix: fc.Arbitrary<Prefix> = fc.oneof(
  fc
    .tuple(fc.constantFrom(0, 1, 255), fc.nat(3), fc.integer({ min: 0, max: 24 }))
    .map(([a, b, length]) => prefixOf(Uint8Array.of(a, b, a, 0), length)),
  fc
    .tuple(fc.constantFrom(0, 0x20, 0xff), fc.nat(3), fc.integer({ min: 0, max: 56 }))
    .map(([a, b, length]) => prefixOf(Uint8Array.of(a, b, 0, 0, b, 0, a, 0, 0, 0, 0, 0, 0, 0, 0, 0), length)),
)
const table = fc
  .array(fc.record({ prefix, value: fc.integer({ min: 1, max: 4 }) }), { maxLength: 10 })
  .map(entries => ({ entries, ranges: rangesOfPrefixes(entries) }))

it('says everywhere what the first table that knows says', () => {
  fc.assert(
    fc.property(
      fc.array(table, { maxLength: 4 }),
      fc.array(prefix, { minLength: 5, maxLength: 5 }),
      (tables, extra) => {
        const combined = firstKnown(tables.map(({ ranges }) => ranges))
        const probes = [...extra, ...tables.flatMap(({ entries }) => entries.map(entry => entry.prefix))]
        for (const { family, hi, lo } of probes) {
          const values = tables.map(({ ranges }) => valueAt(ranges, family, hi, lo))
          expect(valueAt(combined, family, hi, lo)).toBe(values.find(value => value > 0) ?? 0)
        }
        for (let i = 1; i < combined.v4.starts.length; i++) {
          expect(combined.v4.starts[i]).toBeGreaterThan(combined.v4.starts[i - 1]!)
          expect(combined.v4.values[i]).not.toBe(combined.v4.values[i - 1])
        }
        for (let i = 1; i < combined.v6.hi.length; i++)
          expect(combined.v6.values[i]).not.toBe(combined.v6.values[i - 1])
      },
    ),
    { seed: SEED, numRuns: 500 },
  )
})
