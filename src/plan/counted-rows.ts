import type { Millis } from '../base/brand.ts'
import type { Family } from '../base/ip.ts'
import { LEAF_LENGTH } from '../base/prefix.ts'
import { MEASUREMENT_LIFETIME_MS, type Measurement } from '../model/measurement.ts'
import { joinWeighed, type Weighed, weigh } from '../route/score/measured.ts'
import { type Figures, MeasuredRows, newFigures, readFigures } from './measured-rows.ts'

/** As a store or a file gives them, in any order, or as the planner holds them. */
export type Measurements = readonly Measurement[] | MeasuredRows

/** The rows that count at one moment, sorted by prefix, an outer prefix before the inner, then by cluster. */
export interface CountedRows {
  readonly count: number
  readonly measured: MeasuredRows
  /** Number of each in `measured`. */
  readonly at: Uint32Array
  /** 1: the row of `measured` behind it is what edges saw of the same path, and counts with it. */
  readonly hasSecond: Uint8Array
  /** Cluster index of each. */
  readonly cluster: Uint16Array
}

/**
 * One row per (prefix, cluster), or two that count as one, the same whatever the order of the input. Left out: unknown clusters, rows older than a day, prefixes longer than a
 * leaf, figures outside their range.
 */
export function countedRows(
  measurements: Measurements,
  clusterIndex: ReadonlyMap<string, number>,
  asOf: Millis,
): CountedRows {
  const measured = measurements instanceof MeasuredRows ? measurements : soundRows(measurements)
  const { family, length, cluster: number, measuredAt } = measured.columns
  const figures = newFigures()
  const indexes = Int32Array.from(measured.clusterIds, id => clusterIndex.get(id) ?? -1)
  const at = new Uint32Array(measured.length)
  const cluster = new Uint16Array(measured.length)
  const hasSecond = new Uint8Array(measured.length)
  let count = 0
  // `last`: where the row before this one went.
  for (let i = 0, first = 0, last = -1; i < measured.length; i++) {
    const index = indexes[number[i]!]!
    if (index < 0 || asOf - measuredAt[i]! > MEASUREMENT_LIFETIME_MS) continue
    readFigures(measured, i, figures)
    if (!isSound(family[i]!, length[i]!, figures)) continue
    if (last >= 0 && at[last] === i - 1 && measured.isSecond(i)) {
      hasSecond[last] = 1
      continue
    }
    if (count > 0 && !measured.samePrefix(at[count - 1]!, i)) first = count
    let k = count++
    for (; k > first && cluster[k - 1]! > index; k--) {
      at[k] = at[k - 1]!
      cluster[k] = cluster[k - 1]!
      hasSecond[k] = hasSecond[k - 1]!
    }
    at[k] = i
    cluster[k] = index
    hasSecond[k] = 0
    last = k
  }
  return {
    ...{ count, measured, at: at.slice(0, count), cluster: cluster.slice(0, count) },
    hasSecond: hasSecond.slice(0, count),
  }
}

const scratch = newFigures()

/** What row `i` is worth at `asOf`, see route/score/measured; of two of one path, both together. */
export function weighRow({ measured, at, hasSecond }: CountedRows, i: number, asOf: Millis): Weighed {
  readFigures(measured, at[i]!, scratch)
  const first = weigh(scratch, asOf)!
  if (hasSecond[i] === 0) return first
  readFigures(measured, at[i]! + 1, scratch)
  return joinWeighed(first, weigh(scratch, asOf)!)
}

/** The RTT of row `i`, ms. */
export function rttOf(rows: CountedRows, i: number, asOf: Millis): number {
  const { measured, at, hasSecond } = rows
  return hasSecond[i] === 0 ? measured.columns.rttMs[at[i]!]! : weighRow(rows, i, asOf).rttMs
}

/** One past the last row that has the prefix of row `from`. */
export function endOfPrefix({ count, measured, at }: CountedRows, from: number): number {
  let to = from + 1
  while (to < count && measured.samePrefix(at[to]!, at[from]!)) to++
  return to
}

/** The newest of every pair that says what can be; of two that are as new, the one with the lower figures. */
function soundRows(measurements: readonly Measurement[]): MeasuredRows {
  const sound = measurements.filter(({ prefix, ...row }) => isSound(prefix.family, prefix.length, row))
  return MeasuredRows.of(sound.sort((a, b) => compareFigures(b, a)))
}

function compareFigures(a: Measurement, b: Measurement): number {
  return a.rttMs - b.rttMs || a.loss - b.loss || a.rttVarMs - b.rttVarMs || a.samples - b.samples
}

function isSound(
  family: number,
  length: number,
  { rttMs, rttVarMs, loss }: Pick<Figures, 'rttMs' | 'rttVarMs' | 'loss'>,
): boolean {
  return (
    length <= LEAF_LENGTH[family as Family] && rttMs > 0 && rttMs <= 60_000 && rttVarMs >= 0 && loss >= 0 && loss <= 1
  )
}
