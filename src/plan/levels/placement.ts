import { SLOTS } from '../../route/tables.ts'
import { type Lists, RANKS } from './lists.ts'

/** Demand is counted in whole steps of so many bits below the sum of all: within 53 bits with what caution adds, for every sum of it to be exact. */
const DEMAND_BITS = 48

/**
 * Every row's demand at the cluster that settles it under the present levels, kept up to date while levels move. A change of level touches only
 * the rows whose rank it passes, so a plan of a hundred rounds over 300,000 rows costs little more than one walk. Sums are exact: what is settled
 * depends on the levels alone, not on the way there.
 */
export class Placement {
  readonly clusters: number
  /** Present levels, 0..256. Change them by {@link apply}. */
  readonly levels: Uint16Array
  /** Settled load per cluster. */
  readonly settled: Float64Array
  readonly #lists: Lists
  readonly #demand: Float64Array
  /** A power of two; all demand is a multiple of it. */
  #step = 1
  /** What a row counts where it has not been until now: its demand and something for doubt. */
  readonly #elsewhere: Float64Array
  readonly #origin: Uint8Array
  /** Index of the serving slot within the row's list. */
  readonly #position: Uint8Array
  /** Settled demand that has a further slot to go to, by cluster and rank. */
  readonly #movable: Float64Array
  /** (row * SLOTS + slot) of all list entries, ordered by cluster, then rank; entries of (c, rank) begin at #start[c * RANKS + rank]. */
  readonly #entries: Uint32Array
  readonly #start: Uint32Array

  /** `demand[k]`: the demand of cell k, in the unit of capacity. */
  constructor(lists: Lists, demand: Float64Array, levels: Uint16Array) {
    this.clusters = levels.length
    this.levels = levels.slice()
    this.settled = new Float64Array(this.clusters)
    this.#lists = lists
    this.#demand = new Float64Array(lists.count)
    this.#elsewhere = new Float64Array(lists.count)
    this.#origin = new Uint8Array(lists.count)
    this.#position = new Uint8Array(lists.count)
    this.#movable = new Float64Array(this.clusters * RANKS)
    this.#start = countEntries(lists, this.clusters)
    this.#entries = sortEntries(lists, this.#start)
    this.reload(demand, levels)
  }

  /** Begins anew with another demand, as a new placement would. */
  reload(demand: Float64Array, levels: Uint16Array): void {
    this.levels.set(levels)
    this.settled.fill(0)
    this.#movable.fill(0)
    this.#step = stepOf(demand)
    for (let row = 0; row < this.#lists.count; row++) {
      this.#demand[row] = this.#whole(demand[this.#lists.cell[row]!]! * this.#lists.share[row]!)
      this.#settle(row)
    }
    this.#elsewhere.set(this.#demand)
    this.#origin.set(this.#position)
    for (let row = 0; row < this.#lists.count; row++) this.#count(row, 1)
  }

  /**
   * From now on a row of cell k counts `1 + caution[k]` times its demand wherever it does not sit now; null: its demand, no more. To be called before
   * the first change of levels, or after going back to where they were.
   */
  beware(caution: Float64Array | null): void {
    this.#demand.forEach((demand, row) => {
      this.#elsewhere[row] = caution === null ? demand : this.#whole(demand * (1 + caution[this.#lists.cell[row]!]!))
    })
  }

  /** What {@link restore} goes back to. */
  save(): { levels: Uint16Array; settled: Float64Array; position: Uint8Array; movable: Float64Array } {
    return {
      levels: this.levels.slice(),
      settled: this.settled.slice(),
      position: this.#position.slice(),
      movable: this.#movable.slice(),
    }
  }

  restore(saved: ReturnType<Placement['save']>): void {
    this.levels.set(saved.levels)
    this.settled.set(saved.settled)
    this.#position.set(saved.position)
    this.#movable.set(saved.movable)
  }

  /** The smallest level at which `cluster` settles at or below `load`; where none does, the one that turns away all it can. Never below the present one. */
  levelToShed(cluster: number, load: number): number {
    let left = this.settled[cluster]!
    let level = this.levels[cluster]!
    for (let rank = level; rank < RANKS && left > load; rank++) {
      const here = this.#movable[cluster * RANKS + rank]!
      if (here === 0) continue
      left -= here
      level = rank + 1
    }
    return level
  }

  /** The smallest level, not below `floor`, at which `settled + factor * returning` stays at or below `load`; the present one where none does. */
  levelToFill(cluster: number, load: number, factor: number, floor: number): number {
    let filled = this.settled[cluster]!
    let level = this.levels[cluster]!
    while (level > floor) {
      filled += factor * this.#returning(cluster, level - 1)
      if (filled > load) break
      level--
    }
    return level
  }

  /** Sets all levels at once and moves the rows they concern. The outcome does not depend on any order. */
  apply(next: Uint16Array): void {
    const before = this.levels.slice()
    this.levels.set(next)
    for (let c = 0; c < this.clusters; c++) {
      const low = Math.min(before[c]!, next[c]!)
      const high = Math.max(before[c]!, next[c]!)
      if (low === high) continue
      const end = this.#start[c * RANKS + high]!
      for (let e = this.#start[c * RANKS + low]!; e < end; e++) this.#reconsider(this.#entries[e]!)
    }
  }

  /** Marks in `reach` every cluster in the lists of rows that sit at `cluster` because they have nowhere else to go. */
  markLists(cluster: number, reach: Uint8Array): void {
    const end = this.#start[(cluster + 1) * RANKS]!
    for (let e = this.#start[cluster * RANKS]!; e < end; e++) {
      const entry = this.#entries[e]!
      const row = entry >>> 2
      if (this.#position[row] !== (entry & 3) || this.#demand[row]! <= 0) continue
      for (let k = 0; k < this.#lists.length[row]!; k++) reach[this.#lists.clusters[row * SLOTS + k]!] = 1
    }
  }

  /**
   * Visits what `cluster` turns away at exactly this rank and would get back without its level: the row of the map, the cluster where it sits, its demand.
   */
  eachTurnedAway(cluster: number, rank: number, visit: (row: number, at: number, demand: number) => void): void {
    const end = this.#start[cluster * RANKS + rank + 1]!
    for (let e = this.#start[cluster * RANKS + rank]!; e < end; e++) {
      const entry = this.#entries[e]!
      const list = entry >>> 2
      const position = this.#position[list]!
      if (position > (entry & 3))
        visit(this.#lists.row[list]!, this.#lists.clusters[list * SLOTS + position]!, this.#demand[list]!)
    }
  }

  /** Demand that is settled elsewhere than it was. */
  movedSince(saved: ReturnType<Placement['save']>): number {
    let moved = 0
    for (let row = 0; row < this.#demand.length; row++)
      if (this.#position[row] !== saved.position[row]) moved += this.#demand[row]!
    return moved
  }

  #whole(demand: number): number {
    return Math.round(demand / this.#step) * this.#step
  }

  #returning(cluster: number, rank: number): number {
    let sum = 0
    this.eachTurnedAway(cluster, rank, (_row, _at, demand) => {
      sum += demand
    })
    return sum
  }

  /** A row whose slot was passed by a level: it moves when that slot, or a later one, serves it. */
  #reconsider(entry: number): void {
    const row = entry >>> 2
    const position = this.#position[row]!
    if (position < (entry & 3)) return
    this.#take(row)
    this.#put(row)
  }

  #put(row: number): void {
    this.#settle(row)
    this.#count(row, 1)
  }

  #settle(row: number): void {
    const at = row * SLOTS
    const last = this.#lists.length[row]! - 1
    let k = 0
    while (k < last && this.#lists.ranks[at + k]! < this.levels[this.#lists.clusters[at + k]!]!) k++
    this.#position[row] = k
  }

  #take(row: number): void {
    this.#count(row, -1)
  }

  #count(row: number, sign: number): void {
    const demand = sign * (this.#position[row] === this.#origin[row] ? this.#demand[row]! : this.#elsewhere[row]!)
    const at = row * SLOTS + this.#position[row]!
    const cluster = this.#lists.clusters[at]!
    this.settled[cluster]! += demand
    if (this.#position[row]! < this.#lists.length[row]! - 1)
      this.#movable[cluster * RANKS + this.#lists.ranks[at]!]! += demand
  }
}

function stepOf(demand: Float64Array): number {
  const all = demand.reduce((sum, share) => sum + share, 0)
  return all > 0 ? 2 ** Math.max(-1022, Math.ceil(Math.log2(all)) - DEMAND_BITS) : 1
}

function countEntries(lists: Lists, clusters: number): Uint32Array {
  const start = new Uint32Array(clusters * RANKS + 1)
  forEachEntry(lists, (_entry, key) => {
    start[key + 1]!++
  })
  for (let key = 0; key < clusters * RANKS; key++) start[key + 1]! += start[key]!
  return start
}

function sortEntries(lists: Lists, start: Uint32Array): Uint32Array {
  const next = start.slice()
  const entries = new Uint32Array(start.at(-1)!)
  forEachEntry(lists, (entry, key) => {
    entries[next[key]!++] = entry
  })
  return entries
}

function forEachEntry(lists: Lists, visit: (entry: number, key: number) => void): void {
  for (let row = 0; row < lists.count; row++) {
    const end = row * SLOTS + lists.length[row]!
    for (let entry = row * SLOTS; entry < end; entry++)
      visit(entry, lists.clusters[entry]! * RANKS + lists.ranks[entry]!)
  }
}
