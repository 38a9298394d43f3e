import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellsOf } from '../../../src/plan/levels/cells.ts'
import { openLists, shareOut } from '../../../src/plan/levels/lists.ts'
import { Placement } from '../../../src/plan/levels/placement.ts'

const CLUSTERS = ['a', 'b', 'c', 'd', 'e']

const rows = fc
  .array(
    fc.record({
      list: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1, maxLength: 4 }),
      ranks: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 }),
      weight: fc.integer({ min: 1, max: 50 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map(list => ({
    slots: Uint16Array.from(list.flatMap(row => [0, 1, 2, 3].map(k => row.list[k] ?? 0xffff))),
    ranks: Uint8Array.from(list.flatMap(row => row.ranks)),
    weight: Float64Array.from(list, row => row.weight),
  }))
const levels = fc.array(fc.integer({ min: 0, max: 256 }), { minLength: 5, maxLength: 5 }).map(l => Uint16Array.from(l))
const closed = fc
  .array(fc.constantFrom(0, 0, 0, 0.25, 0.5, 1), { minLength: 5, maxLength: 5 })
  .map(list => Float64Array.from(list))

test('whatever way the levels came about, the loads are those of a fresh walk', () => {
  fc.assert(
    fc.property(rows, closed, fc.array(levels, { minLength: 1, maxLength: 6 }), (table, shut, steps) => {
      const cells = cellsOf(table, CLUSTERS)
      const lists = openLists(table, cells, shut)
      const placement = new Placement(lists, cells.weight, new Uint16Array(5))
      for (const step of steps) {
        placement.apply(step)
        const held = shareOut(lists, cells.count, step)
        for (let c = 0; c < 5; c++) {
          const load = cells.weight.reduce((sum, weight, k) => sum + weight * held[k * 5 + c]!, 0)
          expect(placement.settled[c]).toBeCloseTo(load, 6)
        }
      }
    }),
    { seed: 20262, numRuns: 400 },
  )
})

test('a drained part goes where the road would send it, and the parts of a row add up', () => {
  const table = {
    slots: Uint16Array.from([0, 1, 2, 0xffff]),
    ranks: new Uint8Array(4).fill(255),
    weight: Float64Array.of(100),
  }
  const cells = cellsOf(table, CLUSTERS)
  const share = (shut: number[]) => {
    const lists = openLists(table, cells, Float64Array.from(shut))
    return Array.from(shareOut(lists, cells.count, new Uint16Array(5)).subarray(0, 5))
  }
  expect(share([0.5, 0, 0, 0, 0])).toEqual([0.5, 0.5, 0, 0, 0])
  // Two drains do not hit the same blocks.
  expect(share([0.5, 0.5, 0, 0, 0])).toEqual([0.5, 0.25, 0.25, 0, 0])
  expect(share([1, 0.25, 0, 0, 0])).toEqual([0, 0.75, 0.25, 0, 0])
  expect(share([1, 1, 1, 0, 0])).toEqual([0, 0, 0, 0, 0])
})

test('a map with more lists than cells is told apart by fewer slots', () => {
  const n = 4000
  const ids = Array.from({ length: 60 }, (_, i) => `c${i}`)
  const slots = Uint16Array.from({ length: n * 4 }, (_, i) => {
    const row = Math.floor(i / 4)
    return (row * [1, 7, 11, 13][i % 4]! + (i % 4) * 15 + Math.floor(row / 60) * (i % 4)) % 60
  })
  const cells = cellsOf({ slots, ranks: new Uint8Array(n * 4), weight: new Float64Array(n).fill(1) }, ids)
  expect(cells.count).toBeLessThanOrEqual(2000)
  expect(cells.weight.reduce((a, b) => a + b, 0)).toBe(n)
})
