import type { Millis } from '../base/brand.ts'
import { containsPrefix, type Prefix } from '../base/prefix.ts'
import { PrefixSweep, type RangeTable } from '../base/range-table.ts'
import type { Measurement } from '../model/measurement.ts'
import type { MeasuredTable } from '../route/block.ts'
import { type EstimateTable, noEstimates } from '../route/estimates.ts'
import { type CountedRows, countedRows, endOfPrefix, type Measurements, weighRow } from './counted-rows.ts'

/**
 * Measurements at one moment. Nested prefixes are resolved: set `n` lists, for one measured prefix, the longest match of every cluster that was
 * measured from it or from a prefix around it.
 */
export interface Evidence extends MeasuredTable {
  readonly rows: CountedRows
  /** Number of the set that holds for each leaf, 0 = nothing measured. */
  readonly ranges: RangeTable
  /** Set `n` is entries `setAt[n] .. setAt[n + 1]` of the two columns. Set 0 is empty. */
  readonly setAt: Uint32Array
  readonly setCluster: Uint16Array
  readonly setRow: Uint32Array
}

/** Row `row` of the table as it was measured; for people and for single blocks. What edges saw only where nothing else was measured. */
export function measuredRow({ rows }: Pick<Evidence, 'rows'>, row: number): Measurement {
  return rows.measured.row(rows.at[row]!)
}

/** What edges saw of the same path, and counts with row `row`; null: nothing. */
export function seenRow({ rows }: Pick<Evidence, 'rows'>, row: number): Measurement | null {
  return rows.hasSecond[row] === 0 ? null : rows.measured.row(rows.at[row]! + 1)
}

/** Rows that count for nothing are left out, see {@link countedRows}. `estimates`: what is known of blocks by the measurements of others. */
export function gatherEvidence(
  measurements: Measurements,
  clusterIndex: ReadonlyMap<string, number>,
  asOf: Millis,
  estimates: EstimateTable = noEstimates(clusterIndex.size),
): Evidence {
  const rows = countedRows(measurements, clusterIndex, asOf)
  return { rows, ...weighRows(rows, asOf), estimates, ...resolveSets(rows, clusterIndex.size) }
}

function weighRows(rows: CountedRows, asOf: Millis): Omit<MeasuredTable, 'estimates'> {
  const column = () => new Float64Array(rows.count)
  const table = { rttMs: column(), precision: column(), jitterMs: column(), loss: column(), freshness: column() }
  for (let i = 0; i < rows.count; i++) {
    const weighed = weighRow(rows, i, asOf)
    table.rttMs[i] = weighed.rttMs
    table.precision[i] = weighed.precision
    table.jitterMs[i] = weighed.jitterMs
    table.loss[i] = weighed.loss
    table.freshness[i] = weighed.freshness
  }
  return table
}

/** A measured prefix while the rows are walked: its rows, and the measured prefix around it. */
interface MeasuredPrefix {
  readonly prefix: Prefix
  readonly from: number
  readonly to: number
  readonly around: MeasuredPrefix | null
}

function resolveSets(
  rows: CountedRows,
  clusterCount: number,
): Pick<Evidence, 'ranges' | 'setAt' | 'setCluster' | 'setRow'> {
  const setAt: number[] = [0, 0]
  const clusters: number[] = []
  const rowNumbers: number[] = []
  const seen = new Int32Array(clusterCount)
  const ranges = new PrefixSweep()
  let open: MeasuredPrefix | null = null
  for (let number = 1, from = 0, to = 0; from < rows.count; number++, from = to) {
    const prefix = rows.measured.prefix(rows.at[from]!)
    to = endOfPrefix(rows, from)
    while (open !== null && !containsPrefix(open.prefix, prefix)) open = open.around
    open = { prefix, from, to, around: open }
    ranges.add(prefix, number)
    for (let at: MeasuredPrefix | null = open; at !== null; at = at.around) {
      for (let row = at.from; row < at.to; row++) {
        const cluster = rows.cluster[row]!
        if (seen[cluster] === number) continue
        seen[cluster] = number
        clusters.push(cluster)
        rowNumbers.push(row)
      }
    }
    setAt.push(clusters.length)
  }
  return {
    ranges: ranges.finish(),
    setAt: Uint32Array.from(setAt),
    setCluster: Uint16Array.from(clusters),
    setRow: Uint32Array.from(rowNumbers),
  }
}
