import type { Cells } from './cells.ts'
import type { ClusterMemory } from './state.ts'
import {
  AVERAGE_GAIN,
  DRIFT_GAIN,
  DRIFT_REPORTS,
  DRIFT_SIGMA,
  MOST_AVERAGED,
  NEIGHBOUR_GROWTH,
  NEWS_GROWTH,
  NEWS_SIGMA,
  NOISE_GAIN,
  NOISE_MAX,
  NOISE_MIN,
  NOISE_START_REPORTS,
  QUIET_NOISE,
  REPEAT_SIGMA,
  TRANSIT_LUMP,
  URGENT_ABOVE_AIM,
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
  /** Share of capacity that it is filled to. */
  readonly aim: number
}

/**
 * The load to believe in, between expectation and report: small deviations are noise and are averaged; large, repeated and lasting ones are news and are
 * taken whole. Learns the cluster's noise in `memory`.
 */
export function believe(memory: ClusterMemory, reading: Reading): number {
  const { reported, expected, transit } = reading
  const bounded = Number.isFinite(reading.capacity)
  const scale = Math.max(expected, 0.05 * (bounded ? reading.capacity : reported), 1e-9)
  const deviation = (reported - expected) / scale
  const lumps = bounded ? 0.5 * Math.sqrt(TRANSIT_LUMP * reading.capacity * transit) : transit
  const sigma = Math.hypot(memory.noise, lumps / scale)
  const now = deviation / sigma
  const before = memory.deviation
  memory.deviation = now
  // Clipped, so that one wild report is no drift.
  memory.drift += DRIFT_GAIN * (Math.min(4, Math.max(-4, now)) - memory.drift)
  if (isNews(now, before, reading)) {
    memory.drift = 0
    memory.averaged = 1
    return reported
  }
  if (Math.abs(memory.drift) > DRIFT_SIGMA) {
    const lasting = memory.drift * sigma * scale
    memory.drift = 0
    memory.averaged = DRIFT_REPORTS
    return Math.max(0, expected + lasting)
  }
  if (transit < 0.1 * scale) learnNoise(memory, Math.abs(deviation) / Math.sqrt(1 + 1 / Math.max(1, memory.averaged)))
  // A dying cluster reports next to nothing before its health is judged. Its demand must not be forgotten for that.
  if (deviation < -0.5) return expected
  // While load is on its way, a report says less.
  const weight = (memory.noise / sigma) ** 2
  memory.averaged = Math.min(MOST_AVERAGED, memory.averaged + weight)
  return expected + weight * gainOf(memory) * (reported - expected)
}

/** Share of a small deviation that the estimate follows: the mean of all reports since the demand last was another, later of the last ones. */
function gainOf({ noise, averaged }: ClusterMemory): number {
  return Math.max(AVERAGE_GAIN * Math.min(1, QUIET_NOISE / noise), 1 / Math.max(1, averaged))
}

/** What the estimate of a cluster's load is off by (sigma), as a share of the load. */
export function uncertaintyOf(memory: ClusterMemory): number {
  const gain = gainOf(memory)
  return memory.noise * Math.sqrt(Math.max(gain / (2 - gain), 1 / Math.max(1, memory.averaged)))
}

/** `now` and `before`: this and the last deviation in sigma. A sudden fall is none: see above. */
function isNews(now: number, before: number, reading: Reading): boolean {
  const repeated = Math.abs(now) > REPEAT_SIGMA && Math.abs(before) > REPEAT_SIGMA && now > 0 === before > 0
  // Where targets had to be raised, a load above the usual limit is no alarm of its own.
  const limit = Math.max(URGENT_LOAD, reading.aim + URGENT_ABOVE_AIM)
  const urgent = reading.reported > limit * reading.capacity && now > URGENT_SIGMA
  return repeated || urgent || now > NEWS_SIGMA
}

/** Mean absolute deviation to sigma is a factor of 1.25; outliers are clipped so that one flash crowd does not make the cluster deaf. */
function learnNoise(memory: ClusterMemory, deviation: number): void {
  const seen = Math.min(1.25 * deviation, 3 * memory.noise)
  memory.learnt = Math.min(MOST_AVERAGED, memory.learnt + 1)
  const gain = Math.max(NOISE_GAIN, 1 / (memory.learnt + NOISE_START_REPORTS))
  memory.noise = Math.min(NOISE_MAX, Math.max(NOISE_MIN, memory.noise + gain * (seen - memory.noise)))
}

const ITERATIONS = 60
const CLOSE_ENOUGH = 0.002

/** Load of every cluster that the cells' demands explain: `sum over k of demand[k] * held[k][c]`. */
export function explainedLoad(demand: Float64Array, held: Float64Array, clusters: number): Float64Array {
  const load = new Float64Array(clusters)
  for (let k = 0, i = 0; k < demand.length; k++)
    for (let c = 0; c < clusters; c++, i++) load[c]! += demand[k]! * held[i]!
  return load
}

/**
 * Changes `demand` until the loads it explains are the `believed` ones (NaN = no opinion). Each pass scales a cell by how far the clusters that hold
 * it are off, in proportion to what they hold of it and to how `doubtful` it is (above 0, to 1): the EM iteration for Poisson counts
 * (Richardson 1972, Lucy 1974) with a Kalman filter's sense for whom to blame. It keeps demands positive, stays near where it started
 * where the reports leave a choice, and a cell that nobody reports on keeps its demand.
 */
export function fitDemand(
  demand: Float64Array,
  held: Float64Array,
  believed: Float64Array,
  doubtful: Float64Array,
): void {
  const n = believed.length
  const step = new Float64Array(n)
  for (let pass = 0; pass < ITERATIONS; pass++) {
    const load = explainedLoad(demand, held, n)
    const mobile = explainedLoad(
      demand.map((d, k) => d * doubtful[k]!),
      held,
      n,
    )
    let worst = 0
    for (let c = 0; c < n; c++) {
      const known = !Number.isNaN(believed[c]!) && mobile[c]! > 0
      const off = known ? believed[c]! / load[c]! - 1 : 0
      step[c] = known ? (off * load[c]!) / mobile[c]! : 0
      worst = Math.max(worst, Math.abs(off))
    }
    if (worst < CLOSE_ENOUGH) return
    for (let k = 0, i = 0; k < demand.length; k++) {
      let change = 0
      for (let c = 0; c < n; c++, i++) change += held[i]! * step[c]!
      demand[k]! *= Math.min(4, Math.max(0.25, 1 + doubtful[k]! * change))
    }
  }
}

/** Scaling cannot lift a zero: cells of a first choice that explain next to nothing of its load get 1 % of it, by weight. */
export function seedDemand(demand: Float64Array, cells: Cells, believed: Float64Array): void {
  const sum = new Float64Array(believed.length)
  const weight = new Float64Array(believed.length)
  demand.forEach((d, k) => {
    sum[cells.group[k]!]! += d
    weight[cells.group[k]!]! += cells.weight[k]!
  })
  for (let k = 0; k < demand.length; k++) {
    const c = cells.group[k]!
    const seed = 0.01 * believed[c]!
    if (sum[c]! < seed) demand[k] = (seed * cells.weight[k]!) / weight[c]!
  }
}

/**
 * Crowds are regional: what happens to the blocks of a cell's next choices is likely to happen to the cell too. Where the reports bring news, each cell
 * is scaled in advance by the growth that its next choices show, the nearer the more; {@link fitDemand} then makes the sums right.
 */
export function spreadNews(demand: Float64Array, cells: Cells, expected: Float64Array, believed: Float64Array): void {
  const growth = believed.map((load, c) => {
    const ratio = load / expected[c]!
    return Math.abs(ratio - 1) > NEWS_GROWTH && Number.isFinite(ratio) ? Math.min(4, Math.max(0.25, ratio)) : 1
  })
  if (growth.every(ratio => ratio === 1)) return
  cells.list.forEach((list, k) => {
    for (let j = 1; j < list.length; j++) demand[k]! *= growth[list[j]!]! ** NEIGHBOUR_GROWTH[j]!
  })
}
