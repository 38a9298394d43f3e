import { type Millis, millis } from '../base/brand.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'

/** What of a plan the tables are compiled from, beside the table of demand with the id `demand`. */
export function compileKey({ evidence, survey }: FleetPlan, asOf: Millis, demand: string): string {
  return `${evidence} ${asOf} ${survey.number} ${demand}`
}

/** Without the store, measurements age in steps of a minute, so that tables are not rebuilt at every tick. */
export function minuteOf(at: Millis): Millis {
  return millis(Math.floor(at / 60_000) * 60_000)
}
