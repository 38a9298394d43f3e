import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { planInTime } from '../../src/control/plan-in-time.ts'
import type { FleetPlan } from '../../src/model/fleet-plan.ts'
import { plan } from '../fixture/store.ts'

const NOW = millis(1_764_000_000_000)
const FAR = millis(NOW + 10 * 365 * 86_400_000)

/** A plan of the moment `at`, with everything in it that has a time. */
const full = (at: typeof NOW): FleetPlan =>
  plan(7, 3, {
    at,
    asOf: at,
    survey: { number: 1, asOf: at, evidence: '', demand: '' },
    allocation: { survey: 1, at, floors: {}, planned: { at: 0.5 } },
    monitors: { fresh: 1, known: 1, lostSince: at },
    cookies: { secrets: ['0f'.repeat(16)], active: 0, since: at },
    clusters: {
      since: {
        ...{ health: 'up', drainPercent: 0, level: 0, stale: false },
        drain: { cluster: 'since', percent: 50, reason: '', by: '', since: NOW, until: FAR },
        families: { v4: { health: 'up', since: at, warmingSince: at, ramp: 10 } },
        servers: {
          at: {
            v4: { up: true, since: at, cause: null, voices: [1, 1], penalty: { value: 5_000, at }, silentSince: at },
          },
        },
      },
    },
  })

describe('the plan that a leader goes on from', () => {
  it('has no moment ahead of its clock, but those that operators gave', () => {
    expect(planInTime(full(FAR), NOW)).toEqual(full(NOW))
  })

  it('is the plan itself where clocks differ by a minute at most', () => {
    const held = full(millis(NOW + 60_000))
    expect(planInTime(held, NOW)).toBe(held)
    const ahead = full(millis(NOW + 60_001))
    expect(planInTime(ahead, NOW)).not.toBe(ahead)
  })
})
