import { LEAF_LENGTH, type Prefix } from '../../base/prefix.ts'
import { type RangeTable, valueAt } from '../../base/range-table.ts'
import type { Cells } from './cells.ts'

/** What says where an address is; an override before the databases. */
export interface Whereabouts {
  /** Place numbers. */
  readonly cityRanges: RangeTable
  readonly placeOverrides: RangeTable
  /** Autonomous system numbers; those of overrides plus 1. */
  readonly asnRanges: RangeTable
  readonly asnOverrides: RangeTable
}

export interface Seat {
  /** -1: no one cell. */
  readonly cell: number
  /** Place number of the first address there; 0 where there is no cell. */
  readonly place: number
  /** 0: no one system. */
  readonly asn: number
}

/** So many addresses of a prefix, evenly spread, are looked at: 2^5. */
const SAMPLE_BITS = 5

/**
 * The cell and the autonomous system in which at least half of a measured prefix lies. One that is spread over a country says something of its
 * blocks, and nothing of a place.
 */
export function seatOf(prefix: Prefix, whereabouts: Whereabouts, cells: Cells): Seat {
  const { family, hi, lo, length } = prefix
  const bits = Math.max(0, Math.min(SAMPLE_BITS, LEAF_LENGTH[family] - length))
  const places: number[] = []
  const asns: number[] = []
  for (let i = 0; i < 2 ** bits; i++) {
    const word = [(hi | wordOf(i, length + bits, 0)) >>> 0, (lo | wordOf(i, length + bits, 32)) >>> 0] as const
    places.push(
      valueAt(whereabouts.placeOverrides, family, ...word) || valueAt(whereabouts.cityRanges, family, ...word),
    )
    const claimed = valueAt(whereabouts.asnOverrides, family, ...word)
    asns.push(claimed > 0 ? claimed - 1 : valueAt(whereabouts.asnRanges, family, ...word))
  }
  const found = places.map(place => cells.ofPlace[place]! + 1)
  const cell = majority(found) - 1
  return { cell, place: cell < 0 ? 0 : places[found.indexOf(cell + 1)]!, asn: majority(asns) }
}

/** The bits of `i` that end at bit `end` of an address, as they stand in its 32-bit word that begins at bit `from`. */
function wordOf(i: number, end: number, from: number): number {
  const shift = from + 32 - end
  if (shift >= 32 || shift <= -32) return 0
  return shift >= 0 ? i << shift : i >>> -shift
}

/** The value of at least half of the list, the first of two; 0 without one. */
function majority(values: readonly number[]): number {
  if (values.length === 1) return values[0]!
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  for (const [value, count] of counts) if (count * 2 >= values.length) return value
  return 0
}
