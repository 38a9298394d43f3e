import type { Millis } from '../base/brand.ts'
import { own } from '../base/own.ts'
import type { Deployment } from '../model/deployment.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { Trail } from '../model/trail.ts'
import { summaryOf } from '../plan/health/summary.ts'
import { healthWords } from '../plan/health/words.ts'

/** The trail with what monitors say of its clusters, as the plan in force has it. */
export function explainHealth(trail: Trail, plan: FleetPlan | null, { clusters }: Deployment, now: Millis): Trail {
  const candidates = trail.candidates.map(candidate => {
    const cluster = clusters.find(({ id }) => id === candidate.cluster)
    const checked = cluster === undefined ? null : summaryOf(cluster, own(plan?.clusters, candidate.cluster))
    const health = healthWords(checked, now)
    return health === null ? candidate : { ...candidate, health }
  })
  return { ...trail, candidates }
}
