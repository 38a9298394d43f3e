import type { Block, MeasuredTable } from '../block.ts'
import { ACCESS_STEADIER, inflation, LOG_OFFSET_MS, SUM_STEADIER } from '../estimates.ts'

/** Relative error of an interpolation with ever more mass behind it; without any, BARE is added to it by squares: 17.9 % is the prior's. */
const LEAST_VARIANCE = 0.08 ** 2
const BARE_VARIANCE = 0.16 ** 2

/** Standard deviation of an estimate with mass `mass` behind it, as a share of RTT + 20 ms. */
export function relativeSigma(mass: number): number {
  return Math.sqrt(LEAST_VARIANCE + BARE_VARIANCE / (1 + 2 * mass))
}

/** The columns of the score sheet that an interpolation fills, by cluster. */
export interface Interpolated {
  /** What one expects without any measurement, ms. */
  readonly priorMs: Float64Array
  readonly rttMs: Float64Array
  readonly sigmaMs: Float64Array
  readonly mass: Float64Array
}

/**
 * R = (prior + 20) e^z - 20 for every cluster (ROUTING section 4). What is measured of the block itself is one more row, at distance 0 and as far as it is
 * fresh: an RTT to one cluster says how slow the block's access is beside what one expects there, and that lifts or lowers all the others.
 * `spreadMs`: what the uncertainty of the place alone is worth.
 */
export function interpolate(block: Block, measured: MeasuredTable, spreadMs: number, out: Interpolated): void {
  const { estimates } = measured
  const clusters = out.rttMs.length
  const known = block.cell >= 0 && estimates.residual.length > 0
  const level = known ? estimates.access[block.cell]! : 0
  const base = block.cell * clusters
  for (let c = 0; c < clusters; c++) {
    out.mass[c] = known ? estimates.mass[base + c]! : 0
    out.rttMs[c] = known ? estimates.residual[base + c]! + level : level
  }
  addOwnRow(block, measured, out)
  for (let c = 0; c < clusters; c++) {
    const rtt = Math.max(1, (out.priorMs[c]! + LOG_OFFSET_MS) * Math.exp(out.rttMs[c]!) - LOG_OFFSET_MS)
    const sigma = relativeSigma(out.mass[c]!) * (rtt + LOG_OFFSET_MS)
    out.rttMs[c] = rtt
    out.sigmaMs[c] = spreadMs === 0 ? sigma : Math.sqrt(sigma * sigma + spreadMs * spreadMs)
  }
}

/** Adds to z (which still stands in `out.rttMs`) what the block's own RTTs are off from it: a row whose other entries are as interpolated. */
function addOwnRow(
  { measured: rows }: Block,
  measured: MeasuredTable,
  { priorMs, rttMs: z, mass }: Interpolated,
): void {
  const { misplaced } = measured.estimates
  let sum = 0
  let count = 0
  let freshest = 0
  for (let c = 0; c < z.length; c++) {
    const row = rows[c]!
    if (row < 0 || misplaced[c] === 1) continue
    sum += inflation(measured.rttMs[row]!, priorMs[c]!) - z[c]!
    count++
    freshest = Math.max(freshest, measured.freshness[row]!)
  }
  if (count === 0) return
  const access = sum / (count + ACCESS_STEADIER)
  for (let c = 0; c < z.length; c++) {
    const row = rows[c]!
    if (row >= 0 && misplaced[c] === 0) {
      const fresh = measured.freshness[row]!
      const residual = inflation(measured.rttMs[row]!, priorMs[c]!) - z[c]! - access
      z[c]! += (fresh * residual) / (mass[c]! + fresh + SUM_STEADIER)
      mass[c]! += fresh
    }
    z[c]! += freshest * access
  }
}
