import { parseAddress } from '../base/ip.ts'
import { formatPrefix, LEAF_LENGTH, type Prefix, prefixOf } from '../base/prefix.ts'
import type { Cluster, Server } from './cluster.ts'

/** One address of a server, and the leaf that it lies in. */
export interface ServerLeaf {
  readonly address: string
  readonly prefix: Prefix
  /** The prefix as text. */
  readonly key: string
}

/** The leaves that a cluster's servers stand in, one address of each, in the order of the servers. */
export function leavesOf(servers: readonly Pick<Server, 'ipv4' | 'ipv6'>[]): ServerLeaf[] {
  const leaves = new Map<string, ServerLeaf>()
  for (const { ipv4, ipv6 } of servers) {
    for (const address of [ipv4, ipv6]) {
      const bytes = address === undefined ? null : parseAddress(address)
      if (address === undefined || bytes === null) continue
      const prefix = prefixOf(bytes, bytes.length === 4 ? LEAF_LENGTH[4] : LEAF_LENGTH[6])
      const key = formatPrefix(prefix)
      if (!leaves.has(key)) leaves.set(key, { address, prefix, key })
    }
  }
  return [...leaves.values()]
}

/** Which cluster stands in a leaf, by id. A leaf of several is nobody's: what is measured of it says nothing of any one of them. */
export function ownersOfLeaves(clusters: readonly Pick<Cluster, 'id' | 'servers'>[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string | null>()
  for (const { id, servers } of clusters)
    for (const { key } of leavesOf(servers)) owners.set(key, owners.has(key) ? null : id)
  return new Map([...owners].filter((entry): entry is [string, string] => entry[1] !== null))
}
