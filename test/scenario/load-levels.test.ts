import { afterAll, describe, expect, test } from 'vitest'
import type { LevelsVerdict } from '../../src/model/planner.ts'
import {
  bigBlock,
  diurnal,
  flashCrowd,
  frozenReport,
  largestDies,
  regionHot,
  totalDemand,
  wideCrowd,
} from './load-cases.ts'
import { BLOCKS, figures, play, type Run } from './load-runs.ts'
import type { Controller } from './load-simulator.ts'

/** The load plan against a simulated fleet: resolvers that cache, reports that are late and noisy, crowds, deaths. */
const RUNS: readonly Run[] = [
  { name: 'crowd at 1.3 C, TTL 60', make: o => flashCrowd(o, 1.3), seed: 3, clusters: 60, conditions: { ttl: 60 } },
  { name: 'crowd at 1.6 C', make: o => flashCrowd(o, 1.6), seed: 1, clusters: 36 },
  { name: 'crowd at 2.0 C, TTL 20', make: o => flashCrowd(o, 2), seed: 1, clusters: 24, conditions: { ttl: 20 } },
  {
    name: 'crowd at 1.6 C, noise 10 %',
    make: o => flashCrowd(o, 1.6),
    seed: 1,
    clusters: 36,
    conditions: { noise: 0.1 },
  },
  { name: 'crowd over borders, 1.3 C', make: o => wideCrowd(o, 1.3), seed: 3, clusters: 36 },
  { name: 'whole region hot', make: o => regionHot(o, 1.9), seed: 2, clusters: 36 },
  { name: 'largest dies', make: o => largestDies(o, 0.5), seed: 1, clusters: 36 },
  { name: 'largest dies, the others at 0.58', make: o => largestDies(o, 0.58), seed: 2, clusters: 36 },
  { name: 'frozen report beside a crowd', make: o => frozenReport(o, 1.6), seed: 3, clusters: 36 },
  { name: 'block of 15 % of a cluster', make: o => bigBlock(o, 1.4), seed: 2, clusters: 36 },
  { name: 'unknown demand per block', make: o => flashCrowd({ ...o, weights: 'leaves' }, 1.6), seed: 1, clusters: 36 },
]

afterAll(() => console.table(figures))

describe('while demand is at most 70 % of what is in reach', () => {
  test.each(RUNS)('$name: below 0.85 C in time, nobody pushed above 0.95 C, and the moves stop', run => {
    const outcome = play(run, 600)
    expect(outcome.evenest).toBeLessThanOrEqual(0.7)
    expect(outcome.latePeak).toBeLessThanOrEqual(0.85)
    expect(outcome.spillPeak).toBeLessThanOrEqual(0.95)
    expect(outcome.lateMoves).toBeLessThanOrEqual(BLOCKS / 200)
  })

  test('day and night: never above 0.85 C', () => {
    const outcome = play({ name: 'day and night', make: o => diurnal(o, 0.35), seed: 1, clusters: 36 }, 4320)
    expect(outcome.latePeak).toBeLessThanOrEqual(0.85)
    expect(outcome.spillPeak).toBeLessThanOrEqual(0.95)
  })

  test('an hour after a crowd nothing has moved for half an hour', () => {
    const outcome = play({ name: 'an hour after a crowd', make: o => flashCrowd(o, 1.6), seed: 2, clusters: 36 }, 3600)
    expect(outcome.lateMoves).toBe(0)
    expect(outcome.latePeak).toBeLessThanOrEqual(0.85)
  })

  test('a stuck exporter is named', () => {
    const run = { name: 'frozen report, first minutes', make: RUNS[8]!.make, seed: 3, clusters: 36 }
    expect(play(run, 300).stale).toHaveLength(1)
  })
})

describe('when there is hardly any room', () => {
  test('total demand at 0.75 of all capacity: evenly about 0.85 C', () => {
    const outcome = play({ name: 'total 0.75', make: o => totalDemand(o, 0.75), seed: 1, clusters: 36 }, 900)
    expect(outcome.latePeak).toBeLessThanOrEqual(0.87)
    expect(outcome.spillPeak).toBeLessThanOrEqual(0.95)
    expect(outcome.lateMoves).toBeLessThanOrEqual(BLOCKS / 200)
  })

  test('total demand at 0.95: everybody is full, nobody is overrun, an alarm says so', () => {
    const outcome = play({ name: 'total 0.95', make: o => totalDemand(o, 0.95), seed: 2, clusters: 36 }, 900)
    expect(Math.max(...outcome.finalLoads)).toBeLessThanOrEqual(outcome.evenest + 0.1)
    expect(outcome.alarms.join()).toContain('no room in reach')
    expect(outcome.lateMoves).toBeLessThanOrEqual(BLOCKS / 50)
  })

  test('the largest dies while all are at 0.7: the others share it, an alarm says so', () => {
    const outcome = play(
      { name: 'largest dies, all at 0.7', make: o => largestDies(o, 0.7), seed: 1, clusters: 36 },
      900,
    )
    expect(outcome.latePeak).toBeLessThanOrEqual(outcome.evenest + 0.2)
    expect(outcome.alarms.join()).toContain('no room in reach')
  })
})

test('the simulator tells a plan from a thermostat: all or nothing at 0.85 C swings for ever', () => {
  const thermostat: Controller = ({ clusters, state }) => {
    const before = (state ?? {}) as Record<string, number>
    const levels = Object.fromEntries(
      clusters.map(({ id, capacity, load }) => {
        const share = (load?.value ?? 0) / capacity
        return [id, share > 0.85 ? 256 : share < 0.6 ? 0 : (before[id] ?? 0)]
      }),
    )
    return { levels, state: levels, alarms: [], stale: [] } satisfies LevelsVerdict
  }
  const run = { name: 'thermostat, crowd at 1.6 C', make: RUNS[1]!.make, seed: 1, clusters: 36 }
  const outcome = play(run, 900, thermostat)
  expect(outcome.latePeak).toBeGreaterThan(1.2)
  expect(outcome.settled).toBe(Number.POSITIVE_INFINITY)
  expect(outcome.lateMoves).toBeGreaterThan(BLOCKS / 10)
})
