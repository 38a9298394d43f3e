import type { Millis } from '../base/brand.ts'
import type { Deployment } from '../model/deployment.ts'
import type { FleetPlan, HeldChoice } from '../model/fleet-plan.ts'
import { LiveTable, liveTableBytes } from '../model/live-table.ts'
import type { Answerers, CompileStats, ContentProblem, Planner, TableArenas, TableSet } from '../model/planner.ts'
import type { Survey } from '../model/survey.ts'
import { fillLive, type LiveScope, sameLive } from '../plan/live.ts'
import { orderGroups } from '../route/order-groups.ts'
import type { StableNumbers } from './stable-numbers.ts'

/** Largest share of the demand that geo or prober data may move at once without an operator's word (ROUTING: acceptance gate). */
export const GATE_MOVED_SHARE = 0.3

/** One generation that the workers serve. */
export interface Served {
  readonly set: TableSet
  readonly stats: CompileStats
  readonly deployment: Deployment
  readonly live: LiveTable
  readonly from: 'disk' | 'compiled'
}

export interface PublishJob {
  readonly deployment: Deployment
  readonly configHash: string
  readonly mode: 'strict' | 'tolerant'
  readonly coarse: boolean
  /** Read zone files and databases anew. */
  readonly fresh: boolean
  readonly asOf: Millis
  readonly evidence: string
  readonly survey: Survey
  readonly demand: string
  readonly held: readonly HeldChoice[]
  /** True for rebuilds that only prober data caused: more than {@link GATE_MOVED_SHARE} moved is refused. */
  readonly gated: boolean
}

export type PublishVerdict =
  | { readonly kind: 'served'; readonly stats: CompileStats; readonly problems: readonly ContentProblem[] }
  | { readonly kind: 'refused'; readonly reason: string; readonly problems: readonly ContentProblem[] }

/**
 * Turns configuration and evidence into the generation that is served: compile into the idle set, pass the gate, lay a live table, swap all
 * workers in one step. Jobs run one after the other; on refusal the served generation stays.
 *
 *      set 0  [ generation 41 ] <- workers          set 0  [ idle ]
 *      set 1  [ idle ]  <- planner writes 42        set 1  [ generation 42 ] <- workers
 */
export class Publisher {
  readonly #planner: Planner
  readonly #answerers: Answerers
  readonly #stable: StableNumbers
  readonly #liveBuffers: [SharedArrayBuffer, SharedArrayBuffer] = [new SharedArrayBuffer(64), new SharedArrayBuffer(64)]
  #plan: FleetPlan | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #gateIsShut = false
  served: Served | null = null
  refusals = 0
  lastRefusal: string | null = null

  constructor(planner: Planner, answerers: Answerers, stable: StableNumbers) {
    this.#planner = planner
    this.#answerers = answerers
    this.#stable = stable
  }

  /**
   * `build` is asked when the job's turn has come, so that it speaks of the configuration then in force; `onServed` runs before the next job's.
   */
  publish(build: () => PublishJob, onServed: () => void = () => undefined): Promise<PublishVerdict> {
    return this.#inTurn(async () => {
      const verdict = await this.#publish(build())
      if (verdict.kind === 'served') onServed()
      return verdict
    })
  }

  /** True after the gate refused what measurements alone would have moved: it stays shut until an operator reloads. */
  get gateIsShut(): boolean {
    return this.#gateIsShut
  }

  /** Serves the tables kept on disk; false when there are none that fit. */
  restore(deployment: Deployment, file: string, fits: (stats: CompileStats) => boolean): Promise<boolean> {
    return this.#inTurn(async () => {
      const set = this.#idleSet()
      const restored = await this.#planner.restore(set, file)
      if (restored === null || !fits(restored.stats)) return false
      const { stable } = restored.stats
      if (stable !== undefined) this.#stable.adopt(stable)
      await this.#serve(set, restored.stats, restored.arenas, deployment, 'disk')
      return true
    })
  }

  persist(file: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.served !== null) await this.#planner.persist(this.served.set, file)
    })
  }

  /** Takes the plan over into the live table: visible to the next answer. The epoch moves only when something in the table does. */
  apply(plan: FleetPlan): void {
    const same = this.#plan !== null && sameLive(this.#plan, plan)
    this.#plan = plan
    if (!same) this.#fill()
  }

  #fill(): void {
    const served = this.served
    if (served === null) return
    served.live.publish(half => fillLive(half, scopeOf(served.deployment), this.#plan))
  }

  async #publish(job: PublishJob): Promise<PublishVerdict> {
    const set = this.#idleSet()
    const { gated, ...rest } = job
    const verdict = await this.#planner.compile({
      ...rest,
      set,
      generation: (this.served?.stats.generation ?? 0) + 1,
      stable: this.#stable.of(job.deployment),
    })
    if (verdict.kind === 'refused') return this.#refuse('the configuration does not compile', verdict.problems)
    const { moved } = verdict.stats
    // A map without measurements, as of a start with the store away, is nothing to hold on to.
    const worthKeeping = (this.served?.stats.measuredRows ?? 0) > 0
    if (gated && worthKeeping && moved !== null && moved > GATE_MOVED_SHARE) {
      this.#gateIsShut = true
      const share = `${Math.round(moved * 100)} %`
      return this.#refuse(`measurements alone would move ${share} of the demand; kingcdn reload lets it pass`, [])
    }
    try {
      await this.#serve(set, verdict.stats, verdict.arenas, job.deployment, 'compiled')
    } catch (error) {
      // The workers are back on the tables they had.
      return this.#refuse(error instanceof Error ? error.message : String(error), [])
    }
    return { kind: 'served', stats: verdict.stats, problems: verdict.problems }
  }

  #refuse(reason: string, problems: readonly ContentProblem[]): PublishVerdict {
    this.refusals++
    this.lastRefusal = reason
    return { kind: 'refused', reason, problems }
  }

  async #serve(
    set: TableSet,
    stats: CompileStats,
    arenas: TableArenas,
    deployment: Deployment,
    from: Served['from'],
  ): Promise<void> {
    const scope = scopeOf(deployment)
    const shape = [stats.clusterIds.length, stats.serverCount, scope.groups.length, scope.services.length] as const
    const buffer = this.#liveBuffer(set, liveTableBytes(...shape))
    const live = LiveTable.create(buffer, ...shape)
    live.publish(half => fillLive(half, scope, this.#plan))
    const zoneNumbers = this.#stable.ofZones(stats.zones.map(({ origin }) => origin))
    await this.#answerers.swap({ generation: stats.generation, ...arenas, live: buffer, zoneNumbers })
    this.served = { set, stats, deployment, live, from }
    this.lastRefusal = null
    this.#gateIsShut = false
    this.#planner.served(set, buffer)
    // A plan may have arrived while the workers were swapping: it was written to the table they have just left.
    this.#fill()
  }

  #liveBuffer(set: TableSet, needed: number): SharedArrayBuffer {
    if (this.#liveBuffers[set].byteLength < needed) this.#liveBuffers[set] = new SharedArrayBuffer(2 * needed)
    return this.#liveBuffers[set]
  }

  #idleSet(): TableSet {
    return this.served?.set === 0 ? 1 : 0
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }
}

function scopeOf({ clusters, services }: Deployment): LiveScope {
  return { clusters, services, groups: orderGroups(services) }
}
