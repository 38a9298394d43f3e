import type { Cluster } from '../model/cluster.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
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

/** Fills the idle half of a live table from the plan; a cluster the plan does not know yet is up, not drained and sheds nothing. */
export function fillLive(half: LiveHalf, clusters: readonly Cluster[], plan: FleetPlan | null): void {
  let server = 0
  clusters.forEach((cluster, c) => {
    const entry = plan?.clusters[cluster.id]
    half.state[c] = STATES[entry?.health ?? 'up']
    half.drain[c] = clamp(Math.round(((entry?.drainPercent ?? 0) * DRAIN_ALL) / 100), DRAIN_ALL)
    half.level[c] = clamp(Math.round(entry?.level ?? 0), LEVEL_ALL)
    let families = 0
    for (const { ipv4, ipv6 } of cluster.servers) {
      const bits = (ipv4 === undefined ? 0 : FAMILY_V4) | (ipv6 === undefined ? 0 : FAMILY_V6)
      half.servers[server++] = bits
      families |= bits
    }
    half.families[c] = families
  })
}

const clamp = (value: number, most: number): number => Math.max(0, Math.min(most, value))

/** True when both plans fill every live table alike. */
export function sameLive(a: FleetPlan, b: FleetPlan): boolean {
  const ids = Object.keys(b.clusters)
  return (
    ids.length === Object.keys(a.clusters).length &&
    ids.every(id => {
      const [x, y] = [a.clusters[id], b.clusters[id]]
      return x?.health === y?.health && x?.drainPercent === y?.drainPercent && x?.level === y?.level
    })
  )
}
