import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import type { ClusterPlan, FleetPlan } from '../../src/model/fleet-plan.ts'
import { LiveTable, liveTableBytes, STATE_DOWN, STATE_UP } from '../../src/model/live-table.ts'
import { fillLive, sameLive } from '../../src/plan/live.ts'
import { cluster } from '../route/fixture.ts'

const clusters = [cluster('icn', 'seoul', { count: 4 }), cluster('nrt', 'tokyo', { count: 3 })]
const GROUPS = [17, 4, 200]

const plan = (entries: Readonly<Record<string, Partial<ClusterPlan>>>): FleetPlan =>
  ({
    clusters: Object.fromEntries(
      Object.entries(entries).map(([id, entry]) => [
        id,
        { health: 'up', drainPercent: 0, level: 0, stale: false, ...entry },
      ]),
    ),
  }) as FleetPlan

function filled(of: FleetPlan | null, groups: readonly number[] = GROUPS): LiveTable {
  const buffer = new SharedArrayBuffer(liveTableBytes(2, 7, groups.length))
  const table = LiveTable.create(buffer, 2, 7, groups.length)
  table.publish(half => fillLive(half, { clusters, services: [], groups }, of))
  return LiveTable.open(buffer)
}

describe('the live table', () => {
  it('has, for every order group and cluster, how many servers serve; all where the plan says nothing', () => {
    const { serving } = filled(plan({ nrt: { serving: { 4: 2, 17: 1, 99: 3 } } })).current()
    expect([...serving]).toEqual([0, 1, 0, 2, 0, 0])
    expect([...filled(null).current().serving]).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('forgets what the plan before said', () => {
    const table = filled(plan({ nrt: { serving: { 4: 2 } } }))
    for (let i = 0; i < 2; i++)
      table.publish(half => fillLive(half, { clusters, services: [], groups: GROUPS }, plan({ nrt: {} })))
    expect(table.current().serving.every(each => each === 0)).toBe(true)
  })

  it('keeps its columns apart, whatever the number of groups', () => {
    for (const groups of [[], [1], GROUPS]) {
      const half = filled(plan({ icn: { level: 7, drainPercent: 50, health: 'down' } }), groups).current()
      expect([...half.level, ...half.drain]).toEqual([7, 0, 128, 0])
      expect([...half.state]).toEqual([STATE_DOWN, 0])
      expect([...half.families, ...half.servers]).toEqual(new Array(9).fill(3))
    }
  })

  it('turns all away only for all: a hair less leaves somebody', () => {
    const drained = (drainPercent: number) => filled(plan({ icn: { drainPercent } })).current().drain[0]
    expect([100, 99.9, 99.8, 50, 0.1, 0].map(drained)).toEqual([256, 255, 255, 128, 0, 0])
  })

  it('is written anew when what serves has changed, and not when nothing has', () => {
    const two = plan({ icn: { serving: { 4: 2 } } })
    expect(sameLive(two, plan({ icn: { serving: { 4: 2 } } }))).toBe(true)
    expect(sameLive(two, plan({ icn: { serving: { 4: 3 } } }))).toBe(false)
    expect(sameLive(two, plan({ icn: {} }))).toBe(false)
    expect(sameLive(plan({ icn: {} }), two)).toBe(false)
    expect(sameLive(two, plan({ icn: { serving: { 4: 2, 5: 1 } } }))).toBe(false)
  })
})

describe('health in the live table', () => {
  const up = { up: true, since: millis(5_000), cause: null, voices: [2, 2] } as const
  const down = { up: false, since: millis(9_000), cause: 'timeout', voices: [2, 2] } as const
  const ids = clusters[0]!.servers.map(({ id }) => id)
  const of = (entry: Partial<ClusterPlan>) => filled(plan({ icn: entry })).current()

  it('leaves out what is down, by family, and marks who is in the slow start', () => {
    const warming = { ...up, warmingSince: millis(1), ramp: 50 }
    const half = of({
      servers: {
        [ids[0]!]: { v4: up, v6: down },
        [ids[1]!]: { v4: warming, v6: up },
        [ids[2]!]: { v4: down, v6: { ...up, ramp: 25, warmingSince: millis(1) } },
      },
      families: { v4: { health: 'up', since: millis(1) }, v6: { health: 'degraded', since: millis(1) } },
      health: 'degraded',
    })
    expect([...half.servers.subarray(0, 4)]).toEqual([1, 3 | (1 << 4), 2 | (2 << 4), 0])
    expect([...half.ramp.subarray(0, 4)]).toEqual([0, 128, 192 << 8, 0])
    expect([half.state[0], half.weak[0], half.families[0], half.warm[0]]).toEqual([STATE_UP, 2, 3, 0])
    expect([...half.servers.subarray(4)]).toEqual([3, 3, 3])
  })

  it('has the slow start of a cluster by family', () => {
    const v6 = { health: 'up', since: millis(1), warmingSince: millis(1), ramp: 10 } as const
    expect(of({ servers: {}, families: { v4: { health: 'unknown', since: millis(1) }, v6 } }).warm[0]).toBe(230 << 8)
  })

  it('has, of a cluster that is down, when it went and who went last', () => {
    const early = { ...down, since: millis(1_000) }
    const late = { ...down, since: millis(400_000) }
    const servers = Object.fromEntries(ids.map((id, s) => [id, { v4: s === 2 ? late : early, v6: early }]))
    const gone = { health: 'down', since: millis(1) } as const
    const half = of({ servers, families: { v4: gone, v6: gone }, health: 'down' })
    expect([half.state[0], half.families[0], half.fell[0]]).toEqual([STATE_DOWN, 0, 400])
    expect([...half.lately.subarray(0, 4)]).toEqual([2, 2, 3, 2])
  })
})
