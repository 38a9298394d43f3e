import type { Service } from '../model/service.ts'
import { staticVerdict } from '../route/candidates/admit.ts'
import type { MapGroup } from '../route/race.ts'
import type { Sites } from '../route/sites.ts'
import type { World } from './world.ts'

export interface MapGroups {
  readonly groups: readonly MapGroup[]
  /** Group of each service. */
  readonly ofService: readonly number[]
}

/** Services that choose alike share one map: equal policy, eligible clusters, and weights or order where the policy reads them. */
export function groupServices(world: World): MapGroups {
  const numbers = new Map<string, number>()
  const groups: MapGroup[] = []
  const ofService = world.input.deployment.services.map(service => {
    const group = mapGroupOf(service, world)
    const key = groupKey(group)
    const held = numbers.get(key)
    if (held !== undefined) return held
    numbers.set(key, groups.length)
    return groups.push(group) - 1
  })
  return { groups, ofService }
}

/** Equal for groups that choose alike; clusters go by their index. */
export function groupKey({ policy, eligible, terms }: MapGroup): string {
  return JSON.stringify([policy, [...eligible], [...terms.weights], [...terms.position]])
}

/** What decides the map of a service. Weights and order that its policy does not read are left at their defaults, so that groups stay few. */
export function mapGroupOf(service: Service, world: World): MapGroup {
  const { sites, clusterIndex } = world
  const count = sites.clusters.length
  const weights = new Float64Array(count).fill(1)
  const position = new Float64Array(count)
  if (service.policy !== 'failover') {
    for (const [id, weight] of Object.entries(service.weights)) {
      const c = clusterIndex.get(id)
      if (c !== undefined) weights[c] = weight
    }
  } else {
    position.fill(service.order.length)
    service.order.forEach((id, at) => {
      const c = clusterIndex.get(id)
      if (c !== undefined && position[c] === service.order.length) position[c] = at
    })
  }
  return {
    policy: service.policy,
    eligible: eligibleClusters(service, sites, clusterIndex),
    terms: { weights, position },
  }
}

function eligibleClusters(service: Service, sites: Sites, clusterIndex: ReadonlyMap<string, number>): Int32Array {
  const listed = new Set(service.clusters.flatMap(id => clusterIndex.get(id) ?? []))
  return Int32Array.from([...listed].filter(c => staticVerdict(service, sites, c) === 'eligible')).sort()
}
