import { servicesLeftDark } from '../control/last-serving.ts'
import type { Deployment } from '../model/deployment.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import type { DrainIntent } from '../model/signals.ts'

/** The services that would have no serving cluster left if `cluster` took no more clients: by the plan's verdicts and the intents now in force. */
export function servicesWithoutCluster(
  deployment: Deployment,
  cluster: string,
  plan: FleetPlan | null,
  intents: readonly DrainIntent[],
  now: number,
): readonly string[] {
  const drained = new Set(
    intents
      .filter(({ percent, until }) => percent >= 100 && (until === undefined || until > now))
      .map(intent => intent.cluster),
  )
  // Without a verdict servers count as usable.
  return servicesLeftDark(deployment, cluster, id => !drained.has(id) && plan?.clusters[id]?.health !== 'down')
}
