import { formatPrefix } from '../base/prefix.ts'
import type { Cluster } from '../model/cluster.ts'
import { leafOf, type Target } from './targets.ts'

/** Leaves of one cluster that are measured: one usually has one for each address family. */
const MOST_LEAVES = 4
/** Asked of servers whose checks name no port. */
const USUAL_PORTS = [443, 80]

/**
 * The other clusters' servers: one of each leaf, asked by TCP, where a refusal is as good as a connection, and then by ICMP. A leaf that several
 * clusters share says nothing of any one of them, and one in which this cluster stands itself is no distance.
 */
export function meshTargets(clusters: readonly Cluster[], own: string): Target[] {
  const owners = ownersOfLeaves(clusters)
  return clusters.flatMap(cluster => {
    if (cluster.id === own) return []
    const leaves = new Set<string>()
    const targets: Target[] = []
    for (const { ipv4, ipv6 } of cluster.servers) {
      for (const address of [ipv4, ipv6]) {
        if (address === undefined) continue
        const prefix = leafOf(address)
        const key = formatPrefix(prefix)
        if (owners.get(key)?.size !== 1 || leaves.has(key) || leaves.size >= MOST_LEAVES) continue
        leaves.add(key)
        for (const port of portsOf(cluster)) targets.push({ address, port, prefix, methods: ['tcp', 'icmp'] })
      }
    }
    return targets
  })
}

/** Ids of the clusters that have a server in each leaf. */
function ownersOfLeaves(clusters: readonly Cluster[]): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>()
  for (const { id, servers } of clusters) {
    for (const { ipv4, ipv6 } of servers) {
      for (const address of [ipv4, ipv6]) {
        if (address === undefined) continue
        const key = formatPrefix(leafOf(address))
        const here = owners.get(key)
        if (here === undefined) owners.set(key, new Set([id]))
        else here.add(id)
      }
    }
  }
  return owners
}

/** What is checked is what a server is sure to answer. */
function portsOf({ health }: Cluster): readonly number[] {
  const port = health?.tcp?.port ?? health?.http?.port
  return port === undefined ? USUAL_PORTS : [port]
}
