import type { Millis } from '../base/brand.ts'
import type { DemandCounter, DemandReport, DemandTable } from '../model/demand.ts'
import type { Deployment } from '../model/deployment.ts'
import { joinDemand } from '../plan/join-demand.ts'
import type { Store } from '../store/store.ts'
import { DemandFollower } from './demand-follower.ts'
import { DemandSurveyor } from './demand-surveyor.ts'
import type { FleetState } from './fleet-state.ts'

const COLLECT_MS = 10_000
const PUBLISH_MS = 60_000
/** Fewer queries/s say nothing of how many bit/s each of them stands for. */
const LEAST_QPS = 0.1

export interface DemandDeskDeps {
  readonly node: string
  readonly store: Store
  readonly counter: DemandCounter
  readonly state: FleetState
  readonly deployment: () => Deployment
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
}

/** How much which clients ask: what this nameserver counts, what is reported, and what of it maps are compiled from. */
export class DemandDesk {
  readonly #deps: DemandDeskDeps
  /** For the plan that is in force. */
  readonly follower: DemandFollower
  /** For the leader. */
  readonly surveyor: DemandSurveyor
  #restored = false
  #collectedAt: number | null = null
  #publishedAt = Number.NEGATIVE_INFINITY

  constructor(deps: DemandDeskDeps) {
    this.#deps = deps
    this.follower = new DemandFollower(deps.store, deps.log)
    this.surveyor = new DemandSurveyor({ store: deps.store, log: deps.log, join: now => this.#join(now, false) })
  }

  /** Collects and publishes what is due. Rejects with StoreUnavailable. */
  async tick(now: Millis): Promise<void> {
    const { counter, node, store } = this.#deps
    if (!this.#restored) {
      const former = (await store.readCounted()).get(node)
      if (former !== undefined) counter.restore(former, now)
      this.#restored = true
    }
    this.#collectedAt ??= now
    if (now - this.#collectedAt < COLLECT_MS) return
    this.#collectedAt = now
    await counter.collect(now)
    const table = counter.table(now)
    if (now - this.#publishedAt < PUBLISH_MS || table.total === 0) return
    await store.putCounted(node, table)
    this.#publishedAt = now
  }

  /** What the fleet knows at this moment; of other nameservers, what they published last. */
  known(now: Millis): Promise<DemandTable> {
    return this.#join(now, true)
  }

  /** Takes the place of what was reported before; null withdraws it. */
  report(report: DemandReport | null): Promise<void> {
    return this.#deps.store.putReport(report)
  }

  async #join(now: Millis, fresh: boolean): Promise<DemandTable> {
    const { counter, node, store } = this.#deps
    if (fresh) await counter.collect(now)
    const [others, report] = await Promise.all([store.readCounted(), store.readReport()])
    const own = counter.table(now)
    const counted = [...others].flatMap(([name, table]) => (name === node ? [] : [table])).concat(own)
    return joinDemand(counted, report, this.#bpsPerQps(counted, now), now)
  }

  /** What all clusters that report bit/s carry, by what all clients ask; null where either is not known. */
  #bpsPerQps(counted: readonly DemandTable[], now: Millis): number | null {
    const qps = counted.reduce((sum, { total }) => sum + total, 0)
    const loads = this.#deps.deployment().clusters.flatMap(({ id, capacity }) => {
      const load = capacity.unit === 'bps' ? this.#deps.state.loadOf(id) : undefined
      return load === undefined || now - load.at > LOAD_LIFETIME_MS ? [] : [load.value]
    })
    const bps = loads.reduce((sum, load) => sum + load, 0)
    return qps >= LEAST_QPS && bps > 0 ? bps / qps : null
  }
}

/** Load that was reported longer ago says nothing of now. */
const LOAD_LIFETIME_MS = 60_000
