import type { Millis } from '../../base/brand.ts'
import type { Family } from '../../base/ip.ts'
import { own } from '../../base/own.ts'
import type { Cluster, Server } from '../../model/cluster.ts'
import type { ClusterHealth } from '../../model/fleet-plan.ts'
import { HEALTH_LIFETIME_MS } from '../../model/health.ts'
import type { FamilyHealth, FamilyVerdict, FamilyVerdicts, ServerVerdict, ServerVerdicts } from '../../model/verdict.ts'
import { byFamily, FAMILIES, hasFamily, NAME } from './families.ts'
import { judgeServer, type Moment, sameVerdict, shareOf } from './judge-server.ts'
import { warming } from './ramp.ts'
import type { Tally } from './tally.ts'

/** Of one cluster, as the plan has it. */
export interface ClusterVerdict {
  readonly health: ClusterHealth
  readonly servers: Readonly<Record<string, ServerVerdicts>>
  readonly families: FamilyVerdicts
}

export type Verdicts = Pick<ClusterVerdict, 'servers' | 'families'>

/** Where the configuration says nothing. */
export const UP_THRESHOLD = 0.5

/** `said`: what the monitors say of a server, see {@link judgeServer}. */
export function judgeCluster(
  cluster: Cluster,
  before: Partial<Verdicts>,
  said: (server: string, family: Family) => Tally | null,
  moment: Moment,
): ClusterVerdict {
  const servers: Record<string, ServerVerdicts> = {}
  for (const server of cluster.servers) {
    const held = own(before.servers, server.id)
    const verdicts = byFamily(family =>
      isChecked(cluster, family) && hasFamily(server, family)
        ? judgeServer(held?.[NAME[family]], said(server.id, family), moment, patienceOf(cluster))
        : undefined,
    )
    if (verdicts.v4 !== undefined || verdicts.v6 !== undefined) servers[server.id] = verdicts
  }
  const families = byFamily(family => judgeFamily(cluster, family, before.families, servers, moment.now))
  return { health: together(Object.values(families)), servers, families }
}

/** Monitors that have all just started know nothing for `rise` checks: what stood before them stands at least twice as long. */
function patienceOf({ health }: Cluster): number {
  return health === undefined
    ? HEALTH_LIFETIME_MS
    : Math.max(HEALTH_LIFETIME_MS, 2 * health.rules.rise * health.interval)
}

/** By a family that nobody checks there is nothing to say: its servers are used, as long as the checked ones leave the cluster any. */
const isChecked = ({ health }: Cluster, family: Family): boolean => health?.families.includes(family) ?? true

/** undefined: it has no server of the family, or nobody checks it. */
function judgeFamily(
  cluster: Cluster,
  family: Family,
  before: FamilyVerdicts | undefined,
  servers: ClusterVerdict['servers'],
  now: Millis,
): FamilyVerdict | undefined {
  const members = cluster.servers.filter(server => hasFamily(server, family))
  if (members.length === 0 || !isChecked(cluster, family)) return undefined
  const verdicts = members.map(({ id }) => own(servers, id)?.[NAME[family]])
  const health = familyHealth(members, verdicts, cluster.upThreshold ?? UP_THRESHOLD)
  const held = before?.[NAME[family]]
  const wasOut = held?.health === 'down' || held?.health === 'degraded'
  // Without a server that has just come back there is nothing to be careful with: others were taken out of the configuration, say.
  const back = wasOut && health === 'up' && verdicts.some(verdict => verdict?.ramp !== undefined)
  return {
    health,
    since: held?.health === health ? held.since : now,
    ...(health === 'up' ? warming(back ? now : held?.warmingSince, now) : {}),
  }
}

function familyHealth(
  servers: readonly Server[],
  verdicts: readonly (ServerVerdict | undefined)[],
  upThreshold: number,
): FamilyHealth {
  if (verdicts.every(verdict => verdict === undefined)) return 'unknown'
  let [whole, left] = [0, 0]
  servers.forEach(({ weight }, s) => {
    whole += weight
    if (shareOf(verdicts[s]) > 0) left += weight
  })
  if (left === 0) return 'down'
  return left < upThreshold * whole ? 'degraded' : 'up'
}

function together(families: readonly FamilyVerdict[]): ClusterHealth {
  if (families.every(({ health }) => health === 'down')) return 'down'
  return families.some(({ health }) => health === 'down' || health === 'degraded') ? 'degraded' : 'up'
}

/** True when both are the same to answers and to people. */
export function sameVerdicts(a: Partial<Verdicts>, b: Partial<Verdicts>): boolean {
  if (a.servers === undefined || b.servers === undefined) return a.servers === b.servers
  const names = Object.keys(b.servers)
  if (names.length !== Object.keys(a.servers).length) return false
  const sameServers = names.every(name => {
    const [held, now] = [own(a.servers, name), own(b.servers, name)]
    return sameVerdict(held?.v4, now?.v4) && sameVerdict(held?.v6, now?.v6)
  })
  return sameServers && sameFamily(a.families?.v4, b.families?.v4) && sameFamily(a.families?.v6, b.families?.v6)
}

function sameFamily(a: FamilyVerdict | undefined, b: FamilyVerdict | undefined): boolean {
  return a?.health === b?.health && a?.since === b?.since && a?.ramp === b?.ramp
}

/** Share of the cluster's capacity that its servers have now, 0..1, by weight; of each server its better family. */
export function capacityShare(cluster: Cluster, servers: ClusterVerdict['servers'] | undefined): number {
  if (servers === undefined) return 1
  let [whole, left] = [0, 0]
  for (const server of cluster.servers) {
    const held = own(servers, server.id)
    whole += server.weight
    const shares = FAMILIES.filter(family => hasFamily(server, family)).map(family => shareOf(held?.[NAME[family]]))
    left += server.weight * Math.max(...shares)
  }
  return left / whole
}
