import type { FleetPlan } from '../model/fleet-plan.ts'

/** A greater token or seq was given by nobody (tokens begin at the time in ms), and would leave no room for later ones. */
export const MOST_PLAN_NUMBER = 2 ** 52

/**
 * A token is at least the time in ms at which it was given, and greater only as far as somebody made one up. One further ahead than this is nobody's: it
 * would leave no room for later ones. So wide that a nameserver whose clock stands at its zero takes the plans of the others all the same.
 */
export const TOKEN_LEAD_MS = 100 * 365 * 86_400_000

export const isTokenOfToday = (token: number, now: number): boolean => token <= now + TOKEN_LEAD_MS

type PlanNumber = Pick<FleetPlan, 'token' | 'seq'>

/** True when `a` was decided after `b`: under a later lease, or later under the same one. */
export function isNewerPlan(a: PlanNumber, b: PlanNumber): boolean {
  return a.token > b.token || (a.token === b.token && a.seq > b.seq)
}
