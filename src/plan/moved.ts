import { HASHED, type MapTables, NO_CLUSTER, ROW_SPECIAL, ROW_UNLOCATED, type RouteTables } from '../route/tables.ts'
import type { KnownDemand } from './known-demand.ts'

/**
 * Share of the demand, over the services that both generations have, whose first cluster differs; 0..1, null where they have no service in
 * common. IPv4 leaves of which nothing is known weigh what weight.ts gives them, and IPv6 counts where something is known: its ranges say too little
 * of how many there are. What neither map sends anywhere does not count.
 */
export function movedShare(before: RouteTables, after: RouteTables, demand: KnownDemand): number | null {
  const shares = new Map<string, number>()
  let sum = 0
  let services = 0
  for (let service = 0; service < after.serviceCount; service++) {
    const old = before.serviceIds.indexOf(after.serviceIds[service]!)
    if (old < 0) continue
    const pair = `${before.mapIndex(old)} ${after.mapIndex(service)}`
    const share = shares.get(pair) ?? movedOf(before, before.map(old), after, after.map(service), demand)
    shares.set(pair, share)
    sum += share
    services++
  }
  return services === 0 ? null : sum / services
}

function movedOf(before: RouteTables, a: MapTables, after: RouteTables, b: MapTables, demand: KnownDemand): number {
  const tally = new Tally(before, after)
  for (let i = 0, j = 0, at = 0; at < LEAVES4; ) {
    const endA = a.starts4[i + 1] ?? LEAVES4
    const endB = b.starts4[j + 1] ?? LEAVES4
    const end = Math.min(endA, endB)
    const [was, is] = [a.rows4[i]!, b.rows4[j]!]
    if (!tally.isNobodys(is)) tally.count(was, is, demand.weight4(at, end, tally.isLocated(is)))
    else tally.count(was, is, demand.four.between(at, 0, end, 0).weight)
    if (endA === end) i++
    if (endB === end) j++
    at = end
  }
  if (demand.six.isEmpty) return tally.share
  for (let i = 0, j = 0, hi = 0, lo = 0; hi < END6; ) {
    const [hiA, loA] = [a.hi6[i + 1] ?? END6, a.lo6[i + 1] ?? 0]
    const [hiB, loB] = [b.hi6[j + 1] ?? END6, b.lo6[j + 1] ?? 0]
    const order = hiA - hiB || loA - loB
    const [endHi, endLo] = order <= 0 ? [hiA, loA] : [hiB, loB]
    const [was, is] = [a.rows6[i]!, b.rows6[j]!]
    tally.count(was, is, demand.six.between(hi, lo, endHi, endLo).weight)
    if (order <= 0) i++
    if (order >= 0) j++
    hi = endHi
    lo = endLo
  }
  return tally.share
}

/** Adds up what weighs on rows of two generations that hold for the same leaves. */
class Tally {
  readonly #before: RouteTables
  readonly #after: RouteTables
  /** Index that a cluster had before, by its present one. */
  readonly #renumbered: readonly number[]
  #moved = 0
  #all = 0

  constructor(before: RouteTables, after: RouteTables) {
    this.#before = before
    this.#after = after
    this.#renumbered = after.clusterIds.map(id => before.clusterIds.indexOf(id))
  }

  count(was: number, is: number, weight: number): void {
    const first = firstCluster(this.#before, was)
    const now = firstCluster(this.#after, is)
    if (first === NO_CLUSTER && now === NO_CLUSTER) return
    this.#all += weight
    if (first !== (now < NO_CLUSTER ? this.#renumbered[now]! : now)) this.#moved += weight
  }

  get share(): number {
    return this.#all === 0 ? 0 : this.#moved / this.#all
  }

  /** Rows that are spread by hash are those of unlocated blocks, nearly all of them. */
  isLocated(row: number): boolean {
    return row < HASHED && (this.#after.rows.flags(row) & ROW_UNLOCATED) === 0
  }

  isNobodys(row: number): boolean {
    return row < HASHED && (this.#after.rows.flags(row) & ROW_SPECIAL) !== 0
  }
}

/** Cluster of the first slot; {@link HASHED} for rows that are spread by hash: these are equal among themselves. */
function firstCluster(tables: RouteTables, row: number): number {
  return row >= HASHED ? HASHED : tables.rows.slot(row, 0)
}

const LEAVES4 = 2 ** 24
const END6 = 2 ** 32
