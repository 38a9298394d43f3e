import { describe, expect, test } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import { planLevels } from '../../../src/plan/levels/plan-levels.ts'
import { Fleet, inputOf, rowsOf } from './world.ts'

/** a is asked for so much that it turns blocks away; b and c have room. */
const CHAIN = rowsOf([
  [[0, 1, 2], 90],
  [[1, 2, 0], 40],
  [[2, 1, 0], 30],
])

/** What each cluster is asked for, times `factor`, as soon as caches have let go: `off` by so much. */
function reports(fleet: Fleet, off: number) {
  const home = [90, 40, 30]
  const kept = fleet.plan === null ? 90 : 72
  const spill = 90 - kept
  const settled = fleet.plan === null ? home : [kept, home[1]! + spill, home[2]!]
  // Never the same to the last digit.
  const jitter = 1 + (fleet.now % 7919) * 1e-9
  return settled.map(load => ({ load: load * (1 + off) * jitter }))
}

describe('the demand that is planned for', () => {
  const begun = (): Fleet => {
    const fleet = new Fleet(CHAIN)
    for (let i = 0; i < 40; i++) fleet.run(reports(fleet, 0))
    return fleet
  }
  const basis = (fleet: Fleet) => fleet.plan!.state.basis!.demand

  test('stays the same to the last digit while estimates follow the noise', () => {
    const fleet = begun()
    const before = basis(fleet)
    const estimates = new Set<number>()
    for (let i = 0; i < 100; i++) {
      fleet.run(reports(fleet, i % 2 === 0 ? 0.02 : -0.02))
      expect(basis(fleet)).toEqual(before)
      estimates.add(fleet.plan!.state.clusters.a!.demand!)
    }
    expect(estimates.size).toBeGreaterThan(90)
  })

  test('is the estimate where loads have become others: by 6 %, however slowly', () => {
    const fleet = begun()
    const before = basis(fleet).a!
    for (let i = 1; i <= 60; i++) fleet.run(reports(fleet, 0.001 * i))
    for (let i = 0; i < 20; i++) fleet.run(reports(fleet, 0.06))
    expect(basis(fleet).a! / before).toBeGreaterThan(1.03)
    expect(basis(fleet).a! / before).toBeLessThan(1.09)
  })

  test('goes along to a new map', () => {
    const fleet = begun()
    const now = fleet.now + 10_000
    // No report since: nothing but the map has changed.
    const clusters = [{}, {}, {}].map((_, c) => inputOf({ load: 1, age: 10 }, c, now))
    const half = rowsOf([
      [[0, 1, 2], 45],
      [[1, 0, 2], 45],
      [[1, 2, 0], 40],
      [[2, 1, 0], 30],
    ])
    const { state } = planLevels({ clusters, rows: half, ttlSeconds: 30, now: millis(now), state: fleet.plan!.state })
    expect(state.basis!.demand.a! / basis(fleet).a!).toBeCloseTo(0.5, 1)
    expect(state.basis!.demand.b! / basis(fleet).b!).toBeCloseTo(85 / 40, 1)
  })

  test('of a state that has none is the estimate', () => {
    const fleet = begun()
    const { basis: _, ...rest } = fleet.plan!.state
    const now = fleet.now + 10_000
    const clusters = reports(fleet, 0).map((report, c) => inputOf(report, c, now))
    const { state } = planLevels({ clusters, rows: CHAIN, ttlSeconds: 30, now: millis(now), state: rest })
    expect(state.basis!.demand.a).toBe(state.clusters.a!.demand)
  })
})
