import type { Millis } from '../../base/brand.ts'
import { own } from '../../base/own.ts'
import type { Deployment } from '../../model/deployment.ts'
import type { ClusterLoadInput } from '../../model/planner.ts'
import type { Service } from '../../model/service.ts'
import type { RouteTables } from '../../route/tables.ts'
import { planServing, type Serving, type ServingMemory } from './serving.ts'

export type FleetServingMemory = Readonly<Record<string, ServingMemory | null>>
export type FleetServing = Readonly<Record<string, Serving>>

/** A report older than this says how things were: what serves stays as it is. */
const FRESH_MS = 30_000

/**
 * {@link planServing} for every cluster. A cluster's load is shared among its services as its first choices are: `firsts`, per map the leaves of the
 * blocks that have each cluster first. Where it is nobody's first choice its services count alike.
 */
export function planFleetServing(
  tables: RouteTables,
  { clusters, services }: Deployment,
  reports: readonly ClusterLoadInput[],
  firsts: readonly Float64Array[],
  memory: FleetServingMemory,
  now: Millis,
): { readonly plan: FleetServing; readonly memory: FleetServingMemory } {
  const plan: Record<string, Serving> = {}
  const remembered: Record<string, ServingMemory | null> = {}
  const index = new Map(clusters.map(({ id }, c) => [id, c]))
  for (const { id, capacity, target, load, serving: before = {} } of reports) {
    const c = index.get(id)
    if (c === undefined) continue
    const held = own(memory, id) ?? null
    if (load !== undefined && now - load.at > FRESH_MS) {
      plan[id] = before
      remembered[id] = held
      continue
    }
    const { servers } = clusters[c]!
    const order = (g: number) => orderIn(tables, g, c)
    const shares = sharesAt(tables, services, id, c, firsts)
    const input = { servers, order, target: capacity * target, load: load?.value ?? null, shares, before }
    const result = planServing(input, held, now)
    plan[id] = result.serving
    remembered[id] = result.memory
  }
  return { plan, memory: remembered }
}

/** Share of the cluster's load by order group. */
function sharesAt(
  tables: RouteTables,
  services: readonly Service[],
  id: string,
  cluster: number,
  firsts: readonly Float64Array[],
): Map<number, number> {
  const planned = services.map((_, s) => firsts[tables.mapIndex(s)]?.[cluster] ?? 0)
  const nobodys = planned.every(weight => weight === 0)
  const shares = new Map<number, number>()
  let sum = 0
  services.forEach(({ clusters }, s) => {
    const weight = nobodys ? Number(clusters.includes(id)) : planned[s]!
    const group = tables.orderGroup(tables.order(s))
    if (weight > 0) shares.set(group, (shares.get(group) ?? 0) + weight)
    sum += weight
  })
  for (const [group, weight] of shares) shares.set(group, weight / sum)
  return shares
}

/** Positions of the cluster's servers in the order of a group. */
function orderIn(tables: RouteTables, group: number, cluster: number): Uint32Array {
  const [from, to] = [tables.clusterServers[cluster]!, tables.clusterServers[cluster + 1]!]
  const offset = tables.orderIndex(group) * tables.serverCount
  return tables.orderServers.subarray(offset + from, offset + to).map(server => server - from)
}
