import type { FleetPlan } from '../model/fleet-plan.ts'

/** A greater token or seq was given by nobody (tokens begin at the time in ms), and would leave no room for later ones. */
export const MOST_PLAN_NUMBER = 2 ** 52

type PlanNumber = Pick<FleetPlan, 'token' | 'seq'>

/** True when `a` was decided after `b`: under a later lease, or later under the same one. */
export function isNewerPlan(a: PlanNumber, b: PlanNumber): boolean {
  return a.token > b.token || (a.token === b.token && a.seq > b.seq)
}
