import { FAMILY_V4, FAMILY_V6, type LiveHalf } from '../model/live-table.ts'
import { MOST_PLANNED_SHARES, type PlannedShare } from '../model/planned-share.ts'
import { balance } from '../route/balance/balance.ts'
import { newRouting, type Routing } from '../route/client.ts'
import { blockHash4, blockHash6 } from '../route/locate/locate.ts'
import { HASH_BUCKETS, HASHED, type MapTables, ROW_SPECIAL, ROW_UNLOCATED, type RouteTables } from '../route/tables.ts'
import type { KnownDemand } from './known-demand.ts'

/**
 * What one generation sends where, asked again whenever the live table has become another. Every block is balanced as the query road does it, with its own row and
 * hash, so that drains, slow starts and levels count as they do there; so does the rule of `whenAllDown`. A service with addresses of both families is taken as a
 * whole: for a block a cluster serves that has either of them.
 *
 * Blocks that are spread by hash are taken as spread evenly. What the service answers without a cluster is in no share.
 */
export class PlannedShares {
  readonly #tables: RouteTables
  readonly #demand: KnownDemand
  /** Of each map, from when it is first asked for. */
  readonly #blocks: (Blocks | undefined)[] = []
  readonly #out: Routing = newRouting()

  constructor(tables: RouteTables, demand: KnownDemand) {
    this.#tables = tables
    this.#demand = demand
  }

  /** At most {@link MOST_PLANNED_SHARES}; a pair that is sent nothing is left out. */
  under(live: LiveHalf): PlannedShare[] {
    const tables = this.#tables
    // Services that choose alike differ at most in what they do when nothing is left.
    const known = new Map<string, Float64Array>()
    const pairs: PlannedShare[] = []
    for (let service = 0; service < tables.serviceCount && pairs.length < MOST_PLANNED_SHARES; service++) {
      const wish = tables.wishes[service]!
      const key = `${tables.mapIndex(service)} ${tables.families(service)} ${live.open[service]} ${Object.values(wish)}`
      const shares = known.get(key) ?? this.#sharesOf(service, live)
      known.set(key, shares)
      const sent = [...shares.keys()].filter(c => shares[c]! > 0).sort((a, b) => shares[b]! - shares[a]!)
      for (const c of sent)
        pairs.push({ service: tables.serviceIds[service]!, cluster: tables.clusterIds[c]!, share: shares[c]! })
    }
    return pairs.slice(0, MOST_PLANNED_SHARES)
  }

  /** By cluster. */
  #sharesOf(service: number, live: LiveHalf): Float64Array {
    const tables = this.#tables
    const { rows, hashes, weights } = this.#blocksOf(tables.mapIndex(service))
    const { fallback } = tables.map(service)
    const wish = tables.wishes[service]!
    const bits = tables.families(service) || FAMILY_V4 | FAMILY_V6
    const open = live.open[service]! | 0
    const sums = new Float64Array(tables.clusterCount)
    let all = 0
    for (let i = 0; i < rows.length; i++) {
      balance(tables, fallback, wish, live, rows[i]!, bits, open, hashes[i]!, this.#out)
      all += weights[i]!
      if (this.#out.cluster >= 0) sums[this.#out.cluster]! += weights[i]!
    }
    return all > 0 ? sums.map(sum => sum / all) : sums
  }

  #blocksOf(map: number): Blocks {
    this.#blocks[map] ??= blocksOf(this.#tables, this.#tables.maps[map]!, this.#demand)
    return this.#blocks[map]!
  }
}

/** Blocks of one map that somebody is in: of each its row, its hash and what it weighs. */
interface Blocks {
  readonly rows: Uint32Array
  readonly hashes: Int32Array
  readonly weights: Float64Array
}

function blocksOf(tables: RouteTables, map: MapTables, demand: KnownDemand): Blocks {
  const writer = new BlocksWriter(tables, map.rows4.length + map.rows6.length)
  const { starts4, rows4, hi6, lo6, rows6 } = map
  for (let i = 0; i < rows4.length; i++) {
    const [start, end] = [starts4[i]!, starts4[i + 1] ?? END4]
    const kind = writer.kindOf(rows4[i]!)
    // Nobody is known to be in a special-purpose block, unless somebody is.
    const weight =
      kind === Kind.Special
        ? demand.four.between(start, 0, end, 0).weight
        : demand.weight4(start, end, kind === Kind.Located)
    writer.add(rows4[i]!, blockHash4(start), weight)
  }
  for (let i = 0; i < rows6.length; i++) {
    const [hi, lo, endHi, endLo] = [hi6[i]!, lo6[i]!, hi6[i + 1] ?? END6, lo6[i + 1] ?? 0]
    const kind = writer.kindOf(rows6[i]!)
    const weight =
      kind === Kind.Special
        ? demand.six.between(hi, lo, endHi, endLo).weight
        : demand.weight6(hi, lo, endHi, endLo, kind === Kind.Located)
    writer.add(rows6[i]!, blockHash6(hi | 0, lo | 0), weight)
  }
  return writer.finish()
}

const END4 = 2 ** 24
const END6 = 2 ** 32

/** How a range of a map is weighed: as when the map was made (plan/merge.ts). */
const Kind = { Located: 0, Unlocated: 1, Special: 2 } as const

class BlocksWriter {
  readonly #tables: RouteTables
  readonly #rows: Uint32Array
  readonly #hashes: Int32Array
  readonly #weights: Float64Array
  #count = 0
  /** What the ranges weigh together that are spread by each hashed group. */
  readonly #spread = new Map<number, number>()

  constructor(tables: RouteTables, most: number) {
    this.#tables = tables
    const room = most + tables.buckets.length
    this.#rows = new Uint32Array(room)
    this.#hashes = new Int32Array(room)
    this.#weights = new Float64Array(room)
  }

  kindOf(row: number): (typeof Kind)[keyof typeof Kind] {
    const { rows, buckets } = this.#tables
    // All rows of a hashed group have the same flags.
    const one = row < HASHED ? row : buckets[(row - HASHED) * HASH_BUCKETS]!
    const flags = rows.flags(one)
    if ((flags & ROW_SPECIAL) !== 0) return Kind.Special
    return (flags & ROW_UNLOCATED) === 0 ? Kind.Located : Kind.Unlocated
  }

  add(row: number, hash: number, weight: number): void {
    if (weight === 0) return
    if (row < HASHED) this.#put(row, hash, weight)
    else this.#spread.set(row - HASHED, (this.#spread.get(row - HASHED) ?? 0) + weight)
  }

  finish(): Blocks {
    for (const [group, weight] of this.#spread)
      for (let bucket = 0; bucket < HASH_BUCKETS; bucket++)
        this.#put(this.#tables.buckets[group * HASH_BUCKETS + bucket]!, bucket, weight / HASH_BUCKETS)
    const [rows, hashes, weights] = [this.#rows, this.#hashes, this.#weights]
    return {
      rows: rows.slice(0, this.#count),
      hashes: hashes.slice(0, this.#count),
      weights: weights.slice(0, this.#count),
    }
  }

  #put(row: number, hash: number, weight: number): void {
    this.#rows[this.#count] = row
    this.#hashes[this.#count] = hash
    this.#weights[this.#count++] = weight
  }
}
