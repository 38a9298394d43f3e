import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import type { LevelsInput } from '../../../src/model/planner.ts'
import { Allocator } from '../../../src/plan/allocate/allocate.ts'
import { isAllocationDue } from '../../../src/plan/allocate/due.ts'
import { ALLOCATE_MS, WORTHWHILE_MS } from '../../../src/plan/allocate/tuning.ts'
import { type Block, idOf, inputOf, instances, loadsOf, NOW, rowsOf, seatOf } from './market.ts'

const RUNS = { seed: 20_261_122, numRuns: 200 }

/** Blocks of weight 1 that have `first`, then `then`, with ranks 0..99 in the first. */
const crowd = (count: number, ...slots: number[]): Block[] =>
  Array.from({ length: count }, (_, i) => ({
    slots,
    ranks: slots.map((_, k) => (k === slots.length - 1 ? 255 : Math.floor((i * 100) / count))),
    weight: 1,
  }))

/** Everybody in a rank loses the same, whatever the cluster. */
const everywhere = (clusters: number, ms: (rank: number) => number): Float32Array =>
  Float32Array.from({ length: clusters * 256 }, (_, i) => ms(i % 256))

function plan(blocks: readonly Block[], input: LevelsInput, regrets: Float32Array | null = null) {
  return new Allocator({ rows: rowsOf(blocks), regrets, survey: 7 }).plan(input)
}

const cutoffs = (floors: Readonly<Record<string, number>>, clusters: number): number[] =>
  Array.from({ length: clusters }, (_, c) => floors[idOf(c)] ?? 0)

describe('floors', () => {
  test('bring every cluster to its target, and no lower than they must', () => {
    const blocks = [...crowd(90, 0, 1), ...crowd(30, 1, 0)]
    const { allocation, moved } = plan(blocks, inputOf(blocks, [100, 100]))
    expect(allocation).toMatchObject({ survey: 7, at: NOW, planned: { a: 0.75, b: 0.45 } })
    expect(Object.keys(allocation.floors)).toEqual(['a'])
    expect(moved.forced).toBeCloseTo(15 / 120, 9)
    expect(moved.voluntary).toBe(0)
  })

  test('are none where everybody is below target', () => {
    const blocks = [...crowd(70, 0, 1), ...crowd(74, 1, 0)]
    expect(plan(blocks, inputOf(blocks, [100, 100])).allocation.floors).toEqual({})
  })

  test('without room anywhere are the levels that load control has come to, with targets raised together', () => {
    const blocks = [...crowd(100, 0, 1), ...crowd(60, 1, 0), ...crowd(10, 2)]
    const input = inputOf(blocks, [100, 100, 100])
    const { floors, planned } = plan(blocks, input).allocation
    const { clusters } = input.state as { clusters: Record<string, { level: number }> }
    expect(floors).toEqual({ a: clusters.a!.level })
    // 160 for two clusters of 100: 0.80 each would be just enough.
    expect(planned.a).toBeGreaterThanOrEqual(0.77)
    expect(planned.a).toBeLessThanOrEqual(0.83)
    expect(planned.a! + planned.b!).toBeCloseTo(1.6, 6)
    expect(planned.c).toBe(0.1)
  })

  test('without room anywhere never go above the levels in force, whatever the load control has not done', () => {
    const blocks = [...crowd(100, 0, 1), ...crowd(60, 1, 0)]
    const input = inputOf(blocks, [100, 100], { b: 12 })
    const state = input.state as { clusters: Record<string, { level: number }> }
    state.clusters.a!.level = 3
    state.clusters.b!.level = 0
    expect(plan(blocks, input).allocation.floors).toEqual({ a: 3, b: 12 })
  })

  test('a cluster that is down has its blocks planned elsewhere, and its own floor waits for it', () => {
    const blocks = [...crowd(60, 0, 1), ...crowd(40, 1, 2), ...crowd(20, 2, 1)]
    const input = inputOf(blocks, [100, 100, 100], { a: 33 })
    const clusters = input.clusters.map((cluster, c) => ({ ...cluster, usable: c !== 0 }))
    const { allocation } = plan(blocks, { ...input, clusters })
    expect(allocation.planned).toEqual({ b: 0.75, c: 0.45 })
    expect(allocation.floors.a).toBe(33)
  })

  test('clusters of unknown capacity have no floor, and before the first estimate all stay as they are', () => {
    const blocks = crowd(90, 0, 1)
    expect(plan(blocks, inputOf(blocks, [Number.NaN, 100], { a: 90 })).allocation.floors).toEqual({})
    const unknown = { ...inputOf(blocks, [100, 100], { a: 90 }), state: null }
    expect(plan(blocks, unknown).allocation).toMatchObject({ floors: { a: 90 }, planned: {} })
  })
})

describe('what may move', () => {
  // 60 blocks ask for a, which keeps those of rank 80 and above: 12 of them.
  const blocks = [...crowd(60, 0, 1), ...crowd(20, 1, 0), ...crowd(400, 2, 3), ...crowd(10, 3, 2)]
  const asked = (floors: object) => inputOf(blocks, [100, 100, 1000, 1000], floors)

  test('comes back where there is room and it is worth it', () => {
    const { allocation, moved } = plan(
      blocks,
      asked({ a: 80 }),
      everywhere(4, () => WORTHWHILE_MS),
    )
    expect(allocation.floors).toEqual({})
    expect(moved.forced).toBe(0)
    expect(moved.voluntary).toBeCloseTo(48 / 490, 9)
  })

  test('stays where it gains less than a tenth of what it has', () => {
    // It comes from b, where it has 5 ms more: 10 % of 50 or of 51.
    const far = (score: number) => blocks.map(block => ({ ...block, score }))
    const gains = everywhere(4, () => 5)
    expect(plan(far(45), asked({ a: 80 }), gains).allocation.floors).toEqual({})
    expect(plan(far(46), asked({ a: 80 }), gains).allocation.floors).toEqual({ a: 80 })
  })

  test('comes back as far as it is worth it, rank by rank', () => {
    const half = everywhere(4, rank => (rank < 40 ? WORTHWHILE_MS - 0.1 : WORTHWHILE_MS + 0.1))
    expect(plan(blocks, asked({ a: 80 }), half).allocation.floors).toEqual({ a: 40 })
    // The lowest have so much to gain that those in between come along.
    const low = everywhere(4, rank => (rank < 20 ? 9 : rank < 40 ? WORTHWHILE_MS - 0.1 : WORTHWHILE_MS + 0.1))
    expect(plan(blocks, asked({ a: 80 }), low).allocation.floors).toEqual({})
  })

  test('gains the way back over a cluster that is closed as well', () => {
    const three = [...crowd(60, 0, 1, 2), ...crowd(10, 2, 0), ...crowd(500, 3, 2)]
    const down = (ms: number) => {
      const input = inputOf(three, [100, 100, 100, 1000], { a: 80 })
      const clusters = input.clusters.map((cluster, c) => ({ ...cluster, usable: c !== 1 }))
      return plan(
        three,
        { ...input, clusters },
        everywhere(4, () => ms),
      ).allocation.floors
    }
    expect(down(1.5)).toEqual({})
    expect(down(1.4)).toEqual({ a: 80 })
  })

  test('stays where it gains too little', () => {
    const { allocation, moved } = plan(
      blocks,
      asked({ a: 80 }),
      everywhere(4, () => WORTHWHILE_MS - 0.1),
    )
    expect(allocation.floors).toEqual({ a: 80 })
    expect(moved.voluntary).toBe(0)
  })

  test('comes back where nobody knows what it loses: spread by hash, it belongs where the weights say', () => {
    expect(
      plan(
        blocks,
        asked({ a: 80 }),
        everywhere(4, () => 0),
      ).allocation.floors,
    ).toEqual({})
  })

  test('is a tenth of all demand at most, the largest gain first', () => {
    const gains = everywhere(4, rank => 4 + rank / 10)
    gains.fill(50, 2 * 256, 3 * 256)
    const { allocation, moved } = plan(blocks, asked({ a: 80, c: 50 }), gains)
    expect(moved.voluntary).toBeLessThanOrEqual(0.1)
    expect(moved.voluntary).toBeGreaterThan(0.09)
    // It went to c, whose blocks gain 50 ms; what was left did not do for a rank there.
    expect(allocation.floors.a).toBeGreaterThan(75)
    expect(allocation.floors.c).toBeLessThan(40)
  })

  test('does not fill a cluster past its target, nor moves at all when that is near', () => {
    const near = inputOf(blocks, [73 / 0.75, 100, 1000, 1000], { a: 20 })
    expect(plan(blocks, near).allocation).toMatchObject({ floors: {} })
    const full = [...crowd(76, 0, 1), ...crowd(414, 2, 3)]
    const { planned } = plan(full, inputOf(full, [100, 100, 1000, 1000], { a: 30 })).allocation
    expect(planned.a).toBeLessThanOrEqual(0.73)
    expect(planned.a).toBeGreaterThan(0.7)
    // 0.71 of capacity: below target, but by too little.
    const there = plan(full, inputOf(full, [100, 100, 1000, 1000], { a: 6 })).allocation
    expect(there).toMatchObject({ floors: { a: 6 }, planned: { a: 0.71 } })
  })

  test('not to a cluster that has turned blocks away within its hold time', () => {
    const input = asked({ a: 80 })
    const state = input.state as { clusters: Record<string, { raisedAt: number }> }
    state.clusters.a!.raisedAt = NOW - 30_000
    expect(plan(blocks, input).allocation.floors).toEqual({ a: 80 })
    state.clusters.a!.raisedAt = NOW - 90_000
    expect(plan(blocks, input).allocation.floors).toEqual({})
  })
})

test('nobody who could go elsewhere sits in a cluster above target, from whatever floors', () => {
  fc.assert(
    fc.property(
      instances,
      fc.array(fc.integer({ min: 0, max: 256 }), { minLength: 6, maxLength: 6 }),
      (instance, from) => {
        const { blocks, targets } = instance
        const floors = Object.fromEntries(targets.map((_, c) => [idOf(c), from[c]!]))
        const input = inputOf(
          blocks,
          targets.map(load => load / 0.75),
          floors,
        )
        const { allocation } = plan(blocks, input)
        const levels = cutoffs(allocation.floors, targets.length)
        const loads = loadsOf(blocks, levels)
        // Where targets had to rise, all that the stuck blocks reach rose with them.
        const risen = Math.max(...loads.map((load, c) => load / targets[c]!)) > 1.001
        for (const block of blocks) {
          const c = block.slots[seatOf(block, levels)]!
          if (seatOf(block, levels) < block.slots.length - 1 && !risen)
            expect(loads[c]!).toBeLessThanOrEqual(targets[c]! * 1.000001)
        }
        for (const [c, load] of loads.entries())
          expect(allocation.planned[idOf(c)]!).toBeCloseTo((0.75 * load) / targets[c]!, 2)
      },
    ),
    RUNS,
  )
})

test('a second plan of one map says what a first one would, whatever came before', () => {
  fc.assert(
    fc.property(
      instances,
      fc.array(fc.double({ min: 0.2, max: 3, noNaN: true }), { minLength: 6, maxLength: 6 }),
      fc.nat(5),
      (instance, growth, down) => {
        const { blocks, targets } = instance
        const allocator = new Allocator({ rows: rowsOf(blocks), regrets: null, survey: 7 })
        const first = inputOf(blocks, targets)
        const { allocation } = allocator.plan(first)
        const state = structuredClone(first.state) as { basis: { demand: Record<string, number> } }
        targets.forEach((_, c) => {
          state.basis.demand[idOf(c)]! *= growth[c]!
        })
        const clusters = first.clusters.map((cluster, c) => ({ ...cluster, usable: c !== down }))
        const second = { ...first, clusters, state, now: millis(NOW + ALLOCATE_MS), floors: allocation.floors }
        expect(allocator.plan(second)).toEqual(plan(blocks, second))
      },
    ),
    RUNS,
  )
})

test('an allocation is due for the map of a new survey, and after five minutes; not for a survey that is past', () => {
  const last = { survey: 4, at: millis(NOW), floors: {}, planned: {} }
  expect(isAllocationDue(null, 0, millis(NOW))).toBe(true)
  expect(isAllocationDue(last, 4, millis(NOW + ALLOCATE_MS - 1))).toBe(false)
  expect(isAllocationDue(last, 4, millis(NOW + ALLOCATE_MS))).toBe(true)
  expect(isAllocationDue(last, 5, millis(NOW + 1))).toBe(true)
  expect(isAllocationDue(last, 3, millis(NOW + 1))).toBe(false)
})
