import type { Cluster } from '../model/cluster.ts'
import { leavesOf, ownersOfLeaves } from '../model/server-leaves.ts'
import type { Target } from './targets.ts'

/** Leaves of one cluster that are measured: one usually has one for each address family. */
const MOST_LEAVES = 4
/** Asked of servers whose checks name no port. */
const USUAL_PORTS = [443, 80]

/**
 * The other clusters' servers: one of each leaf, asked by TCP, where a refusal is as good as a connection, and then by ICMP. A leaf in which this
 * cluster stands, too, is no distance.
 */
export function meshTargets(clusters: readonly Cluster[], own: string): Target[] {
  const owners = ownersOfLeaves(clusters)
  return clusters.flatMap(cluster => {
    if (cluster.id === own) return []
    const leaves = leavesOf(cluster.servers).filter(({ key }) => owners.has(key))
    return leaves
      .slice(0, MOST_LEAVES)
      .flatMap(({ address, prefix }) =>
        portsOf(cluster).map(port => ({ address, port, prefix, methods: ['tcp', 'icmp'] as const })),
      )
  })
}

/** What is checked is what a server is sure to answer. */
function portsOf({ health }: Cluster): readonly number[] {
  const port = health?.tcp?.port ?? health?.http?.port
  return port === undefined ? USUAL_PORTS : [port]
}
