import { describe, expect, test } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import { type LevelPlan, planLevels } from '../../../src/plan/levels/plan-levels.ts'
import { inputOf, type Report, rowsOf, START } from '../levels/world.ts'

const CHAIN = rowsOf([
  [[0, 1, 2], 90],
  [[1, 2, 0], 40],
  [[2, 1, 0], 30],
])

/** Levels planned every ten seconds over floors that may change. */
class Leader {
  now = START
  plan: LevelPlan | null = null

  run(reports: readonly Report[], floors?: Record<string, number>): Readonly<Record<string, number>> {
    this.now += 10_000
    this.plan = planLevels({
      clusters: reports.map((report, c) => inputOf(report, c, this.now)),
      rows: CHAIN,
      ttlSeconds: 30,
      now: millis(this.now),
      state: this.plan === null ? null : JSON.parse(JSON.stringify(this.plan.state)),
      ...(floors === undefined ? {} : { floors }),
    })
    return this.plan.levels
  }
}

/** Loads far below every target; never the same to the last digit. */
const calm = (now: number): Report[] => [30, 40, 30].map(load => ({ load: load + (now % 7919) * 1e-6 }))

describe('levels over floors', () => {
  test('begin there, whatever the load', () => {
    expect(new Leader().run(calm(START), { a: 120, c: 7 })).toEqual({ a: 120, b: 0, c: 7 })
  })

  test('go above them where the load asks for it', () => {
    const level = new Leader().run([{ load: 90 }, { load: 40 }, { load: 30 }]).a!
    expect(level).toBeGreaterThan(10)
    expect(new Leader().run([{ load: 90 }, { load: 40 }, { load: 30 }], { a: 10 }).a).toBe(level)
  })

  test('come down after the hold time as far as the floors, and stay; and all the way when these are gone', () => {
    const leader = new Leader()
    const high = leader.run([{ load: 90 }, { load: 40 }, { load: 30 }]).a!
    const floors = { a: 12 }
    const over = Array.from({ length: 90 }, () => leader.run(calm(leader.now), floors).a!)
    expect(over.slice(0, 5)).toEqual(Array(5).fill(high))
    expect(Math.min(...over)).toBe(12)
    expect(over.at(-1)).toBe(12)
    const without = Array.from({ length: 90 }, () => leader.run(calm(leader.now)).a!)
    expect(without.at(-1)).toBe(0)
  })

  test('a floor is no raise: nothing is held back for it', () => {
    const leader = new Leader()
    leader.run(calm(leader.now))
    leader.run(calm(leader.now), { a: 100 })
    const { raisedAt, hold } = leader.plan!.state.clusters.a!
    expect({ raisedAt, hold }).toEqual({ raisedAt: 0, hold: 60_000 })
  })

  test('say nothing of a cluster that is given up for lack of reports, or that never reported', () => {
    const leader = new Leader()
    expect(leader.run([{}, { load: 40 }, { load: 30 }], { a: 100 }).a).toBe(0)
  })

  test('that make no sense count as none', () => {
    for (const floor of [Number.NaN, -5, Number.NEGATIVE_INFINITY])
      expect(new Leader().run(calm(START), { a: floor }).a).toBe(0)
    expect(new Leader().run(calm(START), { a: 1e9 }).a).toBe(256)
  })
})
