import { own } from '../base/own.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { Trail } from '../model/trail.ts'

/** The trail with what operators want of its clusters, as the plan in force has it. */
export function explainDrains(trail: Trail, plan: FleetPlan | null): Trail {
  const candidates = trail.candidates.map(candidate => {
    const entry = own(plan?.clusters, candidate.cluster)
    if (entry?.drain === undefined) return candidate
    const { percent, reason, by, since, until } = entry.drain
    const drain = {
      percent: entry.drainPercent,
      target: percent,
      reason,
      by,
      since,
      ...(until === undefined ? {} : { until }),
    }
    return { ...candidate, drain }
  })
  return { ...trail, candidates }
}
