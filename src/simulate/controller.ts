import type { Allocation } from '../model/fleet-plan.ts'
import type { LevelsVerdict, LoadRequest } from '../model/planner.ts'
import { Allocator, type Market } from '../plan/allocate/allocate.ts'
import { floorsFor, isAllocationDue } from '../plan/allocate/due.ts'
import { planLevels } from '../plan/levels/plan-levels.ts'

/** What the leader of a fleet knows when it plans: the very request that its planner gets, and the map that this planner holds. */
export interface ControlInput extends LoadRequest {
  readonly market: Market
}

export interface ControlVerdict extends LevelsVerdict {
  /** In force from now on; it comes back with the next input. */
  readonly allocation: Allocation | null
}

/**
 * One step of whoever controls the load, every ten simulated seconds. The place where another planner plugs in: it gets what a leader would
 * know, and what it returns is put into the live table. It must be a function of its input.
 */
export type Controller = (input: ControlInput) => ControlVerdict

/** The control loop of the product: levels first, then the allocation where it is due (control/load-planner.ts, worker/planner-desk.ts). */
export function newLoadController(): Controller {
  const allocators = new WeakMap<Market, Allocator>()
  return ({ market, allocation, ...input }) => {
    const levels = planLevels({ ...input, floors: floorsFor(allocation, market.survey), rows: market.rows })
    if (!isAllocationDue(allocation, market.survey, input.now)) return { ...levels, allocation }
    const allocator = allocators.get(market) ?? new Allocator(market)
    allocators.set(market, allocator)
    const next = allocator.plan({ ...input, state: levels.state, floors: allocation?.floors ?? {} })
    return { ...levels, allocation: next.allocation }
  }
}

/** The leader's own interval (`load.planInterval`), seconds. */
export const PLAN_EVERY = 10
