import type { ArenaWriter } from '../base/arena.ts'
import { FAMILY_V4, FAMILY_V6 } from '../model/live-table.ts'
import { orderGroup, orderGroups } from '../route/order-groups.ts'
import {
  type Fallback,
  INDEX4_COUNT,
  INDEX6_COUNT,
  INDEX6_FIRST,
  INDEX6_SHIFT,
  type RouteMeta,
} from '../route/tables.ts'
import type { FinalRanges, FinalRows } from './final-rows.ts'
import { answersOf, lastWish, staticAddress } from './last-wish.ts'
import { orderColumn, packed, serverColumns } from './server-columns.ts'
import { familiesOf } from './service-types.ts'
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
  // A final row is the very tuple that `Rows` reads.
  writer.add('route.rows', new Int32Array(final.rows.words().slice().buffer))
  writer.add('route.buckets', final.buckets)
  final.maps.forEach((ranges, m) => {
    writeMap(writer, `route.m${m}`, ranges, fallbacks[m]!)
  })
  writeClusters(writer, world)
  writeOrders(writer, world)
  writeServices(writer, world, ofService)
}

function writeMap(writer: ArenaWriter, name: string, ranges: FinalRanges, fallback: Fallback): void {
  writer.add(`${name}.starts4`, ranges.starts4)
  writer.add(`${name}.rows4`, ranges.rows4)
  writer.add(`${name}.index4`, bucketIndex4(ranges.starts4))
  writer.add(`${name}.hi6`, ranges.hi6)
  writer.add(`${name}.lo6`, ranges.lo6)
  writer.add(`${name}.rows6`, ranges.rows6)
  writer.add(`${name}.index6`, bucketIndex6(ranges.hi6, ranges.lo6))
  writer.add(`${name}.fallbackAt`, fallback.at)
  writer.add(`${name}.fallback`, fallback.clusters)
  writer.add(`${name}.lastResort`, fallback.lastResort)
}

/** Entry `k`: the range that holds the first /24 of the `k`-th /16; one more for the end. */
export function bucketIndex4(starts: Uint32Array): Uint32Array {
  const index = new Uint32Array(INDEX4_COUNT + 1)
  for (let k = 0, at = 0; k <= INDEX4_COUNT; k++) {
    while (at + 1 < starts.length && starts[at + 1]! <= k << 8) at++
    index[k] = at
  }
  return index
}

/** Entry `k`: the range that holds the first leaf of the `k`-th /20 of 2000::/3; one more for the end. */
export function bucketIndex6(hi: Uint32Array, lo: Uint32Array): Uint32Array {
  const index = new Uint32Array(INDEX6_COUNT + 1)
  for (let k = 0, at = 0; k <= INDEX6_COUNT; k++) {
    const key = ((INDEX6_FIRST + k) << INDEX6_SHIFT) >>> 0
    while (at + 1 < hi.length && (hi[at + 1]! < key || (hi[at + 1] === key && lo[at + 1] === 0))) at++
    index[k] = at
  }
  return index
}

function writeClusters(writer: ArenaWriter, world: World): void {
  const { clusters } = world.input.deployment
  const columns = serverColumns(clusters)
  writer.add('route.clusters.hash', world.sites.hash)
  writer.add('route.clusters.servers', columns.clusterServers)
  writer.add('route.clusters.families', columns.clusterFamilies)
  writer.add(
    'route.clusters.stable',
    Uint32Array.from(clusters, (cluster, c) => world.input.stable.clusters[cluster.id] ?? c),
  )
  writer.add('route.servers.families', columns.serverFamilies)
  writer.add('route.servers.address4', columns.address4)
  writer.add('route.servers.address6', columns.address6)
  writer.add('route.servers.hash', columns.serverHash)
  writer.add('route.servers.weight', columns.serverWeight)
}

function writeOrders(writer: ArenaWriter, world: World): void {
  const { clusters, services } = world.input.deployment
  const groups = orderGroups(services)
  writer.add('route.orders.servers', orderColumn(clusters, groups))
  writer.add('route.orders.groups', Uint32Array.from(groups))
}

const FAMILY_BIT = { 4: FAMILY_V4, 6: FAMILY_V6 } as const

function writeServices(writer: ArenaWriter, world: World, ofService: readonly number[]): void {
  const { services } = world.input.deployment
  const groups = orderGroups(services)
  const statics = services.map(staticAddress)
  const columns = services.flatMap((service, s) => {
    const { when, backup } = lastWish(service, world)
    const order = groups.indexOf(orderGroup(service.cdnName))
    const stable = world.input.stable.services[service.id] ?? s
    const families = familiesOf(service, world.sites).reduce((bits, family) => bits | FAMILY_BIT[family], 0)
    return [ofService[s]!, order, service.ttl.address, answersOf(service), when, backup, stable, families]
  })
  writer.add('route.services', Uint32Array.from(columns))
  writer.add('route.services.address', packed(statics, 16))
  writer.add(
    'route.services.family',
    Uint8Array.from(services, service => lastWish(service, world).staticFamily),
  )
}
