import type { Cluster } from '../model/cluster.ts'
import type { ClusterHealth, ClusterPlan, FleetPlan } from '../model/fleet-plan.ts'
import {
  DRAIN_ALL,
  FAMILY_V4,
  FAMILY_V6,
  LEVEL_ALL,
  type LiveHalf,
  STATE_DEGRADED,
  STATE_DOWN,
  STATE_UP,
} from '../model/live-table.ts'

const STATES = { up: STATE_UP, degraded: STATE_DEGRADED, down: STATE_DOWN } as const

/**
 * Fills the idle half of a live table from the plan; a cluster the plan does not know yet is up, not drained and sheds nothing, and all its servers
 * serve everything. `groups`: numbers of the order groups that the table has room for.
 */
export function fillLive(
  half: LiveHalf,
  clusters: readonly Cluster[],
  plan: FleetPlan | null,
  groups: readonly number[] = [],
): void {
  let server = 0
  half.serving.fill(0)
  clusters.forEach((cluster, c) => {
    const entry = plan?.clusters[cluster.id]
    half.drain[c] = drainOf(entry?.drainPercent ?? 0)
    half.level[c] = clamp(Math.round(entry?.level ?? 0), LEVEL_ALL)
    const first = server
    let families = 0
    for (const { ipv4, ipv6 } of cluster.servers) {
      const bits = (ipv4 === undefined ? 0 : FAMILY_V4) | (ipv6 === undefined ? 0 : FAMILY_V6)
      half.servers[server++] = bits
      families |= bits
    }
    half.families[c] = families
    half.state[c] = STATES[availability(cluster, entry?.health ?? 'up', half.servers.subarray(first, server))]
    if (entry?.serving !== undefined) fillServing(half, c, clusters.length, entry.serving, groups)
  })
}

/**
 * A cluster of which too few servers are left is degraded, however well these are: what they would have to bear is not what they were planned for
 * (ROUTING section 6). `usable`: FAMILY_* bits of each server. The share is by weight.
 */
export function availability(cluster: Cluster, health: ClusterHealth, usable: ArrayLike<number>): ClusterHealth {
  let whole = 0
  let left = 0
  cluster.servers.forEach(({ weight }, s) => {
    whole += weight
    if (usable[s] !== 0) left += weight
  })
  return health === 'up' && left < (cluster.upThreshold ?? UP_THRESHOLD) * whole ? 'degraded' : health
}

/** Where the configuration says nothing. */
const UP_THRESHOLD = 0.5

function fillServing(
  half: LiveHalf,
  cluster: number,
  clusters: number,
  serving: NonNullable<ClusterPlan['serving']>,
  groups: readonly number[],
): void {
  groups.forEach((group, g) => {
    half.serving[g * clusters + cluster] = serving[group] ?? 0
  })
}

const clamp = (value: number, most: number): number => Math.max(0, Math.min(most, value))

/** All is only all: 99.9 % leaves somebody, or the last cluster of a service could be drained by a hair's breadth less than what is refused. */
const drainOf = (percent: number): number =>
  percent >= 100 ? DRAIN_ALL : clamp(Math.round((percent * DRAIN_ALL) / 100), DRAIN_ALL - 1)

/** True when both plans fill every live table alike. */
export function sameLive(a: FleetPlan, b: FleetPlan): boolean {
  const ids = Object.keys(b.clusters)
  return ids.length === Object.keys(a.clusters).length && ids.every(id => sameCluster(a.clusters[id], b.clusters[id]!))
}

function sameCluster(a: ClusterPlan | undefined, b: ClusterPlan): boolean {
  if (a === undefined || a.health !== b.health || a.drainPercent !== b.drainPercent || a.level !== b.level) return false
  const groups = Object.keys(b.serving ?? {})
  return (
    groups.length === Object.keys(a.serving ?? {}).length &&
    groups.every(group => a.serving?.[group] === b.serving?.[group])
  )
}
