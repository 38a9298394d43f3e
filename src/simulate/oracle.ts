import { RttHistogram } from './histogram.ts'
import type { Population } from './population.ts'

/** The eligible open cluster of each block with the least of `figure` (-1: none). Of equal ones the first. */
export function bestOf(population: Population, figure: Float32Array, open: (cluster: number) => boolean): Int16Array {
  const { count, clusters, eligible } = population
  const isOpen = Uint8Array.from({ length: clusters }, (_, c) => (open(c) ? 1 : 0))
  const best = new Int16Array(count).fill(-1)
  for (let b = 0, i = 0; b < count; b++) {
    let least = Number.POSITIVE_INFINITY
    for (let c = 0; c < clusters; c++, i++) {
      if (eligible[i] === 0 || isOpen[c] === 0 || (figure[i]! >= least && best[b]! >= 0)) continue
      least = figure[i]!
      best[b] = c
    }
  }
  return best
}

const ROUNDS = 240
/** First steps are far from any plan and do not count. */
const SETTLED = 120
/** Price step at first, ms per whole capacity of overload. */
const STEP_MS = 40

/**
 * Round trips if one who knows everything placed the demand, and no cluster were above its capacity: a transport problem, solved by prices in
 * milliseconds that rise where a cluster is over (Lagrangian, subgradient). Blocks may be split. About: the price of a full cluster still
 * trembles at the end, which moves a mean by well under a millisecond.
 */
export function oracleWithin(population: Population, demand: Float64Array, capacity: Float64Array): RttHistogram {
  const { count, clusters } = population
  const price = new Float64Array(clusters)
  const out = new RttHistogram()
  for (let round = 0; round < ROUNDS; round++) {
    const load = new Float64Array(clusters)
    for (let b = 0; b < count; b++) {
      const c = cheapest(population, b, price, capacity)
      if (c < 0) continue
      load[c]! += demand[b]!
      if (round >= SETTLED) out.add(population.rttMs[b * clusters + c]!, demand[b]!)
    }
    const step = STEP_MS / Math.sqrt(1 + round / 4)
    for (let c = 0; c < clusters; c++) {
      if (capacity[c]! > 0) price[c] = Math.max(0, price[c]! + step * (load[c]! / capacity[c]! - 1))
    }
  }
  return out
}

function cheapest({ clusters, eligible, rttMs }: Population, b: number, price: Float64Array, capacity: Float64Array) {
  let best = -1
  let least = Number.POSITIVE_INFINITY
  for (let c = 0, i = b * clusters; c < clusters; c++, i++) {
    if (eligible[i] === 0 || capacity[c]! <= 0) continue
    const cost = rttMs[i]! + price[c]!
    if (cost >= least) continue
    least = cost
    best = c
  }
  return best
}
