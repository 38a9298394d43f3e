/**
 * Who would go where. A row is a set of blocks with one list of clusters; the map has up to some 300,000.
 *
 *   slots   | c0 | c1 | c2 | c3 |   cluster indexes, best first; NO_CLUSTER = none
 *   ranks   | r0 | r1 | r2 | r3 |   shed rank in that cluster, 0 is turned away first
 *   weight  | w |                   leaves; only its proportion within the group counts
 *
 * Rows of one first choice form a *group*: the group's demand is estimated, and is shared among its rows by weight.
 */
export interface DemandRows {
  readonly slots: Uint16Array
  readonly ranks: Uint8Array
  readonly weight: Float64Array
}

export const NO_CLUSTER = 0xffff
export const SLOTS = 4
export const RANKS = 256

/** Rows reduced to the clusters that may answer now: no gaps, drained parts split off. */
export interface Lists {
  readonly count: number
  /** SLOTS per row, the first `length[row]` are valid. */
  readonly clusters: Uint16Array
  readonly ranks: Uint8Array
  readonly length: Uint8Array
  readonly group: Uint16Array
  /** Share of its group, 0..1. Shares of a group add up to 1 (less where some rows have no usable cluster at all). */
  readonly share: Float64Array
}

/** Summed weight per first choice. Weights that are not positive numbers and slots of unknown clusters count as nothing. */
export function groupWeights(rows: DemandRows, clusters: number): Float64Array {
  const weights = new Float64Array(clusters)
  for (let row = 0; row < rows.weight.length; row++) {
    const group = groupOf(rows, row, clusters)
    if (group >= 0) weights[group]! += weightOf(rows, row)
  }
  return weights
}

/**
 * Lists under `closed[c]`, the share (0..1) of blocks that cluster c may not serve: 1 = down or drained, between = drained in part. The hash that
 * picks drained blocks is not known here: a row is split by the shares. A cluster that is nobody's first choice gets a row of its own, so that
 * load which no row explains has a place.
 */
export function openLists(rows: DemandRows, weights: Float64Array, closed: Float64Array): Lists {
  const clusters = closed.length
  const lists = new ListsWriter(rows.weight.length + clusters)
  for (let row = 0; row < rows.weight.length; row++) {
    const group = groupOf(rows, row, clusters)
    if (group < 0) continue
    const share = weightOf(rows, row) / weights[group]!
    if (!(share > 0)) continue
    const partly = partlyClosed(rows, row, closed)
    if (partly.length === 0) {
      lists.add(rows, row, group, share, closed, 0)
      continue
    }
    let from = 0
    for (const to of [...partly, 1]) {
      lists.add(rows, row, group, share * (to - from), closed, from)
      from = to
    }
  }
  for (let c = 0; c < clusters; c++) if (!(weights[c]! > 0) && closed[c]! < 1) lists.addAlone(c)
  return lists.finish()
}

const NONE: readonly number[] = []

/** The distinct shares strictly between 0 and 1 among the row's clusters, ascending. */
function partlyClosed(rows: DemandRows, row: number, closed: Float64Array): readonly number[] {
  let found: number[] | null = null
  for (let k = 0; k < SLOTS; k++) {
    const share = closed[rows.slots[row * SLOTS + k]!]
    if (share === undefined || share <= 0 || share >= 1) continue
    if (found === null) found = []
    if (!found.includes(share)) found.push(share)
  }
  return found === null ? NONE : found.sort((a, b) => a - b)
}

class ListsWriter {
  #count = 0
  #room: number
  #clusters: Uint16Array
  #ranks: Uint8Array
  #length: Uint8Array
  #group: Uint16Array
  #share: Float64Array

  constructor(room: number) {
    this.#room = room
    this.#clusters = new Uint16Array(room * SLOTS)
    this.#ranks = new Uint8Array(room * SLOTS)
    this.#length = new Uint8Array(room)
    this.#group = new Uint16Array(room)
    this.#share = new Float64Array(room)
  }

  /** Adds the blocks of `row` whose drain hash lies just above `from`: clusters closed to more than that are left out. */
  add(rows: DemandRows, row: number, group: number, share: number, closed: Float64Array, from: number): void {
    if (this.#count === this.#room) this.#grow()
    const at = this.#count * SLOTS
    let length = 0
    for (let k = 0; k < SLOTS; k++) {
      const cluster = rows.slots[row * SLOTS + k]!
      if (cluster >= closed.length || closed[cluster]! > from) continue
      this.#clusters[at + length] = cluster
      this.#ranks[at + length] = rows.ranks[row * SLOTS + k]!
      length++
    }
    if (length > 0) this.#close(length, group, share)
  }

  addAlone(cluster: number): void {
    if (this.#count === this.#room) this.#grow()
    this.#clusters[this.#count * SLOTS] = cluster
    this.#ranks[this.#count * SLOTS] = RANKS - 1
    this.#close(1, cluster, 1)
  }

  finish(): Lists {
    return {
      count: this.#count,
      clusters: this.#clusters,
      ranks: this.#ranks,
      length: this.#length,
      group: this.#group,
      share: this.#share,
    }
  }

  #close(length: number, group: number, share: number): void {
    this.#length[this.#count] = length
    this.#group[this.#count] = group
    this.#share[this.#count] = share
    this.#count++
  }

  #grow(): void {
    this.#room = this.#room * 2 + 16
    this.#clusters = copyInto(new Uint16Array(this.#room * SLOTS), this.#clusters)
    this.#ranks = copyInto(new Uint8Array(this.#room * SLOTS), this.#ranks)
    this.#length = copyInto(new Uint8Array(this.#room), this.#length)
    this.#group = copyInto(new Uint16Array(this.#room), this.#group)
    this.#share = copyInto(new Float64Array(this.#room), this.#share)
  }
}

function copyInto<T extends { set(from: T): void }>(to: T, from: T): T {
  to.set(from)
  return to
}

/** The first valid slot's cluster, whether usable or not; -1 for a row without any. */
function groupOf(rows: DemandRows, row: number, clusters: number): number {
  for (let k = 0; k < SLOTS; k++) {
    const cluster = rows.slots[row * SLOTS + k]!
    if (cluster < clusters) return cluster
  }
  return -1
}

function weightOf(rows: DemandRows, row: number): number {
  const weight = rows.weight[row]!
  return weight > 0 && weight < Number.POSITIVE_INFINITY ? weight : 0
}

/**
 * `held[g * clusters + c]`: the share of group g's demand that c serves under `levels`. The rule of the query road: the first cluster whose
 * level does not exceed the row's rank there, else the last.
 */
export function shareOut(lists: Lists, levels: Uint16Array, clusters: number): Float64Array {
  const held = new Float64Array(clusters * clusters)
  for (let row = 0; row < lists.count; row++) {
    const at = row * SLOTS
    const last = at + lists.length[row]! - 1
    let slot = at
    while (slot < last && lists.ranks[slot]! < levels[lists.clusters[slot]!]!) slot++
    held[lists.group[row]! * clusters + lists.clusters[slot]!]! += lists.share[row]!
  }
  return held
}
