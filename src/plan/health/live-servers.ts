import type { Family } from '../../base/ip.ts'
import { own } from '../../base/own.ts'
import type { Cluster } from '../../model/cluster.ts'
import { DRAIN_ALL } from '../../model/live-table.ts'
import type { ServerVerdict, ServerVerdicts } from '../../model/verdict.ts'
import { FAMILIES, hasFamily, NAME } from './families.ts'
import { UP_THRESHOLD } from './judge-cluster.ts'

/** Servers that went so long before the last one belong to another outage. */
const ONE_OUTAGE_MS = 5 * 60_000

/** What the live table says of a cluster's servers by one family, in the order of the configuration. */
export interface FamilyServers {
  readonly family: Family
  readonly usable: readonly boolean[]
  /** Blocks of 256 that are turned away in the slow start; 0 = none. */
  readonly away: readonly number[]
  /** Those to take when none is usable: the last to go, or those that monitors call up although they are held down. */
  readonly lately: readonly boolean[]
  /** Unix seconds at which the last one went; 0 = there is one, or never was. */
  readonly fell: number
}

/** `servers` undefined: nobody checks them, all are usable. */
export function liveServers(
  cluster: Cluster,
  servers: Readonly<Record<string, ServerVerdicts>> | undefined,
): readonly FamilyServers[] {
  return FAMILIES.map(family => {
    const here = cluster.servers.map(server => hasFamily(server, family))
    if (servers === undefined) return { family, usable: here, away: here.map(() => 0), lately: here, fell: 0 }
    const verdicts = cluster.servers.map(({ id }) => own(servers, id)?.[NAME[family]])
    return judged(family, cluster, here, verdicts)
  })
}

function judged(
  family: Family,
  cluster: Cluster,
  here: readonly boolean[],
  verdicts: readonly (ServerVerdict | undefined)[],
): FamilyServers {
  const isUp = here.map((has, s) => has && verdicts[s]?.up === true)
  // Where those known to be up make the cluster, nobody has to try the others; where they do not, a first verdict must not draw all clients.
  const upSuffice = weightOf(cluster, isUp) >= (cluster.upThreshold ?? UP_THRESHOLD) * weightOf(cluster, here)
  const usable = here.map((has, s) => isUp[s]! || (has && verdicts[s] === undefined && !upSuffice))
  const rampOf = (s: number): number => (usable[s] ? (verdicts[s]?.ramp ?? 100) : 0)
  const most = Math.max(0, ...here.map((_, s) => rampOf(s)))
  const away = here.map((_, s) => (usable[s] ? Math.round(DRAIN_ALL * (1 - rampOf(s) / most)) : 0))
  if (usable.includes(true)) return { family, usable, away, lately: usable, fell: 0 }
  const last = Math.max(0, ...verdicts.map(verdict => verdict?.since ?? 0))
  const lately = here.map((has, s) => has && wentLately(verdicts[s], last))
  return { family, usable, away, lately, fell: Math.floor(last / 1000) }
}

function wentLately(verdict: ServerVerdict | undefined, last: number): boolean {
  return verdict !== undefined && (verdict.cause === 'flapping' || verdict.since >= last - ONE_OUTAGE_MS)
}

function weightOf({ servers }: Cluster, counts: readonly boolean[]): number {
  return servers.reduce((sum, { weight }, s) => (counts[s] ? sum + weight : sum), 0)
}
