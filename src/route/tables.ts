import type { Arena } from '../base/arena.ts'
import { type LeafMap, openLeafMap } from './leaf-map.ts'
import { Rows } from './rows.ts'
import { TargetTables } from './target-tables.ts'

export { NO_CLUSTER, SLOTS } from './rows.ts'

/**
 * The compiled maps of one generation, read by offset. Services that choose alike share a map.
 *
 *   service --map--> ranges of client leaves --row--> four slots (clusters, best first), four shed ranks, flags
 *                    |                          ^
 *                    +--HASHED | group----------+   buckets[group * HASH_BUCKETS + bucket of the cell] = row
 *   service --order group, cluster--> its servers in the order of the CDN name
 *
 *   route.rows          16 octets per row     see rows.ts
 *   route.buckets       u32 x HASH_BUCKETS per hashed group
 *   route.m<i>.starts4, .rows4, .index4       ranges of IPv4 leaves (24-bit keys); index4[k] = range holding leaf k << 8
 *   route.m<i>.hi6, .lo6, .rows6, .index6     ranges of IPv6 leaves (32 + 24 bits); index6[k] = range holding the first leaf
 *                                             of the k-th /20 of 2000::/3
 *   route.m<i>.fallbackAt, .fallback          clusters beyond the slots, by first slot (last list: rows without any slot)
 *   route.m<i>.lastResort                     clusters for `whenAllDown` that serve only blocks of their own
 *   route.orders.servers                      server indexes, serverCount per order group
 *   route.orders.groups                       u32 number of each order group
 */
export const NO_SERVER = 0xffffffff

/** A special-purpose block that nothing covers: an ECS address in it locates nobody. */
export const ROW_SPECIAL = 1
/** The place is unknown and nothing was measured: the order is by weight. */
export const ROW_UNLOCATED = 2
/** The operator fixed the order. */
export const ROW_OVERRIDE = 4

/** Set in a range's row: the order depends on the hash of the block, the rest of the number is the hashed group. */
export const HASHED = 0x80000000
/** Distinct orders per hashed group: a share of a quarter is met to within 0.7 % (one standard deviation). */
export const HASH_BUCKETS = 4096
/** Blocks that are spread by hash are cut at this length: fine enough to balance, coarse enough for resolvers' caches. */
export const CELL_LENGTH = { 4: 20, 6: 40 } as const

/** IPv4 ranges are indexed by /16. */
export const INDEX4_COUNT = 0x10000
/** IPv6 ranges are indexed by /20 inside global unicast 2000::/3, where all clients are. */
export const INDEX6_SHIFT = 12
export const INDEX6_FIRST = 0x20000000 >>> INDEX6_SHIFT
export const INDEX6_COUNT = 0x20000000 >>> INDEX6_SHIFT

export const WHEN_ALL = 0
export const WHEN_BACKUP = 1
export const WHEN_STATIC = 2
export const WHEN_SERVFAIL = 3
export const WHEN_LAST_GOOD = 4

/** One map of clusters. */
export interface MapTables extends LeafMap {
  readonly fallback: Fallback
}

/** Where a block goes when none of its slots is usable. */
export interface Fallback {
  /** List `c` is `clusters[at[c] .. at[c + 1])`; list `clusterCount` is for rows without slots. */
  readonly at: Uint32Array
  readonly clusters: Uint16Array
  readonly lastResort: Uint16Array
}

/** What balance reads of rows and clusters. */
export interface BalanceTables {
  readonly rows: Rows
  readonly clusterCount: number
  /** Hash of the cluster's id. */
  readonly clusterHash: Uint32Array
  /** FAMILY_* bits of the addresses that are configured, healthy or not. */
  readonly clusterFamilies: Uint8Array
}

/** What a service wants when none of its clusters is usable. */
export interface LastWish {
  /** WHEN_*. */
  readonly when: number
  /** Cluster of WHEN_BACKUP. */
  readonly backup: number
  /** FAMILY_* bit of its static address, 0 = none. */
  readonly staticFamily: number
}

/** What pick reads of servers. */
export interface PickTables {
  readonly serverCount: number
  /** First server of each cluster; one entry more than clusters. */
  readonly clusterServers: Uint32Array
  /** FAMILY_* bits of the addresses that are configured. */
  readonly serverFamilies: Uint8Array
  readonly address4: Uint8Array
  readonly address6: Uint8Array
  /** Hash of the server's id. */
  readonly serverHash: Uint32Array
  /** > 0. */
  readonly serverWeight: Float64Array
  readonly orderServers: Uint32Array
}

/** Columns of `route.services`. */
export const SERVICE_COLUMNS = ['map', 'order', 'ttl', 'answers', 'when', 'whenCluster', 'stable', 'families'] as const
const AT_MAP = 0
const AT_ORDER = 1
const AT_TTL = 2
const AT_ANSWERS = 3
const AT_WHEN = 4
const AT_WHEN_CLUSTER = 5
const AT_STABLE = 6
const AT_FAMILIES = 7
const COLUMNS = SERVICE_COLUMNS.length

export interface RouteMeta {
  readonly generation: number
  readonly clusters: readonly string[]
  readonly servers: readonly string[]
  readonly services: readonly string[]
  readonly maps: number
}

export class RouteTables implements BalanceTables, PickTables {
  readonly generation: number
  readonly clusterIds: readonly string[]
  readonly serverIds: readonly string[]
  readonly serviceIds: readonly string[]
  readonly maps: readonly MapTables[]
  readonly rows: Rows
  readonly buckets: Uint32Array
  readonly clusterCount: number
  readonly clusterHash: Uint32Array
  readonly clusterFamilies: Uint8Array
  readonly clusterServers: Uint32Array
  readonly serverCount: number
  readonly serverFamilies: Uint8Array
  readonly address4: Uint8Array
  readonly address6: Uint8Array
  readonly serverHash: Uint32Array
  readonly serverWeight: Float64Array
  readonly orderServers: Uint32Array
  readonly serviceCount: number
  /** 16 octets per service; the first four for an IPv4 address. */
  readonly staticAddress: Uint8Array
  readonly wishes: readonly LastWish[]
  readonly targets: TargetTables
  readonly #services: Uint32Array
  readonly #orderGroups: Uint32Array
  readonly #stableClusters: Uint32Array

  private constructor(arena: Arena) {
    const meta = arena.json<RouteMeta>('route.meta')
    this.generation = meta.generation
    this.clusterIds = meta.clusters
    this.serverIds = meta.servers
    this.serviceIds = meta.services
    this.clusterCount = meta.clusters.length
    this.serverCount = meta.servers.length
    this.serviceCount = meta.services.length
    this.maps = Array.from({ length: meta.maps }, (_, i) => openMap(arena, `route.m${i}`))
    this.rows = new Rows(arena.i32('route.rows'))
    this.buckets = arena.u32('route.buckets')
    this.clusterHash = arena.u32('route.clusters.hash')
    this.clusterFamilies = arena.u8('route.clusters.families')
    this.clusterServers = arena.u32('route.clusters.servers')
    this.#stableClusters = arena.u32('route.clusters.stable')
    this.serverFamilies = arena.u8('route.servers.families')
    this.address4 = arena.u8('route.servers.address4')
    this.address6 = arena.u8('route.servers.address6')
    this.orderServers = arena.u32('route.orders.servers')
    this.serverHash = arena.u32('route.servers.hash')
    this.serverWeight = arena.f64('route.servers.weight')
    this.#orderGroups = arena.u32('route.orders.groups')
    this.#services = arena.u32('route.services')
    this.staticAddress = arena.u8('route.services.address')
    const staticFamily = arena.u8('route.services.family')
    this.targets = TargetTables.open(arena)
    this.wishes = meta.services.map((_, service) => ({
      when: this.#services[service * COLUMNS + AT_WHEN]!,
      backup: this.#services[service * COLUMNS + AT_WHEN_CLUSTER]!,
      staticFamily: staticFamily[service]!,
    }))
  }

  /** Views the tables that the map compiler wrote; throws when the arena holds none. */
  static open(arena: Arena): RouteTables {
    return new RouteTables(arena)
  }

  map(service: number): MapTables {
    return this.maps[this.#services[service * COLUMNS + AT_MAP]!]!
  }

  mapIndex(service: number): number {
    return this.#services[service * COLUMNS + AT_MAP]!
  }

  /** Index of the service's order group, as the live table has it. */
  order(service: number): number {
    return this.#services[service * COLUMNS + AT_ORDER]!
  }

  /** Number of an order group, the same in every generation. */
  orderGroup(order: number): number {
    return this.#orderGroups[order]!
  }

  /** Index of the order group of that number; -1: no service is in it. */
  orderIndex(group: number): number {
    return this.#orderGroups.indexOf(group)
  }

  /** Seconds that addresses of the service live. */
  serviceTtl(service: number): number {
    return this.#services[service * COLUMNS + AT_TTL]!
  }

  /** Addresses per reply, 1..8. */
  answers(service: number): number {
    return this.#services[service * COLUMNS + AT_ANSWERS]!
  }

  /** FAMILY_* bits of the address families that are types of the service's names. */
  families(service: number): number {
    return this.#services[service * COLUMNS + AT_FAMILIES]!
  }

  /** Number of the service id that outlives reloads; for counters. */
  stableService(service: number): number {
    return this.#services[service * COLUMNS + AT_STABLE]!
  }

  /** Number of the cluster id that outlives reloads; for counters. */
  stableCluster(cluster: number): number {
    return this.#stableClusters[cluster]!
  }
}

function openMap(arena: Arena, name: string): MapTables {
  return {
    ...openLeafMap(arena, name, name),
    fallback: {
      at: arena.u32(`${name}.fallbackAt`),
      clusters: arena.u16(`${name}.fallback`),
      lastResort: arena.u16(`${name}.lastResort`),
    },
  }
}
