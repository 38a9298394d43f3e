import { HASHED, type MapTables, NO_CLUSTER, type RouteTables } from '../route/tables.ts'

const LEAVES4 = 0x1000000

/**
 * Share of the IPv4 address space, over the services that both generations have, whose first cluster differs; 0..1, null where they have no
 * service in common. Leaves that neither map sends anywhere do not count.
 */
export function movedShare(before: RouteTables, after: RouteTables): number | null {
  const shares = new Map<string, number>()
  let sum = 0
  let services = 0
  for (let service = 0; service < after.serviceCount; service++) {
    const old = before.serviceIds.indexOf(after.serviceIds[service]!)
    if (old < 0) continue
    const pair = `${before.mapIndex(old)} ${after.mapIndex(service)}`
    const share = shares.get(pair) ?? movedOf(before, before.map(old), after, after.map(service))
    shares.set(pair, share)
    sum += share
    services++
  }
  return services === 0 ? null : sum / services
}

/** Walks both maps' ranges side by side. */
function movedOf(before: RouteTables, a: MapTables, after: RouteTables, b: MapTables): number {
  const renumbered = after.clusterIds.map(id => before.clusterIds.indexOf(id))
  let i = 0
  let j = 0
  let moved = 0
  let counted = 0
  for (let at = 0; at < LEAVES4; ) {
    const endA = a.starts4[i + 1] ?? LEAVES4
    const endB = b.starts4[j + 1] ?? LEAVES4
    const end = Math.min(endA, endB)
    const first = firstCluster(before, a.rows4[i]!)
    const now = firstCluster(after, b.rows4[j]!)
    if (first !== NO_CLUSTER || now !== NO_CLUSTER) {
      counted += end - at
      if (first !== (now < NO_CLUSTER ? renumbered[now]! : now)) moved += end - at
    }
    if (endA === end) i++
    if (endB === end) j++
    at = end
  }
  return counted === 0 ? 0 : moved / counted
}

/** Cluster of the first slot; {@link HASHED} for rows that are spread by hash: these are equal among themselves. */
function firstCluster(tables: RouteTables, row: number): number {
  return row >= HASHED ? HASHED : tables.rows.slot(row, 0)
}
