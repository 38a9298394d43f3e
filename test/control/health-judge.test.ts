import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { FleetState } from '../../src/control/fleet-state.ts'
import { HealthJudge, healthAlarms, type Judgement, saysAlready } from '../../src/control/health-judge.ts'
import { composeClusters, levelInputs } from '../../src/control/plan-composer.ts'
import type { Deployment } from '../../src/model/deployment.ts'
import type { FleetPlan } from '../../src/model/fleet-plan.ts'
import { HEALTH_LIFETIME_MS } from '../../src/model/health.ts'
import { readPlan } from '../../src/store/signal-codec.ts'
import { health, intent, plan, verdict } from '../fixture/store.ts'
import { cluster, mapInput } from '../route/fixture.ts'

const NOW = 1_764_000_000_000
const at = (ms: number) => millis(NOW + ms)
const CHECKS: NonNullable<Deployment['clusters'][number]['health']> = {
  families: [4, 6],
  interval: millis(2_000),
  timeout: millis(1_000),
  rules: { fall: { failures: 3, of: 5 }, rise: 10 },
  tcp: { port: 80 },
}
const checked = { ...cluster('icn', 'seoul', { count: 2 }), health: CHECKS }
const { deployment } = mapInput({ clusters: [checked, cluster('nrt', 'tokyo')], services: [], places: [] })
const [first, second] = checked.servers.map(({ id }) => id)

/** A leader's share of it: reports come in, plans go out, by way of what Redis would hold of them. */
class Fleet {
  readonly state = new FleetState()
  readonly judge = new HealthJudge(this.state.health)
  said: Judgement = this.look(0)

  look(ms: number): Judgement {
    this.said = this.judge.judge(this.state.plan, deployment, { now: at(ms), evidence: at(ms) })
    return this.said
  }
  /** True when there was something to write. */
  write(ms: number): boolean {
    const judgement = this.look(ms)
    if (saysAlready(this.state.plan, judgement)) return false
    const clusters = composeClusters(deployment, this.state, null, at(ms), judgement)
    const next = plan(1, (this.state.plan?.seq ?? 0) + 1, { clusters, monitors: judgement.monitors })
    this.state.plan = readPlan(JSON.parse(JSON.stringify(next))) as FleetPlan
    expect(this.state.plan).toEqual(JSON.parse(JSON.stringify(next)))
    return true
  }
  hear(ms: number, said: Readonly<Record<string, readonly string[]>>): void {
    for (const [monitor, down] of Object.entries(said)) {
      const verdicts = [first, second].flatMap(id =>
        [4, 6].map(family => verdict(`${id}/${family}`, down.includes(id!) ? 'timeout' : null)),
      )
      this.state.health.hear(health(monitor, { at: at(ms), verdicts }), at(ms))
    }
  }
  get health() {
    return this.state.plan?.clusters.icn?.health
  }
}

describe('the leader as a judge of health', () => {
  it('says nothing of clusters that nobody checks', () => {
    const fleet = new Fleet()
    fleet.write(0)
    expect(fleet.state.plan!.clusters.nrt).toEqual({ health: 'up', drainPercent: 0, level: 0, stale: false })
    expect(fleet.state.plan!.clusters.icn).toMatchObject({ health: 'up', servers: {} })
  })

  it('writes a plan when a verdict turns, and none while all stays as it is', () => {
    const fleet = new Fleet()
    fleet.hear(0, { m1: [], m2: [], m3: [] })
    expect(fleet.write(0)).toBe(true)
    fleet.hear(2_000, { m1: [], m2: [], m3: [] })
    expect(fleet.write(2_000)).toBe(false)
    fleet.hear(3_000, { m1: [first!] })
    expect(fleet.write(3_000)).toBe(false)
    fleet.hear(4_000, { m2: [first!] })
    expect(fleet.write(4_000)).toBe(true)
    expect(fleet.state.plan!.clusters.icn!.servers![first!]!.v4).toMatchObject({ up: false, voices: [2, 3] })
    expect(fleet.health).toBe('up')
    fleet.hear(5_000, { m1: [first!, second!], m2: [first!, second!] })
    fleet.write(5_000)
    expect(fleet.health).toBe('down')
    expect(healthAlarms(fleet.said)).toEqual(['health: down: icn'])
  })

  it('lets verdicts stand still without a quorum, says so, and drops them after five minutes', () => {
    const fleet = new Fleet()
    fleet.hear(0, { m1: [first!], m2: [first!], m3: [first!] })
    fleet.write(0)
    // Two fall silent, and the third alone says that all is well.
    fleet.hear(20_000, { m1: [] })
    fleet.write(20_000)
    expect(fleet.state.plan!.monitors).toEqual({ fresh: 1, known: 3, lostSince: NOW + 20_000 })
    expect(fleet.state.plan!.clusters.icn!.servers![first!]!.v4).toMatchObject({ up: false })
    expect(healthAlarms(fleet.said)[0]).toContain('verdicts stand still')
    fleet.write(20_000 + HEALTH_LIFETIME_MS + 1_000)
    expect(fleet.state.plan!.clusters.icn!.servers).toEqual({})
  })

  it('a new leader goes on from the plan, and a restart of all monitors changes nothing', () => {
    const fleet = new Fleet()
    fleet.hear(0, { m1: [first!] })
    fleet.write(0)
    const next = new Fleet()
    next.state.plan = fleet.state.plan
    next.write(1_000)
    expect(next.state.plan!.clusters.icn!.servers![first!]!.v4).toMatchObject({ up: false, since: NOW })
    next.hear(2_000, { m1: [] })
    next.write(2_000)
    expect(next.state.plan!.clusters.icn!.servers![first!]!.v4).toMatchObject({ up: true, ramp: 10 })
  })

  it('leaves the plan of the load the capacity that is left, and nothing of what an operator wants', () => {
    const fleet = new Fleet()
    fleet.hear(0, { m1: [first!] })
    fleet.write(0)
    const input = () => levelInputs(deployment, fleet.state, at(1_000))[0]!
    const whole = deployment.clusters[0]!.capacity.value
    expect(input()).toMatchObject({ usable: true, capacity: whole / 2, drainPercent: 0 })
    fleet.state.putIntent('icn', intent('icn', { percent: 40, since: at(0) }))
    expect(input()).toMatchObject({ usable: true, drainPercent: 40 })
    fleet.hear(1_000, { m1: [first!, second!] })
    fleet.write(1_000)
    expect(input()).toMatchObject({ usable: false, capacity: whole, drainPercent: 40 })
    fleet.hear(2_000, { m1: [] })
    fleet.write(2_000)
    expect(input()).toMatchObject({ usable: true, capacity: whole / 10, drainPercent: 90 })
    expect(composeClusters(deployment, fleet.state, null, at(3_000), fleet.said).icn).toMatchObject({
      drainPercent: 40,
    })
  })
})
