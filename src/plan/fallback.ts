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
  const lists = sites.clusters.map((first, c) => {
    const others = open.filter(other => other !== c)
    return others.sort((a, b) => awayFrom(first, group, sites, a) - awayFrom(first, group, sites, b) || a - b)
  })
  const byPosition = [...open].sort((a, b) => group.terms.position[a]! - group.terms.position[b]! || a - b)
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

function awayFrom(first: Sites['clusters'][number], group: MapGroup, sites: Sites, cluster: number): number {
  return group.policy === 'failover'
    ? group.terms.position[cluster]!
    : distanceKm(first.location, sites.clusters[cluster]!.location)
}
