import { own } from '../../base/own.ts'
import type { Cluster } from '../../model/cluster.ts'
import type { ClusterPlan } from '../../model/fleet-plan.ts'
import { FAMILY_V4, FAMILY_V6 } from '../../model/live-table.ts'
import type { Service } from '../../model/service.ts'
import { staticVerdict } from '../../route/candidates/admit.ts'
import { hasFamily, NAME } from './families.ts'
import { shareOf } from './judge-server.ts'

/**
 * FAMILY_* bits by which the service fails open: of the capacity of its candidates less than `failOpenBelow` is healthy, so that rather the monitors are
 * wrong than the servers, or the few that are left would fall as well. Who is drained altogether counts neither way, and who is excluded is no candidate.
 */
export function openFamilies(
  service: Service,
  clusters: readonly Cluster[],
  plans: Readonly<Record<string, ClusterPlan>> | undefined,
): number {
  const least = service.failOpenBelow ?? 0
  if (least === 0) return 0
  const candidates = clusters.filter(
    (cluster, c) =>
      service.clusters.includes(cluster.id) &&
      staticVerdict(service, { clusters }, c) === 'eligible' &&
      (own(plans, cluster.id)?.drainPercent ?? 0) < 100,
  )
  const open = ([4, 6] as const).filter(family => healthyShare(candidates, family, plans) < least)
  return open.reduce((bits, family) => bits | (family === 4 ? FAMILY_V4 : FAMILY_V6), 0)
}

/** 1 without any candidate. Capacities in several units cannot be added: then every cluster counts alike. */
function healthyShare(
  candidates: readonly Cluster[],
  family: 4 | 6,
  plans: Readonly<Record<string, ClusterPlan>> | undefined,
): number {
  const oneUnit = new Set(candidates.map(({ capacity }) => capacity.unit)).size <= 1
  let [whole, healthy] = [0, 0]
  for (const cluster of candidates) {
    const members = cluster.servers.filter(server => hasFamily(server, family))
    if (members.length === 0) continue
    const servers = own(plans, cluster.id)?.servers
    const weights = members.reduce((sum, { weight }) => sum + weight, 0)
    // In its slow start a server is healthy.
    const up = members.filter(({ id }) => servers === undefined || shareOf(own(servers, id)?.[NAME[family]]) > 0)
    const capacity = oneUnit ? cluster.capacity.value : 1
    whole += capacity
    healthy += (capacity * up.reduce((sum, { weight }) => sum + weight, 0)) / weights
  }
  return whole === 0 ? 1 : healthy / whole
}
