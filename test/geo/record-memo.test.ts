import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RecordMemo } from '../../src/geo/record-memo.ts'

it('remembers what a Map would, while it grows', () => {
  const pairs = fc.uniqueArray(
    fc.tuple(
      fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 0xffffffff })),
      fc.integer({ min: 0, max: 0xffffffff }),
    ),
    {
      selector: ([record]) => record,
      maxLength: 3000,
      size: 'max',
    },
  )
  fc.assert(
    fc.property(pairs, entries => {
      const memo = new RecordMemo()
      for (const [record, value] of entries) {
        expect(memo.get(record)).toBe(-1)
        memo.add(record, value)
      }
      for (const [record, value] of entries) expect(memo.get(record)).toBe(value)
    }),
    { seed: 20260101, numRuns: 20 },
  )
})
