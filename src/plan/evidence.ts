import type { Millis } from '../base/brand.ts'
import { comparePrefix, containsPrefix, LEAF_LENGTH, type Prefix } from '../base/prefix.ts'
import { type RangeTable, rangesOfPrefixes } from '../base/range-table.ts'
import type { Measurement } from '../model/measurement.ts'
import type { MeasuredTable } from '../route/block.ts'
import { type EstimateTable, noEstimates } from '../route/estimates.ts'
import { weigh } from '../route/score/measured.ts'

/**
 * Measurements at one moment. Nested prefixes are resolved: set `n` lists, for one measured prefix, the longest match of every cluster that was
 * measured from it or from a prefix around it.
 */
export interface Evidence extends MeasuredTable {
  readonly rows: readonly Measurement[]
  /** Number of the set that holds for each leaf, 0 = nothing measured. */
  readonly ranges: RangeTable
  /** Set `n` is entries `setAt[n] .. setAt[n + 1]` of the two columns. Set 0 is empty. */
  readonly setAt: Uint32Array
  readonly setCluster: Uint16Array
  readonly setRow: Uint32Array
}

/** Rows that count for nothing are left out, see {@link rowsAt}. `estimates`: what is known of blocks by the measurements of others. */
export function gatherEvidence(
  measurements: readonly Measurement[],
  clusterIndex: ReadonlyMap<string, number>,
  asOf: Millis,
  estimates: EstimateTable = noEstimates(clusterIndex.size),
): Evidence {
  const rows = rowsAt(measurements, clusterIndex, asOf)
  const columns = weighRows(rows, asOf)
  return { rows, ...columns, estimates, ...resolveSets(rows, clusterIndex) }
}

/**
 * One row per (prefix, cluster), sorted by prefix, an outer prefix before the inner, then by cluster; the same whatever the order of the input.
 * Left out: unknown clusters, rows older than a day, prefixes longer than a leaf, figures outside their range.
 */
export function rowsAt(
  measurements: readonly Measurement[],
  clusterIndex: ReadonlyMap<string, number>,
  asOf: Millis,
): Measurement[] {
  const counted = measurements.filter(row => clusterIndex.has(row.cluster) && isSound(row) && weigh(row, asOf) !== null)
  counted.sort((a, b) => samePair(a, b, clusterIndex) || b.measuredAt - a.measuredAt || compareFigures(a, b))
  return counted.filter((row, i) => i === 0 || samePair(row, counted[i - 1]!, clusterIndex) !== 0)
}

function isSound(row: Measurement): boolean {
  return (
    row.prefix.length <= LEAF_LENGTH[row.prefix.family] &&
    row.rttMs > 0 &&
    row.rttMs <= 60_000 &&
    row.rttVarMs >= 0 &&
    row.loss >= 0 &&
    row.loss <= 1
  )
}

function samePair(a: Measurement, b: Measurement, clusterIndex: ReadonlyMap<string, number>): number {
  return comparePrefix(a.prefix, b.prefix) || clusterIndex.get(a.cluster)! - clusterIndex.get(b.cluster)!
}

function compareFigures(a: Measurement, b: Measurement): number {
  return a.rttMs - b.rttMs || a.loss - b.loss || a.rttVarMs - b.rttVarMs || a.samples - b.samples
}

function weighRows(rows: readonly Measurement[], asOf: Millis): Omit<MeasuredTable, 'estimates'> {
  const column = () => new Float64Array(rows.length)
  const table = { rttMs: column(), precision: column(), jitterMs: column(), loss: column(), freshness: column() }
  rows.forEach((row, i) => {
    const weighed = weigh(row, asOf)!
    table.rttMs[i] = weighed.rttMs
    table.precision[i] = weighed.precision
    table.jitterMs[i] = weighed.jitterMs
    table.loss[i] = weighed.loss
    table.freshness[i] = weighed.freshness
  })
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
  rows: readonly Measurement[],
  clusterIndex: ReadonlyMap<string, number>,
): Pick<Evidence, 'ranges' | 'setAt' | 'setCluster' | 'setRow'> {
  const prefixes = measuredPrefixes(rows)
  const setAt = new Uint32Array(prefixes.length + 2)
  const clusters: number[] = []
  const rowNumbers: number[] = []
  const seen = new Int32Array(clusterIndex.size).fill(-1)
  prefixes.forEach((measured, number) => {
    for (let at: MeasuredPrefix | null = measured; at !== null; at = at.around) {
      for (let row = at.from; row < at.to; row++) {
        const cluster = clusterIndex.get(rows[row]!.cluster)!
        if (seen[cluster] === number) continue
        seen[cluster] = number
        clusters.push(cluster)
        rowNumbers.push(row)
      }
    }
    setAt[number + 2] = clusters.length
  })
  return {
    ranges: rangesOfPrefixes(prefixes.map(({ prefix }, number) => ({ prefix, value: number + 1 }))),
    setAt,
    setCluster: Uint16Array.from(clusters),
    setRow: Uint32Array.from(rowNumbers),
  }
}

function measuredPrefixes(rows: readonly Measurement[]): MeasuredPrefix[] {
  const found: MeasuredPrefix[] = []
  let open: MeasuredPrefix | null = null
  for (let from = 0, to = 0; from < rows.length; from = to) {
    const { prefix } = rows[from]!
    while (to < rows.length && comparePrefix(rows[to]!.prefix, prefix) === 0) to++
    while (open !== null && !containsPrefix(open.prefix, prefix)) open = open.around
    open = { prefix, from, to, around: open }
    found.push(open)
  }
  return found
}
