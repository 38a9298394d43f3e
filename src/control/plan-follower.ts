import type { Millis } from '../base/brand.ts'
import type { LoadedConfiguration } from '../model/deployment.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { Planner, RttSummary } from '../model/planner.ts'
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
  #compiledFor = ''
  #compiling = false
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
    this.#compiledFor = plan === null ? '' : compileKey(plan, plan.asOf, demand)
  }

  /** Recompiles, beside the caller, when the plan counts other evidence than the tables served. */
  follow(plan: FleetPlan | null, now: Millis): void {
    const { publisher, evidenceClock, demand: follower } = this.#deps
    if (plan === null || this.#compiling || publisher.served === null || publisher.served.stats.coarse) return
    const asOf = evidenceClock.isAging(now) ? minuteOf(evidenceClock.at(now)) : plan.asOf
    const demand = follower.of(plan.survey, now)
    const key = compileKey(plan, asOf, follower.id)
    if (demand === null || key === this.#compiledFor) return
    this.#compiling = true
    this.#rebuild(plan, asOf, demand, key, now)
      .catch((error: unknown) => {
        // The next plan with other evidence tries again; this one would fail at every tick.
        this.#compiledFor = key
        if (!this.#stopped) this.#deps.log('error', `tables were not rebuilt: ${String(error)}`)
      })
      .finally(() => {
        this.#compiling = false
      })
  }

  /** Counts the measurements anew and writes the tables served to disk. */
  async keep(now: Millis): Promise<void> {
    await this.#count()
    this.#persist(now)
  }

  async #rebuild(plan: FleetPlan, asOf: Millis, demand: string, key: string, now: Millis): Promise<void> {
    const { publisher, inForce, log } = this.#deps
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
      gated: plan.gated || publisher.gateIsShut,
    }))
    this.#compiledFor = key
    if (verdict.kind === 'refused')
      log('warn', `kept generation ${publisher.served?.stats.generation}: ${verdict.reason}`)
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
