import type { Millis } from '../../base/brand.ts'
import { own } from '../../base/own.ts'
import type { Deployment } from '../../model/deployment.ts'
import type { AnswerCounts, ClusterLoadInput } from '../../model/planner.ts'
import type { Service } from '../../model/service.ts'
import type { RouteTables } from '../../route/tables.ts'
import { planServing, type Serving, type ServingMemory } from './serving.ts'

export type FleetServingMemory = Readonly<Record<string, ServingMemory | null>>
export type FleetServing = Readonly<Record<string, Serving>>

/** A report older than this says how things were: what serves stays as it is. */
const FRESH_MS = 30_000

/** So many counted answers are half believed: below, who asked for what is more chance than habit. */
const HALF_BELIEVED = 1_000

/** What is known of whose the load of a cluster is. */
export interface ShareEvidence {
  /** Per map: what the blocks weigh that have each cluster first, by the demand that is known of them. */
  readonly firsts: readonly Float64Array[]
  readonly answers: AnswerCounts
}

/**
 * {@link planServing} for every cluster. A cluster's load is shared among its services as the answers are that named it; as far as there are few of
 * these, as its first choices are; and where it is nobody's first choice, alike.
 */
export function planFleetServing(
  tables: RouteTables,
  { clusters, services }: Deployment,
  reports: readonly ClusterLoadInput[],
  evidence: ShareEvidence,
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
    const shares = sharesAt(tables, services, id, c, evidence)
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
  { firsts, answers }: ShareEvidence,
): Map<number, number> {
  const expected = expectedAt(tables, services, id, cluster, firsts)
  const counted = services.map(service => own(own(answers, id), service.id) ?? 0)
  const sum = total(counted) + HALF_BELIEVED
  const shares = new Map<number, number>()
  services.forEach((_, s) => {
    const share = (counted[s]! + HALF_BELIEVED * expected[s]!) / sum
    const group = tables.orderGroup(tables.order(s))
    if (share > 0) shares.set(group, (shares.get(group) ?? 0) + share)
  })
  return shares
}

/** Share of each service, by what the map sends to the cluster. */
function expectedAt(
  tables: RouteTables,
  services: readonly Service[],
  id: string,
  cluster: number,
  firsts: readonly Float64Array[],
): readonly number[] {
  const planned = services.map((_, s) => firsts[tables.mapIndex(s)]?.[cluster] ?? 0)
  const weights = total(planned) > 0 ? planned : services.map(({ clusters }) => Number(clusters.includes(id)))
  const sum = Math.max(total(weights), Number.MIN_VALUE)
  return weights.map(weight => weight / sum)
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

/** Positions of the cluster's servers in the order of a group. */
function orderIn(tables: RouteTables, group: number, cluster: number): Uint32Array {
  const [from, to] = [tables.clusterServers[cluster]!, tables.clusterServers[cluster + 1]!]
  const offset = tables.orderIndex(group) * tables.serverCount
  return tables.orderServers.subarray(offset + from, offset + to).map(server => server - from)
}
