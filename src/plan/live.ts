import { own } from '../base/own.ts'
import type { Cluster } from '../model/cluster.ts'
import type { ClusterPlan, FleetPlan } from '../model/fleet-plan.ts'
import {
  DRAIN_ALL,
  FAMILY_V4,
  FAMILY_V6,
  LEVEL_ALL,
  type LiveHalf,
  STATE_DEGRADED,
  STATE_DOWN,
  STATE_UP,
  WARMING_SHIFT,
} from '../model/live-table.ts'
import type { Service } from '../model/service.ts'
import { openFamilies } from './health/fail-open.ts'
import { sameVerdicts } from './health/judge-cluster.ts'
import { liveServers } from './health/live-servers.ts'

const STATES = { up: STATE_UP, degraded: STATE_DEGRADED, down: STATE_DOWN } as const

/** What the table is filled for: its clusters and services, and the numbers of the order groups that it has room for. */
export interface LiveScope {
  readonly clusters: readonly Cluster[]
  readonly services: readonly Service[]
  readonly groups: readonly number[]
}

/**
 * Fills the idle half of a live table from the plan; a cluster the plan does not know yet is up, not drained and sheds nothing, and all its servers
 * serve everything.
 */
export function fillLive(
  half: LiveHalf,
  { clusters, services, groups }: LiveScope,
  plan: Pick<FleetPlan, 'clusters'> | null,
): void {
  let server = 0
  half.serving.fill(0)
  clusters.forEach((cluster, c) => {
    const entry = own(plan?.clusters, cluster.id)
    half.drain[c] = drainOf(entry?.drainPercent ?? 0)
    half.level[c] = clamp(Math.round(entry?.level ?? 0), LEVEL_ALL)
    fillServers(half, cluster, c, server, entry)
    fillFamilies(half, c, entry)
    server += cluster.servers.length
    if (entry?.serving !== undefined) fillServing(half, c, clusters.length, entry.serving, groups)
  })
  services.forEach((service, s) => {
    half.open[s] = openFamilies(service, clusters, plan?.clusters)
  })
}

/** Columns of servers, and what the cluster has of each family. */
function fillServers(half: LiveHalf, cluster: Cluster, c: number, first: number, entry: ClusterPlan | undefined): void {
  let last = 0
  half.families[c] = 0
  for (const column of [half.servers, half.lately, half.ramp]) column.fill(0, first, first + cluster.servers.length)
  for (const { family, usable, away, lately, fell } of liveServers(cluster, entry?.servers)) {
    const bit = family === 4 ? FAMILY_V4 : FAMILY_V6
    last = Math.max(last, fell)
    usable.forEach((is, s) => {
      if (is) half.families[c]! |= bit
      half.servers[first + s]! |= (is ? bit : 0) | (away[s]! > 0 ? bit << WARMING_SHIFT : 0)
      half.lately[first + s]! |= lately[s] ? bit : 0
      half.ramp[first + s]! |= away[s]! << (family === 4 ? 0 : 8)
    })
  }
  half.fell[c] = entry?.health === 'down' ? last : 0
}

/** What was judged of each family; without it, of all of them together. */
function fillFamilies(half: LiveHalf, c: number, entry: ClusterPlan | undefined): void {
  const { v4, v6 } = entry?.families ?? {}
  const isJudged = v4 !== undefined || v6 !== undefined
  const health = entry?.health ?? 'up'
  half.state[c] = isJudged && health !== 'down' ? STATE_UP : STATES[health]
  half.weak[c] = (v4?.health === 'degraded' ? FAMILY_V4 : 0) | (v6?.health === 'degraded' ? FAMILY_V6 : 0)
  half.warm[c] = turnedAway(v4?.ramp) | (turnedAway(v6?.ramp) << 8)
}

/** Blocks of 256 that a ramp, %, turns away. */
function turnedAway(ramp: number | undefined): number {
  return ramp === undefined ? 0 : clamp(Math.round((DRAIN_ALL * (100 - ramp)) / 100), 0xff)
}

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
  if (!sameVerdicts(a, b)) return false
  const groups = Object.keys(b.serving ?? {})
  return (
    groups.length === Object.keys(a.serving ?? {}).length &&
    groups.every(group => a.serving?.[group] === b.serving?.[group])
  )
}
