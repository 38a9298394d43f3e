import { millis } from '../base/brand.ts'
import type { Cluster } from '../model/cluster.ts'
import {
  DRAIN_ALL,
  FAMILY_V4,
  FAMILY_V6,
  LEVEL_ALL,
  type LiveHalf,
  LiveTable,
  liveTableBytes,
  STATE_DOWN,
  STATE_UP,
} from '../model/live-table.ts'
import type { ClusterLoadInput } from '../model/planner.ts'
import type { Scenario, ScenarioEvent } from '../model/scenario.ts'
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
  drainPercent: number
  loadSilent: boolean
  rttSilentSince: number
  frozen: boolean
  report: { value: number; at: number } | null
}

function newLiveTable(clusters: readonly Cluster[]): LiveTable {
  const servers = clusters.reduce((sum, cluster) => sum + cluster.servers.length, 0)
  return LiveTable.create(new ArrayBuffer(liveTableBytes(clusters.length, servers)), clusters.length, servers)
}

/** The clusters as they are, as they report, and as the nameservers take them to be: the live table. */
export class Fleet {
  readonly live: LiveTable
  /** The same as if no cluster turned anybody away for load. */
  readonly unshed: LiveTable
  readonly #clusters: readonly Cluster[]
  readonly #index: ReadonlyMap<string, number>
  readonly #scenario: Scenario
  readonly #random: Random
  readonly #states: readonly ClusterState[]
  #levels: Readonly<Record<string, number>> = {}

  constructor(clusters: readonly Cluster[], scenario: Scenario, random: Random) {
    this.#clusters = clusters
    this.#index = new Map(clusters.map(({ id }, c) => [id, c]))
    this.#scenario = scenario
    this.#random = random
    this.#states = clusters.map(() => ({
      dead: false,
      judgedAt: Number.POSITIVE_INFINITY,
      usable: true,
      drainPercent: 0,
      loadSilent: false,
      rttSilentSince: Number.POSITIVE_INFINITY,
      frozen: false,
      report: null,
    }))
    this.live = newLiveTable(clusters)
    this.unshed = newLiveTable(clusters)
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
    return this.#clusters.map(({ id, capacity, target }, c) => {
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

  /** Fills the live tables as a nameserver does from the plan (control/live.ts). */
  publish(): void {
    this.live.publish(half => this.#fill(half, this.#levels))
    this.unshed.publish(half => this.#fill(half, {}))
  }

  #fill(half: LiveHalf, levels: Readonly<Record<string, number>>): void {
    let server = 0
    this.#clusters.forEach((cluster, c) => {
      const { usable, drainPercent } = this.#states[c]!
      half.state[c] = usable ? STATE_UP : STATE_DOWN
      half.drain[c] = Math.round((drainPercent * DRAIN_ALL) / 100)
      half.level[c] = Math.min(LEVEL_ALL, Math.round(levels[cluster.id] ?? 0))
      let families = 0
      for (const { ipv4, ipv6 } of cluster.servers) {
        const bits = (ipv4 === undefined ? 0 : FAMILY_V4) | (ipv6 === undefined ? 0 : FAMILY_V6)
        half.servers[server++] = bits
        families |= bits
      }
      half.families[c] = families
    })
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
