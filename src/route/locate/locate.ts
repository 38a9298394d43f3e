import { signedMixPair } from '../../base/hash.ts'
import type { Family } from '../../base/ip.ts'
import { LEAF_LENGTH } from '../../base/prefix.ts'
import { rangeIndex4, rangeIndex6 } from '../../base/range-table.ts'
import { type Client, type Routing, SOURCE_ECS, SOURCE_ECS_NOT_ROUTABLE, SOURCE_RESOLVER } from '../client.ts'
import type { LeafMap } from '../leaf-map.ts'
import type { Rows } from '../rows.ts'
import { CELL_LENGTH, HASH_BUCKETS, HASHED, INDEX6_COUNT, INDEX6_FIRST, INDEX6_SHIFT, ROW_SPECIAL } from '../tables.ts'
import { scope4, scope6 } from './scope.ts'

/** A block of clients in a compiled map. One object per thread, written anew by every call. */
export interface Spot {
  /** Row of the map that holds for the whole block. */
  row: number
  /** Hash of the block, for everything that is spread over blocks; signed: a number above 2^31 is boxed on its way. */
  hash: number
  /** Length of the largest prefix around the address for which all of this is the same. */
  scope: number
}

/** What locate reads beside the map. */
export interface LocateTables {
  readonly rows: Rows
  readonly buckets: Uint32Array
}

/**
 * The block that decides, and the scope to send for it: the ECS block if it locates anyone, else the resolver's own. When the ECS address lies
 * in a special-purpose block that nobody claims, the scope covers that block: it is all the answer depended on of the option.
 */
export function locate(tables: LocateTables, map: LeafMap, client: Client, spot: Spot, out: Routing): void {
  out.scope = 0
  out.source = SOURCE_RESOLVER
  if (client.ecsFamily !== 0) {
    findBlock(tables, map, client.ecsFamily, client.ecsHi | 0, client.ecsLo | 0, spot)
    out.scope = spot.scope
    out.source = SOURCE_ECS
    if ((tables.rows.flags(spot.row) & ROW_SPECIAL) === 0) return
    out.source = SOURCE_ECS_NOT_ROUTABLE
  }
  findBlock(tables, map, client.family, client.hi | 0, client.lo | 0, spot)
}

/** Looks the address (words 0 and 1, signed or not) up in the map. */
export function findBlock(
  tables: LocateTables,
  map: LeafMap,
  family: Family,
  hi: number,
  lo: number,
  spot: Spot,
): void {
  if (family === 4) findBlock4(tables, map, hi >>> 8, spot)
  else findBlock6(tables, map, hi >>> 0, lo >>> 8, spot)
}

/** Bucket (0..HASH_BUCKETS-1) of a block of unknown or unwanted place. */
export function bucketOf(blockHash: number): number {
  return blockHash & (HASH_BUCKETS - 1)
}

const CELL4_MASK = ~((1 << (LEAF_LENGTH[4] - CELL_LENGTH[4])) - 1)
const CELL6_LO_MASK = ~((1 << (LEAF_LENGTH[6] - CELL_LENGTH[6])) - 1)

export const blockHash4 = (start: number): number => signedMixPair(start, 4)
export const blockHash6 = (hi: number, lo: number): number => signedMixPair(signedMixPair(hi, lo), 6)

function findBlock4(tables: LocateTables, map: LeafMap, key: number, spot: Spot): void {
  const { starts4 } = map
  const at = rangeIndex4(starts4, key, map.index4[key >>> 8]!, map.index4[(key >>> 8) + 1]! + 1)
  const start = starts4[at]!
  spot.scope = scope4(key, start, at + 1 < starts4.length ? starts4[at + 1]! : 0x1000000)
  const row = map.rows4[at]!
  if (row < HASHED) {
    spot.row = row
    spot.hash = blockHash4(start)
  } else spread(tables, row - HASHED, blockHash4(key & CELL4_MASK), CELL_LENGTH[4], spot)
}

function findBlock6(tables: LocateTables, map: LeafMap, keyHi: number, keyLo: number, spot: Spot): void {
  const { hi6, lo6 } = map
  const slot = (keyHi >>> INDEX6_SHIFT) - INDEX6_FIRST
  const indexed = slot >= 0 && slot < INDEX6_COUNT
  const from = indexed ? map.index6[slot]! : 0
  const at = rangeIndex6(hi6, lo6, keyHi, keyLo, from, indexed ? map.index6[slot + 1]! + 1 : hi6.length)
  const last = at + 1 === hi6.length
  spot.scope = scope6(keyHi, keyLo, hi6[at]!, lo6[at]!, last ? 0x100000000 : hi6[at + 1]!, last ? 0 : lo6[at + 1]!)
  const row = map.rows6[at]!
  if (row < HASHED) {
    spot.row = row
    spot.hash = blockHash6(hi6[at]! | 0, lo6[at]! | 0)
  } else spread(tables, row - HASHED, blockHash6(keyHi | 0, keyLo & CELL6_LO_MASK), CELL_LENGTH[6], spot)
}

/** The row depends on the cell, so the scope is the cell's at least; except where the row is not used but only its flag. */
function spread(tables: LocateTables, group: number, hash: number, length: number, spot: Spot): void {
  spot.row = tables.buckets[group * HASH_BUCKETS + bucketOf(hash)]!
  spot.hash = hash
  if (spot.scope < length && (tables.rows.flags(spot.row) & ROW_SPECIAL) === 0) spot.scope = length
}
