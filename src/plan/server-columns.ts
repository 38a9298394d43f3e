import { hashText } from '../base/hash.ts'
import { type AddressBytes, parseAddress } from '../base/ip.ts'
import type { Cluster } from '../model/cluster.ts'
import { FAMILY_V4, FAMILY_V6 } from '../model/live-table.ts'
import { serverOrder } from '../route/pick/order.ts'
import type { PickTables } from '../route/tables.ts'

/** Servers are numbered in cluster order. */
export type ServerColumns = Omit<PickTables, 'orderServers'> & {
  /** FAMILY_* bits of each cluster's servers together. */
  readonly clusterFamilies: Uint8Array
}

export function serverColumns(clusters: readonly Cluster[]): ServerColumns {
  const servers = clusters.flatMap(cluster => cluster.servers)
  const v4 = servers.map(server => addressOf(server.ipv4, 4))
  const v6 = servers.map(server => addressOf(server.ipv6, 16))
  const clusterServers = new Uint32Array(clusters.length + 1)
  clusters.forEach((cluster, c) => {
    clusterServers[c + 1] = clusterServers[c]! + cluster.servers.length
  })
  const serverFamilies = Uint8Array.from(
    servers,
    (_, s) => (v4[s] === null ? 0 : FAMILY_V4) | (v6[s] === null ? 0 : FAMILY_V6),
  )
  return {
    serverCount: servers.length,
    clusterServers,
    clusterFamilies: Uint8Array.from(clusters, (_, c) =>
      serverFamilies.subarray(clusterServers[c], clusterServers[c + 1]).reduce((all, bits) => all | bits, 0),
    ),
    serverFamilies,
    address4: packed(v4, 4),
    address6: packed(v6, 16),
    serverHash: Uint32Array.from(servers, server => hashText(server.id)),
    serverWeight: Float64Array.from(servers, server => server.weight),
  }
}

/** For every order group, the servers of every cluster in its order. */
export function orderColumn(clusters: readonly Cluster[], groups: readonly number[]): Uint32Array {
  const servers: number[] = []
  for (const group of groups) {
    let first = 0
    for (const cluster of clusters) {
      for (const position of serverOrder(group, cluster.servers)) servers.push(first + position)
      first += cluster.servers.length
    }
  }
  return Uint32Array.from(servers)
}

/** Addresses of `size` octets one behind the other; what is missing is zero. */
export function packed(addresses: readonly (AddressBytes | null)[], size: number): Uint8Array {
  const out = new Uint8Array(addresses.length * size)
  addresses.forEach((address, i) => {
    if (address !== null) out.set(address, i * size)
  })
  return out
}

function addressOf(text: string | undefined, size: number): AddressBytes | null {
  const address = text === undefined ? null : parseAddress(text)
  return address?.length === size ? address : null
}
