import { mix32 } from '../../src/base/hash.ts'
import type { DemandRows } from '../../src/plan/demand.ts'
import { binOf, LAST_RANK, ShedRanks } from '../../src/plan/shed-ranks.ts'
import { SLOTS } from '../../src/route/tables.ts'

/** Blocks and clusters on a plane of 10,000 x 5,000 km, every block with the four clusters of its own least delay. */
export interface Plane {
  readonly rows: DemandRows
  readonly capacity: Float64Array
  /** Demand of the blocks that have the cluster first. */
  readonly home: Float64Array
}

/** `utilisation`: all demand as a share of all capacity. Pareto demand, capacities that follow the home demand unevenly. The same every time. */
export function crowdedPlane(blocks: number, clusters: number, utilisation: number): Plane {
  let draws = 0
  const random = (): number => mix32(++draws) / 2 ** 32
  const x = Float64Array.from({ length: clusters }, () => 10_000 * random())
  const y = Float64Array.from({ length: clusters }, () => 5_000 * random())
  const slots = new Uint16Array(blocks * SLOTS)
  const bins = new Uint16Array(blocks * SLOTS)
  const weight = Float64Array.from({ length: blocks }, () => Math.min(25, (1 - random()) ** (-1 / 1.2)))
  const home = new Float64Array(clusters)
  const ranks = new ShedRanks(clusters)
  for (let b = 0; b < blocks; b++) {
    const [atX, atY] = [10_000 * random(), 5_000 * random()]
    const delay = x.map((cx, c) => 3 + Math.hypot(cx - atX, y[c]! - atY) / 65 + 2 * random())
    const best = [...delay.keys()].sort((p, q) => delay[p]! - delay[q]!).slice(0, SLOTS)
    best.forEach((c, k) => {
      slots[b * SLOTS + k] = c
      if (k === SLOTS - 1) return
      bins[b * SLOTS + k] = binOf(delay[best[k + 1]!]! - delay[c]!)
      ranks.count(c, k, false, bins[b * SLOTS + k]!, weight[b]!)
    })
    home[best[0]!]! += weight[b]!
  }
  ranks.settle()
  const rank = (_: number, i: number): number =>
    i % SLOTS === SLOTS - 1 ? LAST_RANK : ranks.rank(slots[i]!, slots[i]!, i % SLOTS, false, bins[i]!, i)
  const uneven = home.map(load => load * (0.6 + 0.8 * random()))
  const scale = home.reduce((a, b) => a + b, 0) / (utilisation * uneven.reduce((a, b) => a + b, 0))
  return {
    rows: { slots, ranks: Uint8Array.from(slots, rank), weight },
    capacity: uneven.map(share => share * scale),
    home,
  }
}
