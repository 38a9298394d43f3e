import { type Millis, millis } from '../../base/brand.ts'
import type { Deployment } from '../../model/deployment.ts'
import { orderGroup } from '../../route/pick/order.ts'
import type { PickTables } from '../../route/tables.ts'
import { planServing, type Serving, type ServingMemory } from './serving.ts'

/** What the leader knows of a cluster, as of one moment. Load and capacity in one unit. */
export interface ServingReport {
  readonly id: string
  readonly capacity: number
  /** Share of the capacity. */
  readonly target: number
  readonly load?: { readonly value: number; readonly at: Millis }
  /** As planned last; undefined: never. */
  readonly serving?: Serving
}

/** The tables in which the orders stand, and where each group's begins. */
export interface Orders extends Pick<PickTables, 'clusterServers' | 'orderServers' | 'serverCount'> {
  /** Groups in the order of the tables: see `orderGroups`. */
  readonly groups: readonly number[]
}

export type FleetServingMemory = Readonly<Record<string, ServingMemory | null>>

/** A report older than this says how things were: what serves stays as it is. */
const FRESH_MS = 30_000

/**
 * {@link planServing} for every cluster. `answersOf(service, cluster)`: planned answers of the service there, by index, in any unit: the cluster's
 * load is shared among its services as its answers are.
 */
export function planFleetServing(
  deployment: Deployment,
  orders: Orders,
  reports: readonly ServingReport[],
  answersOf: (service: number, cluster: number) => number,
  memory: FleetServingMemory,
  now: Millis,
): { readonly serving: Readonly<Record<string, Serving>>; readonly memory: FleetServingMemory } {
  const groups = deployment.services.map(({ cdnName }) => orderGroup(cdnName))
  const planned: Record<string, Serving> = {}
  const remembered: Record<string, ServingMemory | null> = {}
  const reported = new Map(reports.map(report => [report.id, report]))
  deployment.clusters.forEach(({ id, servers }, c) => {
    const report = reported.get(id)
    if (report === undefined) return
    const before = report.serving ?? {}
    const { load } = report
    if (load !== undefined && now - load.at > FRESH_MS) {
      planned[id] = before
      remembered[id] = memory[id] ?? null
      return
    }
    const target = report.capacity * report.target
    const shares = sharesOf(groups, service => answersOf(service, c))
    const order = (group: number) => orderIn(orders, group, c)
    const input = { servers, order, target, load: load?.value ?? null, shares, before }
    const result = planServing(input, memory[id] ?? null, millis(now))
    planned[id] = result.serving
    remembered[id] = result.memory
  })
  return { serving: planned, memory: remembered }
}

function sharesOf(groups: readonly number[], answersOf: (service: number) => number): Map<number, number> {
  const shares = new Map<number, number>()
  let sum = 0
  groups.forEach((group, service) => {
    const answers = answersOf(service)
    if (!(answers > 0)) return
    sum += answers
    shares.set(group, (shares.get(group) ?? 0) + answers)
  })
  for (const [group, answers] of shares) shares.set(group, answers / sum)
  return shares
}

function orderIn({ groups, clusterServers, orderServers, serverCount }: Orders, group: number, cluster: number) {
  const [from, to] = [clusterServers[cluster]!, clusterServers[cluster + 1]!]
  const offset = groups.indexOf(group) * serverCount
  return orderServers.subarray(offset + from, offset + to).map(server => server - from)
}
