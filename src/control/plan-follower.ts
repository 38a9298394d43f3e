import type { Millis } from '../base/brand.ts'
import type { LoadedConfiguration } from '../model/deployment.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { Planner, RttSummary } from '../model/planner.ts'
import { isNewerPlan } from '../store/plan-order.ts'
import { compileKey, minuteOf } from './compile-key.ts'
import type { DemandFollower } from './demand-follower.ts'
import type { EvidenceClock } from './evidence-clock.ts'
import type { Publisher } from './publisher.ts'

/** Tables that only new evidence changed go to disk this often; those of a new configuration at once. */
const PERSIST_EVIDENCE_MS = 10 * 60_000

export interface PlanFollowerDeps {
  readonly planner: Planner
  readonly publisher: Publisher
  readonly evidenceClock: EvidenceClock
  readonly demand: DemandFollower
  /** The configuration that is served. */
  readonly inForce: () => LoadedConfiguration
  /** Where the last good tables are kept. */
  readonly snapshotFile: string
  readonly log: (level: 'warn' | 'error', message: string) => void
}

/** Has the tables rebuilt when the plan in force counts other evidence than they do, and keeps them on disk. */
export class PlanFollower {
  readonly #deps: PlanFollowerDeps
  /** What the tables served were compiled for, and what was tried last: what failed is not tried again. */
  #servedFor = ''
  #triedFor = ''
  #tried: FleetPlan | null = null
  #compiling = false
  /** The newest plan whose evidence may move what it wants, until tables that count it are served. */
  #free: FleetPlan | null = null
  #persistedAt = Number.NEGATIVE_INFINITY
  #stopped = false
  /** The measurements that the planner held when tables were last built. */
  rtt: RttSummary = { rows: 0, prefixes: 0, newest: null, oldest: null }

  constructor(deps: PlanFollowerDeps) {
    this.#deps = deps
  }

  /** What fails from here on is no news. */
  stop(): void {
    this.#stopped = true
  }

  /** The tables served were compiled for this plan (null: for none), with the table of demand of that id. */
  compiledFor(plan: FleetPlan | null, demand: string): void {
    this.#triedFor = plan === null ? '' : compileKey(plan, plan.asOf, demand)
    this.#serves(plan, this.#triedFor)
  }

  /** A plan has come into force. Tell of each: while tables are being built several may. */
  notice(plan: FleetPlan): void {
    if (!plan.gated) this.#free = plan
  }

  /**
   * Recompiles, beside the caller, when the plan counts other evidence than the tables served. What a plan before it let in comes first: the gate
   * would count it as moved by the measurements of this one.
   */
  follow(plan: FleetPlan | null, now: Millis): void {
    const { served } = this.#deps.publisher
    if (plan === null || this.#compiling || served === null || served.stats.coarse) return
    const before = this.#free
    const comesFirst = before !== null && before !== plan && before !== this.#tried
    if (!comesFirst || !this.#pursue(before, now)) this.#pursue(plan, now)
  }

  /** False when there is nothing more to do for this plan. */
  #pursue(plan: FleetPlan, now: Millis): boolean {
    const { evidenceClock, demand: follower } = this.#deps
    const asOf = evidenceClock.isAging(now) ? minuteOf(evidenceClock.at(now)) : plan.asOf
    const demand = follower.of(plan.survey, now)
    if (demand === null) return true
    const key = compileKey(plan, asOf, follower.id)
    if (key === this.#servedFor) this.#serves(plan, key)
    if (key === this.#triedFor) return false
    this.#compiling = true
    this.#rebuild(plan, asOf, demand, key, now)
      .catch((error: unknown) => {
        if (!this.#stopped) this.#deps.log('error', `tables were not rebuilt: ${String(error)}`)
      })
      .finally(() => {
        this.#compiling = false
      })
    return true
  }

  /** Where an earlier plan that may move could not be served, what it lets in is among what this one would move. */
  #mayMove(plan: FleetPlan): boolean {
    return !plan.gated || (this.#free !== null && isNewerPlan(plan, this.#free))
  }

  #serves(plan: FleetPlan | null, key: string): void {
    this.#servedFor = key
    if (plan !== null && this.#free !== null && !isNewerPlan(this.#free, plan)) this.#free = null
  }

  /** Counts the measurements anew and writes the tables served to disk. */
  async keep(now: Millis): Promise<void> {
    await this.#count()
    this.#persist(now)
  }

  async #rebuild(plan: FleetPlan, asOf: Millis, demand: string, key: string, now: Millis): Promise<void> {
    const { publisher, inForce, log } = this.#deps
    // The next plan with other evidence tries again; this one would fail at every tick.
    this.#triedFor = key
    this.#tried = plan
    const verdict = await publisher.publish(() => ({
      deployment: inForce().deployment,
      configHash: inForce().hash,
      mode: 'tolerant',
      coarse: false,
      fresh: false,
      asOf,
      evidence: plan.evidence,
      survey: plan.survey,
      demand,
      held: plan.held,
      gated: !this.#mayMove(plan) || publisher.gateIsShut,
    }))
    if (verdict.kind === 'served') this.#serves(plan, key)
    else log('warn', `kept generation ${publisher.served?.stats.generation}: ${verdict.reason}`)
    await this.#count()
    if (now - this.#persistedAt > PERSIST_EVIDENCE_MS) this.#persist(now)
  }

  async #count(): Promise<void> {
    this.rtt = await this.#deps.planner.rtt()
  }

  #persist(now: Millis): void {
    this.#persistedAt = now
    this.#deps.publisher.persist(this.#deps.snapshotFile).catch((error: unknown) => {
      if (!this.#stopped) this.#deps.log('error', `tables were not kept on disk: ${String(error)}`)
    })
  }
}
