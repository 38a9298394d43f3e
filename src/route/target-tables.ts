import type { Arena } from '../base/arena.ts'
import { type LeafMap, openLeafMap } from './leaf-map.ts'
import { Rows } from './rows.ts'

/**
 * Which targets the clients of each service that has some may get: a map like that of clusters, in whose rows the slots are positions in the
 * service's list of targets, best first.
 *
 *   service --map--> ranges of client leaves --row--> up to four targets
 *                      |                        ^
 *                      +--HASHED | group--------+    as in `tables.ts`: where several share, the row goes by the hash of the cell
 *
 *   route.targets.meta                 TargetMeta
 *   route.targets.rows, .buckets       as `route.rows`, `route.buckets`
 *   route.targets.p<i>.starts4, ...    ranges, without their rows: services whose targets name the same countries share them
 *   route.targets.m<i>.rows4, .rows6   rows of the ranges, for one service
 *   route.targets.of                   TARGET_COLUMNS per service
 *   route.targets.owner, .stable       per target, all services' one behind the other
 */
export interface TargetMeta {
  /** Partition of each map. */
  readonly partitions: readonly number[]
}

/** Of a service: its map, and its first entry in the columns of targets. Without targets the map is NO_MAP. */
export const TARGET_COLUMNS = ['map', 'first'] as const
const COLUMNS = TARGET_COLUMNS.length
export const NO_MAP = 0xffffffff
/** In `owner`: the name is none of ours. */
export const FOREIGN = 0xffffffff

export class TargetTables {
  readonly rows: Rows
  readonly buckets: Uint32Array
  readonly #maps: readonly LeafMap[]
  readonly #of: Uint32Array
  readonly #owner: Uint32Array
  readonly #stable: Uint32Array

  private constructor(arena: Arena) {
    const { partitions } = arena.json<TargetMeta>('route.targets.meta')
    this.rows = new Rows(arena.i32('route.targets.rows'))
    this.buckets = arena.u32('route.targets.buckets')
    this.#maps = partitions.map((partition, i) =>
      openLeafMap(arena, `route.targets.p${partition}`, `route.targets.m${i}`),
    )
    this.#of = arena.u32('route.targets.of')
    this.#owner = arena.u32('route.targets.owner')
    this.#stable = arena.u32('route.targets.stable')
  }

  static open(arena: Arena): TargetTables {
    return new TargetTables(arena)
  }

  /** Of a service that has targets. */
  map(service: number): LeafMap {
    return this.#maps[this.#of[service * COLUMNS]!]!
  }

  /** Number of the service whose CDN name the target is; -1 = of none of ours. */
  owner(service: number, target: number): number {
    const owner = this.#owner[this.#of[service * COLUMNS + 1]! + target]!
    return owner === FOREIGN ? -1 : owner
  }

  /** Number of the target's name that outlives reloads; for counters. */
  stable(service: number, target: number): number {
    return this.#stable[this.#of[service * COLUMNS + 1]! + target]!
  }
}
