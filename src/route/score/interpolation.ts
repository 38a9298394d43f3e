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
 * R = (prior + 20) e^z - 20 for every cluster (ROUTING section 4). What is measured of the block itself joins its cell's rows as one more at distance
 * 0, as far as it is fresh: an RTT to one cluster says how slow the block's access is, and that lifts or lowers all the others.
 * `spreadMs`: what the uncertainty of the place alone is worth.
 */
export function interpolate(block: Block, measured: MeasuredTable, spreadMs: number, out: Interpolated): void {
  const { estimates } = measured
  const clusters = out.rttMs.length
  const known = block.cell >= 0 && estimates.residual.length > 0
  const own = ownRow(block, measured, out.priorMs)
  const around = known ? estimates.weight[block.cell]! : 0
  const level = known ? estimates.access[block.cell]! : 0
  const access =
    own.weight === 0
      ? level
      : (level * (around + SUM_STEADIER) + own.weight * own.access) / (around + own.weight + SUM_STEADIER)
  const base = block.cell * clusters
  for (let c = 0; c < clusters; c++) {
    let mass = known ? estimates.mass[base + c]! : 0
    let residual = known ? estimates.residual[base + c]! : 0
    const row = block.measured[c]!
    if (row >= 0 && own.weight > 0 && estimates.misplaced[c] === 0) {
      const fresh = measured.freshness[row]!
      const y = inflation(measured.rttMs[row]!, out.priorMs[c]!) - own.access
      residual = (residual * (mass + SUM_STEADIER) + fresh * y) / (mass + fresh + SUM_STEADIER)
      mass += fresh
    }
    const rtt = Math.max(1, (out.priorMs[c]! + LOG_OFFSET_MS) * Math.exp(residual + access) - LOG_OFFSET_MS)
    const sigma = relativeSigma(mass) * (rtt + LOG_OFFSET_MS)
    out.rttMs[c] = rtt
    out.mass[c] = mass
    out.sigmaMs[c] = spreadMs === 0 ? sigma : Math.sqrt(sigma * sigma + spreadMs * spreadMs)
  }
}

const own = { access: 0, weight: 0 }

/** Access level of the block by its own RTTs, and how fresh the freshest of them is; weight 0: there are none. */
function ownRow(block: Block, measured: MeasuredTable, priorMs: Float64Array): typeof own {
  let sum = 0
  let count = 0
  own.weight = 0
  for (let c = 0; c < priorMs.length; c++) {
    const row = block.measured[c]!
    if (row < 0 || measured.estimates.misplaced[c] === 1) continue
    sum += inflation(measured.rttMs[row]!, priorMs[c]!)
    count++
    own.weight = Math.max(own.weight, measured.freshness[row]!)
  }
  own.access = sum / (count + ACCESS_STEADIER)
  return own
}
