import type { Millis } from '../base/brand.ts'
import type { Deployment } from '../model/deployment.ts'
import type { Allocation, FleetPlan } from '../model/fleet-plan.ts'
import type { LevelsVerdict, Planner } from '../model/planner.ts'
import { isAllocationDue } from '../plan/allocate/due.ts'
import type { FleetState } from './fleet-state.ts'
import { levelInputs } from './plan-composer.ts'

export interface LoadPlannerDeps {
  readonly planner: Planner
  readonly state: FleetState
  readonly deployment: () => Deployment
  /** Milliseconds between two plans of the levels. */
  readonly planIntervalMs: number
  /** There is a new plan of the load: it goes into the next plan of the fleet. */
  readonly onPlanned: () => void
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/**
 * What the leader knows of the load: levels, planned every ten seconds or so, and the floors under them, allocated with every survey and every five
 * minutes. Both take the planner a moment, so that they run beside the leader's tick.
 */
export class LoadPlanner {
  readonly #deps: LoadPlannerDeps
  #levels: LevelsVerdict | null = null
  #allocation: Allocation | null = null
  #plannedAt = Number.NEGATIVE_INFINITY
  #planning = false
  /** Grows with every lease: what was asked under an earlier one is dropped when it comes. */
  #term = 0

  constructor(deps: LoadPlannerDeps) {
    this.#deps = deps
  }

  /** The levels of this lease; null before the first. */
  get levels(): LevelsVerdict | null {
    return this.#levels
  }

  /** The allocation in force: of this lease, else of the plan that was in force before. */
  allocationAfter(plan: FleetPlan | null): Allocation | null {
    return this.#allocation ?? plan?.allocation ?? null
  }

  /** A new lease: what this node planned under an earlier one is old, the plan in force is where to go on from. */
  begin(): void {
    this.#term++
    this.#levels = null
    this.#allocation = null
    this.#plannedAt = Number.NEGATIVE_INFINITY
  }

  /** Plans when it is time, beside the caller. `plan`: the newest there is. */
  tick(now: Millis, plan: FleetPlan | null): void {
    if (this.#planning || now - this.#plannedAt < this.#deps.planIntervalMs) return
    this.#plannedAt = now
    this.#planning = true
    this.#plan(now, plan, this.#term)
      .catch((error: unknown) => this.#deps.log('warn', `load plan failed: ${String(error)}`))
      .finally(() => {
        this.#planning = false
      })
  }

  async #plan(now: Millis, plan: FleetPlan | null, term: number): Promise<void> {
    const { planner, state, deployment, onPlanned } = this.#deps
    const allocation = this.allocationAfter(plan)
    const request = {
      clusters: levelInputs(deployment(), state, now),
      ttlSeconds: Math.max(1, ...deployment().services.map(service => service.ttl.address)),
      now,
      state: this.#levels?.state ?? plan?.levelState ?? null,
      allocation,
    }
    const levels = await planner.levels(request)
    if (term !== this.#term) return
    this.#levels = levels
    onPlanned()
    if (!isAllocationDue(allocation, plan?.survey.number ?? 0, now)) return
    const next = await planner.allocate({ ...request, state: levels.state })
    if (next === null || term !== this.#term) return
    this.#allocation = next
    onPlanned()
  }
}
