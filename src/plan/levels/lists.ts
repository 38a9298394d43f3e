import { SLOTS } from '../../route/tables.ts'
import type { DemandRows } from '../demand.ts'
import type { Cells } from './cells.ts'

export const RANKS = 256

/**
 * Demand rows reduced to the clusters that may answer now: no gaps, drained parts split off.
 *
 *   clusters | c0 | c1 | c2 | c3 |   best first, the first `length` are valid
 *   ranks    | r0 | r1 | r2 | r3 |   shed rank there, 0 is turned away first
 *   cell, share                      whose demand it is, and how much of that (0..1)
 *   row                              of the map; -1: load that no row explains
 */
export interface Lists {
  readonly count: number
  readonly clusters: Uint16Array
  readonly ranks: Uint8Array
  readonly length: Uint8Array
  readonly cell: Uint16Array
  /** Shares of a cell add up to 1; to less where some of its rows have no usable cluster at all. */
  readonly share: Float64Array
  readonly row: Int32Array
}

/**
 * Lists under `closed[c]`, the share (0..1) of blocks that cluster c may not serve: 1 = down or drained, between = drained in part. Which blocks a
 * drained cluster turns away is decided by a hash of block and cluster: a row is split by the shares, each cluster for itself. A cell without
 * rows gets one, so that load which no row explains has a place.
 */
export function openLists(rows: DemandRows, cells: Cells, closed: Float64Array): Lists {
  const lists = new ListsWriter(rows.weight.length + closed.length)
  const empty = new Uint8Array(cells.count).fill(1)
  for (let row = 0; row < rows.weight.length; row++) {
    const cell = cells.ofRow[row]!
    if (cell < 0) continue
    empty[cell] = 0
    addOpen(lists, rows, row, closed, cell, rows.weight[row]! / cells.weight[cell]!)
  }
  empty.forEach((alone, cell) => {
    if (alone === 1 && closed[cells.group[cell]!]! < 1) lists.addAlone(cell, cells.group[cell]!)
  })
  return lists.finish()
}

/** Adds a row once for every way in which its partly closed clusters can be open or not: once, where there is none. */
function addOpen(
  lists: ListsWriter,
  rows: DemandRows,
  row: number,
  closed: Float64Array,
  cell: number,
  share: number,
  from = 0,
  skip = 0,
): void {
  for (let k = from; k < SLOTS; k++) {
    const part = closed[rows.slots[row * SLOTS + k]!] ?? 1
    if (part >= 1) skip |= 1 << k
    else if (part > 0) {
      addOpen(lists, rows, row, closed, cell, share * part, k + 1, skip | (1 << k))
      share *= 1 - part
    }
  }
  lists.add(rows, row, cell, share, skip)
}

class ListsWriter {
  #count = 0
  #room: number
  #clusters: Uint16Array
  #ranks: Uint8Array
  #length: Uint8Array
  #cell: Uint16Array
  #share: Float64Array
  #row: Int32Array

  constructor(room: number) {
    this.#room = room
    this.#clusters = new Uint16Array(room * SLOTS)
    this.#ranks = new Uint8Array(room * SLOTS)
    this.#length = new Uint8Array(room)
    this.#cell = new Uint16Array(room)
    this.#share = new Float64Array(room)
    this.#row = new Int32Array(room)
  }

  /** `skip`: bit k = without slot k. */
  add(rows: DemandRows, row: number, cell: number, share: number, skip: number): void {
    if (this.#count === this.#room) this.#grow()
    const at = this.#count * SLOTS
    let length = 0
    for (let k = 0; k < SLOTS; k++) {
      if ((skip >> k) & 1) continue
      this.#clusters[at + length] = rows.slots[row * SLOTS + k]!
      this.#ranks[at + length] = rows.ranks[row * SLOTS + k]!
      length++
    }
    if (length > 0) this.#close(row, length, cell, share)
  }

  addAlone(cell: number, cluster: number): void {
    if (this.#count === this.#room) this.#grow()
    this.#clusters[this.#count * SLOTS] = cluster
    this.#ranks[this.#count * SLOTS] = RANKS - 1
    this.#close(-1, 1, cell, 1)
  }

  finish(): Lists {
    return {
      count: this.#count,
      clusters: this.#clusters,
      ranks: this.#ranks,
      length: this.#length,
      cell: this.#cell,
      share: this.#share,
      row: this.#row,
    }
  }

  #close(row: number, length: number, cell: number, share: number): void {
    this.#row[this.#count] = row
    this.#length[this.#count] = length
    this.#cell[this.#count] = cell
    this.#share[this.#count] = share
    this.#count++
  }

  #grow(): void {
    this.#room = this.#room * 2 + 16
    this.#clusters = copyInto(new Uint16Array(this.#room * SLOTS), this.#clusters)
    this.#ranks = copyInto(new Uint8Array(this.#room * SLOTS), this.#ranks)
    this.#length = copyInto(new Uint8Array(this.#room), this.#length)
    this.#cell = copyInto(new Uint16Array(this.#room), this.#cell)
    this.#share = copyInto(new Float64Array(this.#room), this.#share)
    this.#row = copyInto(new Int32Array(this.#room), this.#row)
  }
}

function copyInto<T extends { set(from: T): void }>(to: T, from: T): T {
  to.set(from)
  return to
}

/**
 * `held[k * clusters + c]`: the share of cell k's demand that c serves under `levels`. The rule of the query road: the first cluster whose level does
 * not exceed the row's rank there, else the last.
 */
export function shareOut(lists: Lists, cells: number, levels: Uint16Array): Float64Array {
  const clusters = levels.length
  const held = new Float64Array(cells * clusters)
  for (let row = 0; row < lists.count; row++) {
    const at = row * SLOTS
    const last = at + lists.length[row]! - 1
    let slot = at
    while (slot < last && lists.ranks[slot]! < levels[lists.clusters[slot]!]!) slot++
    held[lists.cell[row]! * clusters + lists.clusters[slot]!]! += lists.share[row]!
  }
  return held
}
