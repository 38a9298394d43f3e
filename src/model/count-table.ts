/**
 * Counts by key inside an array of counters, for keys that are too many to have a slot each: the first `limit` keys that come have one for good, all
 * others are counted together.
 *
 *   at       at + 1    at + 2
 *   | used   | other   | key, count | key, count | ...      a hash table of `places`; key 0 = free
 */
export interface CountTable {
  readonly at: number
  /** A power of two, above `limit`. */
  readonly places: number
  readonly limit: number
}

/** Where the next table may begin. */
export function endOf({ at, places }: CountTable): number {
  return at + 2 + 2 * places
}

/** Counts one of `key`, an integer from 1 on; the low bits of `hash` are to tell keys apart. Allocates nothing. */
export function countKey(
  { at: table, places, limit }: CountTable,
  counters: Float64Array,
  key: number,
  hash: number,
): void {
  let place = hash & (places - 1)
  for (;;) {
    const at = table + 2 + 2 * place
    const held = counters[at]!
    if (held === key) {
      counters[at + 1]!++
      return
    }
    if (held === 0) {
      if (counters[table]! >= limit) {
        countOther(table, counters)
        return
      }
      counters[table]!++
      counters[at] = key
      counters[at + 1] = 1
      return
    }
    place = (place + 1) & (places - 1)
  }
}

/** Counts one of no key. */
export function countOther(at: number, counters: Float64Array): void {
  counters[at + 1]!++
}

/** Every key that has a count, in no order, and what was counted beside them. */
export function readTable(
  table: CountTable,
  counters: Float64Array,
): { readonly counts: readonly (readonly [key: number, count: number])[]; readonly other: number } {
  const counts: [number, number][] = []
  for (let at = table.at + 2; at < endOf(table); at += 2) {
    const key = counters[at]!
    if (key !== 0) counts.push([key, counters[at + 1]!])
  }
  return { counts, other: counters[table.at + 1]! }
}
