import type { ArenaWriter } from '../base/arena.ts'
import { type AddressBytes, parseAddress } from '../base/ip.ts'
import { rangeIndex4 } from '../base/range-table.ts'
import type { Server } from '../model/cluster.ts'
import { FAMILY_V4, FAMILY_V6 } from '../model/live-table.ts'
import type { Service } from '../model/service.ts'
import { staticVerdict } from '../route/candidates/admit.ts'
import { MOST_ANSWERS } from '../route/client.ts'
import { orderGroup, serverOrder } from '../route/pick/order.ts'
import {
  type Fallback,
  type RouteMeta,
  SLOTS,
  WHEN_ALL,
  WHEN_BACKUP,
  WHEN_SERVFAIL,
  WHEN_STATIC,
} from '../route/tables.ts'
import { unpackRow } from './demand.ts'
import type { FinalRanges, FinalRows } from './final-rows.ts'
import type { World } from './world.ts'

/** Adds every section that RouteTables reads. */
export function writeTables(
  writer: ArenaWriter,
  world: World,
  final: FinalRows,
  fallbacks: readonly Fallback[],
  ofService: readonly number[],
): void {
  const { deployment, generation } = world.input
  const meta: RouteMeta = {
    generation,
    clusters: deployment.clusters.map(cluster => cluster.id),
    servers: deployment.clusters.flatMap(cluster => cluster.servers.map(server => server.id)),
    services: deployment.services.map(service => service.id),
    maps: final.maps.length,
  }
  writer.addJson('route.meta', meta)
  writeRows(writer, final)
  final.maps.forEach((ranges, m) => {
    writeMap(writer, `route.m${m}`, ranges, fallbacks[m]!)
  })
  writeClusters(writer, world)
  writeOrders(writer, world)
  writeServices(writer, world, ofService)
}

function writeRows(writer: ArenaWriter, { rows, buckets }: FinalRows): void {
  const slots = new Uint16Array(rows.count * SLOTS)
  const ranks = new Uint8Array(rows.count * SLOTS)
  for (let row = 0; row < rows.count; row++) unpackRow(rows, row, slots, ranks)
  writer.add('route.rows.slots', slots)
  writer.add('route.rows.ranks', ranks)
  writer.add('route.rows.flags', Uint8Array.from(rows.column(3)))
  writer.add('route.buckets', buckets)
}

function writeMap(writer: ArenaWriter, name: string, ranges: FinalRanges, fallback: Fallback): void {
  writer.add(`${name}.starts4`, ranges.starts4)
  writer.add(`${name}.rows4`, ranges.rows4)
  writer.add(`${name}.index4`, bucketIndex4(ranges.starts4))
  writer.add(`${name}.hi6`, ranges.hi6)
  writer.add(`${name}.lo6`, ranges.lo6)
  writer.add(`${name}.rows6`, ranges.rows6)
  writer.add(`${name}.fallbackAt`, fallback.at)
  writer.add(`${name}.fallback`, fallback.clusters)
  writer.add(`${name}.lastResort`, fallback.lastResort)
}

/** Entry `k`: the range that holds the first /24 of the `k`-th /16; one more for the end. */
function bucketIndex4(starts: Uint32Array): Uint32Array {
  const index = new Uint32Array(0x10001)
  for (let k = 0; k < 0x10000; k++) index[k] = rangeIndex4(starts, k << 8, k === 0 ? 0 : index[k - 1]!)
  index[0x10000] = starts.length - 1
  return index
}

function writeClusters(writer: ArenaWriter, world: World): void {
  const { clusters } = world.input.deployment
  const servers = clusters.flatMap(cluster => cluster.servers)
  const addresses = servers.map(server => ({ v4: addressOf(server.ipv4, 4), v6: addressOf(server.ipv6, 16) }))
  const first = new Uint32Array(clusters.length + 1)
  clusters.forEach((cluster, c) => {
    first[c + 1] = first[c]! + cluster.servers.length
  })
  const families = Uint8Array.from(
    addresses,
    ({ v4, v6 }) => (v4 === null ? 0 : FAMILY_V4) | (v6 === null ? 0 : FAMILY_V6),
  )
  writer.add('route.clusters.hash', world.sites.hash)
  writer.add('route.clusters.servers', first)
  writer.add(
    'route.clusters.families',
    Uint8Array.from(clusters, (_, c) => families.subarray(first[c], first[c + 1]).reduce((all, bits) => all | bits, 0)),
  )
  writer.add(
    'route.clusters.stable',
    Uint32Array.from(clusters, (cluster, c) => world.input.stable.clusters[cluster.id] ?? c),
  )
  writer.add('route.servers.families', families)
  writer.add(
    'route.servers.address4',
    packed(
      addresses.map(({ v4 }) => v4),
      4,
    ),
  )
  writer.add(
    'route.servers.address6',
    packed(
      addresses.map(({ v6 }) => v6),
      16,
    ),
  )
}

/** For every order group in use, the servers of every cluster in its order, and the running sum of their weights. */
function writeOrders(writer: ArenaWriter, world: World): void {
  const { clusters, services } = world.input.deployment
  const servers: number[] = []
  const shares: number[] = []
  for (const group of orderGroups(services)) {
    let first = 0
    for (const cluster of clusters) {
      let sum = 0
      for (const position of serverOrder(group, cluster.servers)) {
        sum += cluster.servers[position]!.weight
        servers.push(first + position)
        shares.push(sum)
      }
      first += cluster.servers.length
    }
  }
  writer.add('route.orders.servers', Uint32Array.from(servers))
  writer.add('route.orders.shares', Float64Array.from(shares))
}

function orderGroups(services: readonly Service[]): number[] {
  return [...new Set(services.map(service => orderGroup(service.cdnName)))]
}

function writeServices(writer: ArenaWriter, world: World, ofService: readonly number[]): void {
  const { services } = world.input.deployment
  const groups = orderGroups(services)
  const statics = services.map(({ whenAllDown }) =>
    whenAllDown.kind === 'static' ? parseAddress(whenAllDown.address) : null,
  )
  const columns = services.flatMap((service, s) => {
    const { when, cluster } = lastWish(service, world, statics[s]!)
    // Shares of answers are what `weighted` is about: one address each.
    const answers = service.policy === 'weighted' ? 1 : Math.max(1, Math.min(MOST_ANSWERS, service.answers))
    const order = groups.indexOf(orderGroup(service.cdnName))
    const stable = world.input.stable.services[service.id] ?? s
    return [ofService[s]!, order, service.ttl.address, answers, when, cluster, stable]
  })
  writer.add('route.services', Uint32Array.from(columns))
  writer.add('route.services.address', packed(statics, 16))
  writer.add(
    'route.services.family',
    Uint8Array.from(statics, address => (address === null ? 0 : address.length === 4 ? FAMILY_V4 : FAMILY_V6)),
  )
}

/** `last-good` is what the map says with health ignored: the last choice that was good is the best one. A backup may not break the hard constraint. */
function lastWish(service: Service, world: World, address: AddressBytes | null): { when: number; cluster: number } {
  const { whenAllDown } = service
  if (whenAllDown.kind === 'servfail') return { when: WHEN_SERVFAIL, cluster: 0 }
  if (whenAllDown.kind === 'static' && address !== null) return { when: WHEN_STATIC, cluster: 0 }
  const backup = whenAllDown.kind === 'backup' ? world.clusterIndex.get(whenAllDown.cluster) : undefined
  if (backup !== undefined && staticVerdict(service, world.sites, backup) !== 'excluded')
    return { when: WHEN_BACKUP, cluster: backup }
  return { when: WHEN_ALL, cluster: 0 }
}

function addressOf(text: Server['ipv4'], size: number): AddressBytes | null {
  const address = text === undefined ? null : parseAddress(text)
  return address?.length === size ? address : null
}

function packed(addresses: readonly (AddressBytes | null)[], size: number): Uint8Array {
  const out = new Uint8Array(addresses.length * size)
  addresses.forEach((address, i) => {
    if (address !== null) out.set(address, i * size)
  })
  return out
}
