import { distanceKm } from '../base/earth.ts'
import type { MapGroup } from '../route/race.ts'
import type { Sites } from '../route/sites.ts'
import type { Fallback } from '../route/tables.ts'

/**
 * Where blocks go when none of their four slots is usable: for each first slot the clusters that serve anyone, in the operator's order under
 * `failover`, else nearest to that first slot. It depends on the row only, so the scope stays true.
 */
export function fallbackOf(group: MapGroup, sites: Sites): Fallback {
  const open = [...group.eligible].filter(c => sites.restricted[c] === 0)
  const byPosition = inOrderOf(open, c => group.terms.position[c]!)
  const lists = sites.clusters.map(({ location }, first) => {
    const list =
      group.policy === 'failover' ? byPosition : inOrderOf(open, c => distanceKm(location, sites.clusters[c]!.location))
    return list.filter(c => c !== first)
  })
  const at = new Uint32Array(sites.clusters.length + 2)
  ;[...lists, byPosition].forEach((list, i) => {
    at[i + 1] = at[i]! + list.length
  })
  return {
    at,
    clusters: Uint16Array.from([...lists, byPosition].flat()),
    lastResort: Uint16Array.from([...group.eligible].filter(c => sites.restricted[c] === 1)),
  }
}

/** The clusters by a key that is asked once of each; equal keys go by index. */
function inOrderOf(clusters: readonly number[], keyOf: (cluster: number) => number): number[] {
  const keyed = clusters.map(cluster => ({ cluster, key: keyOf(cluster) }))
  return keyed.sort((a, b) => a.key - b.key || a.cluster - b.cluster).map(({ cluster }) => cluster)
}
