import type { Cluster } from '../../model/cluster.ts'
import type { ClusterPlan } from '../../model/fleet-plan.ts'
import { capacityShare } from './judge-cluster.ts'

export interface Room {
  /** Share of its capacity that a cluster has now, 0..1; 0: it is nobody's choice on the first pass. */
  readonly share: number
  /** Share of its blocks, 0..100 %, that it turns away in its slow start. */
  readonly turnedAway: number
}

/** What health leaves of a cluster for the plan of the load. */
export function room(cluster: Cluster, plan: Pick<ClusterPlan, 'health' | 'servers' | 'families'> | undefined): Room {
  const families = [plan?.families?.v4, plan?.families?.v6].flatMap(verdict => verdict ?? [])
  const isOut = plan?.health === 'down' || plan?.health === 'degraded'
  if (families.length === 0) return { share: isOut ? 0 : 1, turnedAway: 0 }
  const sound = families.filter(({ health }) => health === 'up' || health === 'unknown')
  if (sound.length === 0) return { share: 0, turnedAway: 0 }
  return {
    share: capacityShare(cluster, plan?.servers),
    turnedAway: Math.min(...sound.map(({ ramp }) => 100 - (ramp ?? 100))),
  }
}
