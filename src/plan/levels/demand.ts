import type { ClusterMemory } from './state.ts'
import {
  AVERAGE_GAIN,
  NEWS_SIGMA,
  NOISE_MAX,
  NOISE_MIN,
  REPEAT_SIGMA,
  TRANSIT_NOISE,
  URGENT_LOAD,
  URGENT_SIGMA,
} from './tuning.ts'

/** One cluster's report beside what the present estimate expects of it. */
export interface Reading {
  /** Reported load, same unit as capacity. */
  readonly reported: number
  readonly expected: number
  /** Load that is on its way to or from the cluster: answers changed, caches do not know yet. */
  readonly transit: number
  /** > 0; Infinity where unknown. */
  readonly capacity: number
}

/**
 * The load to believe in, between expectation and report: small deviations are noise and are averaged, large ones and repeated ones are news and are
 * taken whole. Learns the cluster's noise in `memory`.
 */
export function believe(memory: ClusterMemory, reading: Reading): number {
  const { reported, expected, transit } = reading
  const scale = Math.max(expected, Number.isFinite(reading.capacity) ? 0.05 * reading.capacity : reported * 0.05, 1e-9)
  const deviation = (reported - expected) / scale
  const sigma = Math.hypot(memory.noise, (TRANSIT_NOISE * transit) / scale)
  const gain = gainFor(deviation / sigma, memory.deviation, reading, deviation)
  memory.deviation = deviation / sigma
  if (transit < 0.1 * scale) learnNoise(memory, Math.abs(deviation))
  return expected + gain * (reported - expected)
}

function gainFor(sigmas: number, before: number, reading: Reading, deviation: number): number {
  const repeated = Math.abs(sigmas) > REPEAT_SIGMA && Math.abs(before) > REPEAT_SIGMA && sigmas > 0 === before > 0
  const urgent = reading.reported > URGENT_LOAD * reading.capacity && sigmas > URGENT_SIGMA
  if (repeated || urgent || sigmas > NEWS_SIGMA) return 1
  // A dying cluster reports next to nothing before its health is judged. Its demand must not be forgotten for that.
  return deviation < -0.5 ? 0 : AVERAGE_GAIN
}

/** Mean absolute deviation to sigma is a factor of 1.25; outliers are clipped so that one flash crowd does not make the cluster deaf. */
function learnNoise(memory: ClusterMemory, deviation: number): void {
  const seen = Math.min(1.25 * deviation, 3 * memory.noise)
  memory.noise = Math.min(NOISE_MAX, Math.max(NOISE_MIN, memory.noise + 0.05 * (seen - memory.noise)))
}

const ITERATIONS = 60
const CLOSE_ENOUGH = 0.002

/** Load of every cluster that the demands explain: `sum over g of demand[g] * held[g][c]`. */
export function explainedLoad(demand: Float64Array, held: Float64Array): Float64Array {
  const n = demand.length
  const load = new Float64Array(n)
  for (let g = 0; g < n; g++) for (let c = 0; c < n; c++) load[c]! += demand[g]! * held[g * n + c]!
  return load
}

/**
 * Changes `demand` until the loads it explains are the `believed` ones (NaN = no opinion). Each pass scales a group by how far the clusters that hold
 * it are off, in proportion to what they hold of it: the EM iteration for Poisson counts (Richardson 1972, Lucy 1974). It keeps demands
 * positive, stays near where it started where the reports leave a choice, and a group that nobody reports on keeps its demand.
 */
export function fitDemand(demand: Float64Array, held: Float64Array, believed: Float64Array): void {
  const n = demand.length
  for (let g = 0; g < n; g++) {
    // Scaling cannot lift a zero.
    if (held[g * n + g]! > 0 && demand[g]! < 0.01 * believed[g]!) demand[g] = 0.01 * believed[g]!
  }
  const ratio = new Float64Array(n)
  for (let pass = 0; pass < ITERATIONS; pass++) {
    const load = explainedLoad(demand, held)
    let worst = 0
    for (let c = 0; c < n; c++) {
      const known = !Number.isNaN(believed[c]!) && load[c]! > 0
      ratio[c] = known ? believed[c]! / load[c]! : 1
      worst = Math.max(worst, Math.abs(ratio[c]! - 1))
    }
    if (worst < CLOSE_ENOUGH) return
    for (let g = 0; g < n; g++) {
      let factor = 1
      for (let c = 0; c < n; c++) factor += held[g * n + c]! * (ratio[c]! - 1)
      demand[g]! *= factor
    }
  }
}
