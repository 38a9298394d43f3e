import { hashText, mixPair } from '../../base/hash.ts'
import type { Server } from '../../model/cluster.ts'

/**
 * The order in which one property's names go through a cluster's servers: weighted rendezvous, so that its requests meet the same few caches
 * and a server that comes or goes leaves the order of the others alone. Returns positions in `servers`, first is best.
 */
export function serverOrder(group: number, servers: readonly Server[]): number[] {
  const keys = servers.map(server => {
    const uniform = (mixPair(group, hashText(server.id)) + 0.5) / 2 ** 32
    return -Math.log(uniform) / server.weight
  })
  return servers.map((_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b)
}
