import type { Millis } from '../../base/brand.ts'
import { LEAF_LENGTH, type Prefix } from '../../base/prefix.ts'
import type { Place } from '../../model/place.ts'
import { type CountedRows, endOfPrefix, rttOf } from '../counted-rows.ts'
import type { Cells } from './cells.ts'
import { seatOf, type Whereabouts } from './whereabouts.ts'

/** A measured prefix, as the survey sees it. */
export interface SurveyedBlock {
  readonly prefix: Prefix
  /** Cluster indexes, ascending, and the RTT from each; what was measured of prefixes around it is theirs. */
  readonly clusters: readonly number[]
  readonly rttMs: readonly number[]
  /** -1: it lies in no one cell. */
  readonly cell: number
  /** null where there is no cell. */
  readonly place: Place | null
  /** 0: of no one autonomous system. */
  readonly asn: number
}

/** In the order of their prefixes, whatever the order of the measurements was. */
export function surveyedBlocks(
  rows: CountedRows,
  whereabouts: Whereabouts,
  places: readonly Place[],
  cells: Cells,
  asOf: Millis,
): SurveyedBlock[] {
  const blocks: SurveyedBlock[] = []
  for (let from = 0, to = 0; from < rows.count; from = to) {
    to = endOfPrefix(rows, from)
    const prefix = rows.measured.prefix(rows.at[from]!)
    const { cell, place, asn } = seatOf(prefix, whereabouts, cells)
    blocks.push({
      prefix,
      clusters: Array.from(rows.cluster.subarray(from, to)),
      rttMs: Array.from({ length: to - from }, (_, i) => rttOf(rows, from + i, asOf)),
      cell,
      place: cell < 0 ? null : places[place]!,
      asn,
    })
  }
  return blocks
}

/** Is there room for others beside it in a network that long? */
export function hasSiblings(prefix: Prefix, networkLength: number): boolean {
  return networkLength < prefix.length && networkLength < LEAF_LENGTH[prefix.family]
}
