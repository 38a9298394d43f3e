import { type Millis, millis } from '../base/brand.ts'
import { own } from '../base/own.ts'
import type { Cluster } from '../model/cluster.ts'
import type { ClusterPlan } from '../model/fleet-plan.ts'
import { LiveTable, liveTableBytes } from '../model/live-table.ts'
import type { ClusterLoadInput } from '../model/planner.ts'
import type { Scenario, ScenarioEvent } from '../model/scenario.ts'
import type { Service } from '../model/service.ts'
import type { ServerVerdict, ServerVerdicts } from '../model/verdict.ts'
import { fillLive, type LiveScope } from '../plan/live.ts'
import { orderGroups } from '../route/order-groups.ts'
import { gauss, type Random } from './random.ts'

/** Second 0 in Unix ms: a moment like any other. */
export const EPOCH = 1_700_000_000_000

/** What has befallen one cluster. Seconds; Infinity = not. */
interface ClusterState {
  /** Dead: it serves nobody. */
  dead: boolean
  /** When the nameservers learn of it, and whether they take it for usable now. */
  judgedAt: number
  usable: boolean
  /** Since when not; of one that is usable it says nothing. */
  downSince: number
  drainPercent: number
  loadSilent: boolean
  rttSilentSince: number
  frozen: boolean
  report: { value: number; at: number } | null
}

function newLiveTable({ clusters, services, groups }: LiveScope): LiveTable {
  const servers = clusters.reduce((sum, cluster) => sum + cluster.servers.length, 0)
  const counts = [clusters.length, servers, groups.length, services.length] as const
  return LiveTable.create(new ArrayBuffer(liveTableBytes(...counts)), ...counts)
}

/** What the monitors agree on: nobody has heard of any server of the cluster since. */
function allDown({ servers }: Cluster, since: Millis): Record<string, ServerVerdicts> {
  const verdict: ServerVerdict = { up: false, since, cause: 'timeout', voices: [1, 1] }
  return Object.fromEntries(servers.map(({ id }) => [id, { v4: verdict, v6: verdict }]))
}

/** The clusters as they are, as they report, and as the nameservers take them to be: the live table. */
export class Fleet {
  readonly live: LiveTable
  /** The same as if no cluster turned anybody away for load. */
  readonly unshed: LiveTable
  readonly #deployment: LiveScope
  readonly #index: ReadonlyMap<string, number>
  readonly #scenario: Scenario
  readonly #random: Random
  readonly #states: readonly ClusterState[]
  #levels: Readonly<Record<string, number>> = {}

  /** `services`: whose names the servers serve; none where only clusters are played. */
  constructor(clusters: readonly Cluster[], scenario: Scenario, random: Random, services: readonly Service[] = []) {
    this.#deployment = { clusters, services, groups: orderGroups(services) }
    this.#index = new Map(clusters.map(({ id }, c) => [id, c]))
    this.#scenario = scenario
    this.#random = random
    this.#states = clusters.map(() => ({
      dead: false,
      judgedAt: Number.POSITIVE_INFINITY,
      usable: true,
      downSince: 0,
      drainPercent: 0,
      loadSilent: false,
      rttSilentSince: Number.POSITIVE_INFINITY,
      frozen: false,
      report: null,
    }))
    this.live = newLiveTable(this.#deployment)
    this.unshed = newLiveTable(this.#deployment)
    this.publish()
  }

  /** Events of demand are not the fleet's. At second 0 what has failed is known to have. */
  befall(event: ScenarioEvent): void {
    if (event.kind === 'demand' || event.kind === 'swing') return
    for (const id of event.clusters) this.#befall(this.#states[this.#index.get(id)!]!, event)
  }

  #befall(state: ClusterState, event: ScenarioEvent): void {
    const { down, up } = this.#scenario.detection
    switch (event.kind) {
      case 'fail':
        state.dead = true
        state.judgedAt = event.at === 0 ? 0 : event.at + down
        break
      case 'drain':
        state.drainPercent = event.percent
        break
      case 'silent':
        if (event.reports !== 'rtt') state.loadSilent = true
        if (event.reports !== 'load') state.rttSilentSince = Math.min(state.rttSilentSince, event.at)
        break
      case 'frozen':
        state.frozen = true
        break
      case 'restore':
        state.judgedAt = state.dead || !state.usable ? event.at + up : Number.POSITIVE_INFINITY
        Object.assign(state, { dead: false, drainPercent: 0, loadSilent: false, frozen: false })
        state.rttSilentSince = Number.POSITIVE_INFINITY
    }
  }

  /** Monitors' verdicts that are due at second `t`; true when there was one. */
  judge(t: number): boolean {
    let changed = false
    for (const state of this.#states) {
      if (t < state.judgedAt) continue
      state.judgedAt = Number.POSITIVE_INFINITY
      changed ||= state.usable === state.dead
      state.usable = !state.dead
      if (state.dead) state.downSince = t
    }
    return changed
  }

  /** Every exporter that still does reports the loads of `lag` seconds ago, with noise. */
  report(t: number, loads: Float32Array | Float64Array): void {
    this.#states.forEach((state, c) => {
      // The noise is drawn for everyone, so that silence here changes no figure there.
      const noisy = loads[c]! * Math.max(0, 1 + this.#scenario.reports.noise * gauss(this.#random))
      if (state.dead || state.loadSilent) return
      state.report = { value: state.frozen && state.report !== null ? state.report.value : noisy, at: t }
    })
  }

  /** What the leader would give its planner (control/plan-composer.ts). */
  inputs(): ClusterLoadInput[] {
    return this.#deployment.clusters.map(({ id, capacity, target }, c) => {
      const { usable, drainPercent, report } = this.#states[c]!
      return {
        id,
        capacity: capacity.value,
        target,
        usable: usable && drainPercent < 100,
        drainPercent,
        ...(report === null ? {} : { load: { value: report.value, at: millis(EPOCH + report.at * 1000) } }),
      }
    })
  }

  setLevels(levels: Readonly<Record<string, number>>): void {
    this.#levels = levels
    this.publish()
  }

  /** Fills the live tables as a nameserver does from the plan. */
  publish(): void {
    this.live.publish(half => fillLive(half, this.#deployment, { clusters: this.#planned(this.#levels) }))
    this.unshed.publish(half => fillLive(half, this.#deployment, { clusters: this.#planned({}) }))
  }

  /** As the leader's plan has it (control/plan-composer.ts). Of clusters that are up nothing is said of single servers. */
  #planned(levels: Readonly<Record<string, number>>): Record<string, ClusterPlan> {
    return Object.fromEntries(
      this.#deployment.clusters.map((cluster, c) => {
        const { usable, downSince, drainPercent } = this.#states[c]!
        const entry = { drainPercent, level: own(levels, cluster.id) ?? 0, stale: false }
        const down = { health: 'down', servers: allDown(cluster, millis(EPOCH + 1000 * downSince)) } as const
        return [cluster.id, usable ? { ...entry, health: 'up' } : { ...entry, ...down }]
      }),
    )
  }

  isDead(c: number): boolean {
    return this.#states[c]!.dead
  }

  /** It lives, and no operator has taken all of it out. */
  isOpen(c: number): boolean {
    const { dead, drainPercent } = this.#states[c]!
    return !dead && drainPercent < 100
  }

  /** Since when its prober says nothing; Infinity = it does. */
  rttSilentSince(id: string): number {
    return this.#states[this.#index.get(id)!]!.rttSilentSince
  }
}
