import type { Family } from '../../base/ip.ts'
import { own } from '../../base/own.ts'
import type { Cluster } from '../../model/cluster.ts'
import type { ClusterPlan } from '../../model/fleet-plan.ts'
import { type CheckedStatus, type DownServer, type FamilyStatus, MOST_DOWN_SHOWN } from '../../model/health-status.ts'
import type { ServerVerdict } from '../../model/verdict.ts'
import { FAMILIES, hasFamily, NAME } from './families.ts'

/** What the plan says of a cluster's health, counted for people; null: nobody checks it. */
export function summaryOf(cluster: Cluster, plan: ClusterPlan | undefined): CheckedStatus | null {
  const servers = plan?.servers
  if (servers === undefined) return null
  const families: FamilyStatus[] = []
  const down: DownServer[] = []
  for (const family of FAMILIES) {
    const members = cluster.servers.filter(server => hasFamily(server, family))
    if (members.length === 0 || plan?.families?.[NAME[family]] === undefined) continue
    const verdicts = members.map(({ id }) => own(servers, id)?.[NAME[family]])
    families.push(familyStatus(family, plan, verdicts))
    members.forEach(({ id }, s) => {
      const verdict = verdicts[s]
      if (verdict?.up === false) down.push(downServer(id, family, verdict))
    })
  }
  down.sort((a, b) => b.since - a.since)
  return { families, down: down.slice(0, MOST_DOWN_SHOWN) }
}

function familyStatus(
  family: Family,
  plan: ClusterPlan | undefined,
  verdicts: readonly (ServerVerdict | undefined)[],
): FamilyStatus {
  const held = plan?.families?.[NAME[family]]
  const count = (counts: (verdict: ServerVerdict | undefined) => boolean): number => verdicts.filter(counts).length
  return {
    family,
    health: held?.health ?? 'unknown',
    since: held?.since ?? 0,
    ramp: held?.ramp ?? null,
    up: count(verdict => verdict?.up === true),
    down: count(verdict => verdict?.up === false),
    unknown: count(verdict => verdict === undefined),
    warming: count(verdict => verdict?.ramp !== undefined),
    held: count(verdict => verdict?.cause === 'flapping'),
  }
}

function downServer(server: string, family: Family, { cause, since, voices }: ServerVerdict): DownServer {
  return { server, family, cause: cause ?? 'timeout', since, voices }
}
