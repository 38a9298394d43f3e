import { NO_CLUSTER, type RouteTables, SLOTS } from '../route/tables.ts'

const ROUNDS = 120

/**
 * How even the load could be made if blocks could be split at will among the usable clusters of their slots: the least possible highest load, a
 * share of capacity. Each block goes to the cheapest of its clusters, and prices follow the loads (a Lagrangian of the linear program); the mean
 * of all rounds so far is a feasible plan, so the best one bounds the optimum from above.
 */
export function evenest(
  slots: Uint16Array,
  demand: Float64Array,
  capacity: Float64Array,
  usable: (cluster: number) => boolean,
): number {
  const n = capacity.length
  const open = Uint8Array.from(capacity, (_, c) => (usable(c) ? 1 : 0))
  const price = new Float64Array(n)
  const mean = new Float64Array(n)
  let best = Number.POSITIVE_INFINITY
  for (let round = 1; round <= ROUNDS; round++) {
    const load = loadAtPrices(slots, demand, open, price)
    let worst = 0
    for (let c = 0; c < n; c++) {
      mean[c]! += (load[c]! / capacity[c]! - mean[c]!) / round
      price[c]! += (0.3 / Math.sqrt(round)) * (load[c]! / capacity[c]! - 1)
      worst = Math.max(worst, mean[c]!)
    }
    best = Math.min(best, worst)
  }
  return best
}

function loadAtPrices(slots: Uint16Array, demand: Float64Array, open: Uint8Array, price: Float64Array): Float64Array {
  const load = new Float64Array(price.length)
  for (let b = 0; b < demand.length; b++) {
    let cheapest = -1
    for (let k = b * SLOTS; k < b * SLOTS + SLOTS && slots[k] !== NO_CLUSTER; k++) {
      const c = slots[k]!
      if (open[c] === 1 && (cheapest < 0 || price[c]! < price[cheapest]!)) cheapest = c
    }
    if (cheapest >= 0) load[cheapest]! += demand[b]!
  }
  return load
}

/** Slots of the rows of every block. */
export function slotsOf(tables: RouteTables, rows: Uint32Array): Uint16Array {
  const slots = new Uint16Array(rows.length * SLOTS)
  rows.forEach((row, b) => {
    for (let k = 0; k < SLOTS; k++) slots[b * SLOTS + k] = tables.rows.slot(row, k)
  })
  return slots
}
