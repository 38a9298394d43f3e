import type { LevelsInput, LevelsVerdict } from '../model/planner.ts'
import type { DemandRows } from '../plan/demand.ts'
import { planLevels } from '../plan/levels/plan-levels.ts'

/** What the leader of a fleet knows when it plans: the very input that its planner gets. */
export interface ControlInput extends LevelsInput {
  /** The blocks of the map in force, as the planner sees them. */
  readonly rows: DemandRows
}

/**
 * One step of whoever controls the load, every ten simulated seconds. The place where another planner plugs in: it gets what a leader would
 * know, and what it returns is put into the live table. It must be a function of its input.
 */
export type Controller = (input: ControlInput) => LevelsVerdict

/** The control loop of the product. */
export const levelController: Controller = input => planLevels(input)

/** The leader's own interval (`load.planInterval`), seconds. */
export const PLAN_EVERY = 10
