import { comparePrefix, containsPrefix, type Prefix } from '../base/prefix.ts'
import { type PrefixValue, type RangeTable, rangesOfPrefixes } from '../base/range-table.ts'
import type { Cluster } from '../model/cluster.ts'
import type { ClusterSets } from './cluster-sets.ts'

/** For each leaf the set of clusters to which any prefix around it is announced: unlike a route, a longer announcement does not hide a shorter one. */
export function announcedRanges(clusters: readonly Cluster[], sets: ClusterSets): RangeTable {
  const announced = clusters
    .flatMap((cluster, c) => cluster.serves.map(prefix => ({ prefix, cluster: c })))
    .sort((a, b) => comparePrefix(a.prefix, b.prefix) || a.cluster - b.cluster)
  const open: { prefix: Prefix; members: readonly number[] }[] = []
  const entries: PrefixValue[] = []
  for (const { prefix, cluster } of announced) {
    while (open.length > 0 && !containsPrefix(open.at(-1)!.prefix, prefix)) open.pop()
    const members = [...(open.at(-1)?.members ?? []), cluster]
    open.push({ prefix, members })
    // Of equal prefixes the later entry wins, and it has the clusters of the earlier ones.
    entries.push({ prefix, value: sets.number(members) })
  }
  return rangesOfPrefixes(entries)
}
