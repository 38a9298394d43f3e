import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { EvidenceClock } from '../../src/control/evidence-clock.ts'
import { FleetState } from '../../src/control/fleet-state.ts'
import { Leader } from '../../src/control/leader.ts'
import type { Deployment } from '../../src/model/deployment.ts'
import type { FleetPlan } from '../../src/model/fleet-plan.ts'
import type { LevelsVerdict, LoadRequest, Planner } from '../../src/model/planner.ts'
import { ALLOCATE_MS } from '../../src/plan/allocate/tuning.ts'
import { type Lease, type Store, StoreUnavailable } from '../../src/store/store.ts'
import { plan } from '../fixture/store.ts'

const deployment: Deployment = {
  zones: [],
  clusters: [
    {
      id: 'icn',
      tier: 'core',
      location: { lat: 0, lon: 0 },
      asns: [],
      serves: [],
      capacity: { unit: 'bps', value: 100 },
      target: 0.75,
      biasMs: 0,
      servers: [{ id: 'icn-1', ipv4: '192.0.2.1', weight: 1 }],
    },
  ],
  services: [],
  geo: { city: [], asn: [], overrides: [] },
}

function setup() {
  const written: FleetPlan[] = []
  const state = new FleetState()
  const asked: LoadRequest[] = []
  const ended: string[] = []
  const world = {
    lease: { holder: 'ns1/1', token: 7 } as Lease | null,
    level: 0,
    away: false,
    deliver: true,
    madeUp: 0,
  }
  const store = {
    acquireLease: async () => world.lease,
    releaseLease: async ({ holder, token }: Lease) => {
      world.lease = { holder, token: token + 1 }
    },
    publishPlan: async (plan: FleetPlan) => {
      if (world.away) throw new StoreUnavailable('away')
      if (plan.token <= world.madeUp) return 'stale-token' as const
      written.push(plan)
      if (world.deliver) state.plan = plan
      return 'published' as const
    },
  } as Partial<Store> as Store
  const planner = {
    levels: async (): Promise<LevelsVerdict> => ({
      levels: { icn: world.level },
      state: { level: world.level },
      alarms: [],
      stale: [],
    }),
    allocate: async (request: LoadRequest) => {
      asked.push(request)
      const survey = state.plan?.survey.number ?? 0
      return { survey, at: request.now, floors: { icn: 40 + asked.length }, planned: { icn: 0.8 } }
    },
  } as Partial<Planner> as Planner
  const leader = new Leader({
    node: 'ns1',
    holder: 'ns1/1',
    store,
    planner,
    demand: { look: async before => before?.survey.demand ?? '' },
    state,
    clock: new EvidenceClock(),
    deployment: () => deployment,
    planIntervalMs: 10_000,
    freshSecret: () => '0f'.repeat(16),
    onDrainEnd: drain => ended.push(drain.reason),
    log: () => undefined,
  })
  let now = 1_000_000
  /** Ticks five times a second, as the control loop does. */
  const run = async (ms: number) => {
    for (const end = now + ms; now < end; now += 200) {
      await leader.tick(millis(now))
      await Promise.resolve()
    }
  }
  return { leader, state, world, written, asked, ended, run, now: () => millis(now) }
}

describe('the leader', () => {
  it('numbers its plans on, also while none of them comes back through the store', async () => {
    const { leader, world, written, run } = setup()
    world.deliver = false
    await run(1000)
    for (let i = 0; i < 3; i++) {
      leader.touch()
      await run(400)
    }
    expect(written.length).toBeGreaterThanOrEqual(4)
    expect(written.map(plan => plan.seq)).toEqual(written.map((_, i) => i + 1))
    expect(new Set(written.map(plan => plan.token))).toEqual(new Set([7]))
  })

  it('drops the levels of an earlier lease and goes on from the plan in force', async () => {
    const { leader, state, world, written, run, now } = setup()
    world.level = 200
    await run(2000)
    expect(written.at(-1)!.clusters.icn!.level).toBe(200)
    world.lease = null
    await run(3000)
    expect(leader.isLeader).toBe(false)
    const other: FleetPlan = {
      ...written.at(-1)!,
      token: 8,
      seq: 50,
      by: 'ns2',
      at: now(),
      clusters: { icn: { health: 'up', drainPercent: 0, level: 3, stale: false } },
    }
    state.plan = other
    world.lease = { holder: 'ns1/1', token: 9 }
    world.level = 3
    const before = written.length
    await run(3000)
    expect(written.slice(before).map(plan => plan.clusters.icn!.level)).toEqual(written.slice(before).map(() => 3))
    expect(written[before]).toMatchObject({ token: 9, seq: 1 })
  })

  it('allocates after the first levels, with their estimates, and every five minutes from then on', async () => {
    const { written, asked, run } = setup()
    await run(2000)
    expect(asked.map(({ state, allocation }) => ({ state, allocation }))).toEqual([
      { state: { level: 0 }, allocation: null },
    ])
    expect(written.at(-1)!.allocation).toMatchObject({ survey: 0, floors: { icn: 41 } })
    await run(ALLOCATE_MS - 20_000)
    expect(asked).toHaveLength(1)
    await run(30_000)
    expect(asked).toHaveLength(2)
    expect(asked[1]!.allocation).toMatchObject({ floors: { icn: 41 } })
    expect(written.at(-1)!.allocation).toMatchObject({ floors: { icn: 42 } })
  })

  it('allocates anew for the map of a new survey', async () => {
    const { leader, written, asked, run, now } = setup()
    await run(2000)
    leader.noticeMeasurements('5-0', true, now())
    await run(20_000)
    expect(written.at(-1)!.survey.number).toBe(1)
    expect(asked).toHaveLength(2)
    expect(written.at(-1)!.allocation!.survey).toBe(1)
  })

  it('goes on from the allocation of the plan in force under a new lease', async () => {
    const { state, world, written, asked, run, now } = setup()
    await run(2000)
    world.lease = null
    await run(3000)
    const allocation = { survey: 0, at: now(), floors: { icn: 9 }, planned: { icn: 0.5 } }
    state.plan = { ...written.at(-1)!, token: 8, by: 'ns2', at: now(), allocation }
    world.lease = { holder: 'ns1/1', token: 9 }
    const before = written.length
    await run(3000)
    expect(asked).toHaveLength(1)
    expect(written.length).toBeGreaterThan(before)
    for (const plan of written.slice(before)) expect(plan.allocation).toEqual(allocation)
  })

  it('names the clusters that are planned above their target', async () => {
    const { written, run } = setup()
    await run(2000)
    expect(written.at(-1)!.alarms).toEqual([
      'more demand than room in reach: icn planned above target, up to 0.80 of capacity',
    ])
  })

  it('an import counts in a second, and again when the store failed to take the plan', async () => {
    const { leader, world, written, run, now } = setup()
    await run(1000)
    world.away = true
    leader.noticeMeasurements('5-0', true, now())
    await run(1000)
    world.away = false
    await run(3000)
    expect(written.at(-1)).toMatchObject({ evidence: '5-0', gated: false })
  })

  it('lets the survey of an import through the gate', async () => {
    const { leader, written, run, now } = setup()
    await run(1000)
    leader.noticeMeasurements('5-0', true, now())
    await run(8000)
    expect(written.find(plan => plan.survey.number === 1)).toMatchObject({ gated: false })
  })

  it('an import that the leader before has counted opens the gate for nobody', async () => {
    const { leader, state, world, written, run, now } = setup()
    world.lease = null
    leader.noticeMeasurements('5-0', true, now())
    await run(1000)
    const survey = { number: 1, asOf: now(), evidence: '5-0', demand: '' }
    const clusters = { icn: { health: 'up', drainPercent: 0, level: 0, stale: false } } as const
    state.plan = plan(8, 50, { by: 'ns2', at: now(), asOf: now(), evidence: '5-0', survey, clusters })
    leader.noticeMeasurements('6-0', false, now())
    world.lease = { holder: 'ns1/1', token: 9 }
    await run(8000)
    expect(written.find(({ evidence }) => evidence === '6-0')).toMatchObject({ gated: true })
  })

  it('measurements of probers are taken together and held to the gate', async () => {
    const { leader, written, run, now } = setup()
    await run(1000)
    const before = written.length
    leader.noticeMeasurements('5-0', false, now())
    await run(2000)
    leader.noticeMeasurements('6-0', false, now())
    await run(2000)
    expect(written.slice(before).every(plan => plan.evidence === '')).toBe(true)
    await run(2000)
    expect(written.at(-1)).toMatchObject({ evidence: '6-0', gated: true })
  })

  it('measurements of probers that never stop are counted every five seconds, also behind an import', async () => {
    const { leader, written, run, now } = setup()
    await run(1000)
    leader.noticeMeasurements('5-0', true, now())
    for (let i = 1; i <= 300; i++) {
      leader.noticeMeasurements(`5-${i}`, false, now())
      await run(200)
    }
    const counted = new Set(written.map(({ evidence }) => evidence))
    expect(counted.size).toBeGreaterThanOrEqual(10)
    expect(counted.size).toBeLessThanOrEqual(15)
  })

  it('writes a plan when a drain begins and when it runs out', async () => {
    const { state, written, run, now } = setup()
    await run(1000)
    state.putIntent('icn', {
      cluster: 'icn',
      percent: 60,
      reason: '',
      by: 'me',
      since: now(),
      until: millis(now() + 2000),
    })
    await run(600)
    expect(written.at(-1)!.clusters.icn!.drainPercent).toBe(60)
    await run(3000)
    expect(written.at(-1)!.clusters.icn!.drainPercent).toBe(0)
  })

  it('tells once of a drain whose time is over, and not of one that was taken back', async () => {
    const { state, ended, world, run, now } = setup()
    const drain = (reason: string, ms: number) =>
      ({
        cluster: 'icn',
        percent: 60,
        reason,
        by: 'me',
        since: now(),
        until: millis(now() + ms),
        rampMs: 4000,
      }) as const
    await run(1000)
    state.putIntent('icn', drain('first', 2000))
    await run(1800)
    expect(ended).toEqual([])
    world.away = true
    await run(1000)
    world.away = false
    await run(10_000)
    expect(ended).toEqual(['first'])
    state.putIntent('icn', drain('second', 2000))
    await run(1800)
    state.putIntent('icn', { ...drain('third', 0), percent: 0, since: millis(now() + 1) })
    await run(10_000)
    expect(ended).toEqual(['first'])
  })

  it('goes on from a plan of the future as from one of now', async () => {
    const { state, world, written, run, now } = setup()
    world.lease = null
    const far = millis(now() + 1e12)
    state.plan = plan(5, 1, { at: far, asOf: far, cookies: { secrets: ['0f'.repeat(16)], active: 0, since: far } })
    world.lease = { holder: 'ns1/1', token: 7 }
    await run(3000)
    expect(written.at(-1)!.cookies!.since).toBeLessThanOrEqual(now())
    expect(written.at(-1)!.asOf).toBeLessThanOrEqual(now())
  })

  it('gives its lease back where a made-up plan stands in the way of its token, and leads on under the next', async () => {
    const { world, written, run } = setup()
    await run(1000)
    world.madeUp = 7
    world.level = 100
    await run(15_000)
    expect(written.at(-1)).toMatchObject({ token: 8, clusters: { icn: { level: 100 } } })
  })

  it('every plan carries the cookie secrets, and their rotation is reason enough for a plan', async () => {
    const { state, written, run, now } = setup()
    await run(1000)
    const first = written.at(-1)!.cookies!
    expect(first).toEqual({ secrets: ['0f'.repeat(16)], active: 0, since: 1_000_000 })
    const made = state.plan!
    state.plan = { ...made, cookies: { ...first, since: millis(now() - 25 * 3_600_000) } }
    const before = written.length
    await run(1000)
    expect(written.slice(before).map(plan => plan.cookies!.secrets.length)).toEqual([2])
  })
})
