import { SLOTS } from '../../src/plan/levels/rows.ts'
import type { Scenario } from './load-simulator.ts'
import { buildWorld, type World } from './load-world.ts'

export interface Case {
  readonly world: World
  readonly scenario: Scenario
  /** Least possible highest load (share of capacity) that blocks' lists allow once the event is on: an upper bound of the optimum. */
  readonly evenest: number
}

export interface CaseOptions {
  readonly seed: number
  readonly clusters: number
  readonly blocks: number
  readonly weights?: 'demand' | 'leaves'
  /** Seconds after the event. */
  readonly seconds?: number
}

const EVENT = 120

type Factor = (block: number, second: number) => number

/** A regional crowd: the home demand of one cluster of middling size grows to `times` its capacity, and that of the blocks around it alike. */
export function flashCrowd(options: CaseOptions, times: number): Case {
  const world = worldAt(options, 0.45)
  const hot = middling(world, options.seed)
  return crowd('flash crowd', world, options, regionFactor(world, hot, 600, times))
}

/** Demand in a third of the map grows by so much that every cluster there would be full. */
export function regionHot(options: CaseOptions, times: number): Case {
  const world = worldAt(options, 0.45)
  const hot = middling(world, options.seed)
  const inside = nearBlocks(world, hot, 2200)
  return crowd('region hot', world, options, b => (inside[b] === 1 ? times : 1))
}

/** The largest cluster (by its own blocks' demand) dies. */
export function largestDies(options: CaseOptions, utilisation: number): Case {
  const world = worldAt(options, utilisation)
  const home = homeDemand(world, world.demand)
  const largest = home.indexOf(Math.max(...home))
  const scenario: Scenario = {
    name: 'largest dies',
    seconds: EVENT + (options.seconds ?? 900),
    eventAt: EVENT,
    dead: (c, t) => c === largest && t >= EVENT,
  }
  return { world, scenario, evenest: evenest(world, world.demand, c => c !== largest) }
}

/** Day and night pass over the map from east to west, twenty times faster than real. */
export function diurnal(options: CaseOptions, swing: number): Case {
  const world = worldAt(options, 0.52)
  const period = 4320
  const factor: Factor = (b, t) => 1 + swing * Math.sin(2 * Math.PI * (t / period - world.blockX[b]! / 10_000))
  const scenario: Scenario = {
    name: 'diurnal swing',
    seconds: EVENT + (options.seconds ?? period),
    eventAt: EVENT,
    factor,
    changes: t => t % 5 === 0,
  }
  const worst = [0, 1, 2, 3, 4, 5, 6, 7].map(k =>
    evenest(
      world,
      world.demand.map((d, b) => d * factor(b, (k * period) / 8)),
      () => true,
    ),
  )
  return { world, scenario, evenest: Math.max(...worst) }
}

/** A crowd whose nearest helper has an exporter that is stuck. */
export function frozenReport(options: CaseOptions, times: number): Case {
  const base = flashCrowd(options, times)
  const hot = middling(base.world, options.seed)
  const helper = mainHelper(base.world, hot)
  return {
    ...base,
    scenario: { ...base.scenario, name: 'frozen report', frozen: (c, t) => c === helper && t >= EVENT - 60 },
  }
}

/** One block has 15 % of the capacity of a cluster that gets a crowd. */
export function bigBlock(options: CaseOptions, times: number): Case {
  const small = worldAt(options, 0.45)
  const hot = middling(small, options.seed)
  const block = small.demand.findIndex((_, b) => small.rows.slots[b * SLOTS] === hot)
  const grown = 0.15 * small.capacity[hot]!
  const demand = small.demand.with(block, grown)
  const weight = options.weights === 'leaves' ? small.rows.weight : demand.slice()
  const world = { ...small, demand, rows: { ...small.rows, weight } }
  return crowd('big block', world, options, regionFactor(world, hot, 600, times, block))
}

/** Everything grows to so much of all capacity. */
export function totalDemand(options: CaseOptions, utilisation: number): Case {
  const world = worldAt(options, 0.45)
  return crowd(`total ${utilisation.toFixed(2)}`, world, options, () => utilisation / 0.45)
}

function worldAt(options: CaseOptions, utilisation: number): World {
  return buildWorld({ weights: 'demand', ...options, utilisation })
}

function crowd(name: string, world: World, options: CaseOptions, during: (block: number) => number): Case {
  const factor: Factor = (b, t) => (t >= EVENT ? during(b) : 1)
  const scenario: Scenario = { name, seconds: EVENT + (options.seconds ?? 900), eventAt: EVENT, factor }
  return {
    world,
    scenario,
    evenest: evenest(
      world,
      world.demand.map((d, b) => d * during(b)),
      () => true,
    ),
  }
}

/** Factor for the blocks near `hot` that makes its home demand `times` its capacity. `spared` keeps its demand. */
function regionFactor(world: World, hot: number, km: number, times: number, spared = -1): (block: number) => number {
  const inside = nearBlocks(world, hot, km)
  if (spared >= 0) inside[spared] = 0
  let [near, other] = [0, 0]
  world.demand.forEach((d, b) => {
    if (world.rows.slots[b * SLOTS] !== hot) return
    if (inside[b] === 1) near += d
    else other += d
  })
  const grow = Math.max(1, (times * world.capacity[hot]! - other) / near)
  return b => (inside[b] === 1 ? grow : 1)
}

function nearBlocks(world: World, cluster: number, km: number): Uint8Array {
  return Uint8Array.from(world.demand, (_, b) =>
    Math.hypot(world.blockX[b]! - world.x[cluster]!, world.blockY[b]! - world.y[cluster]!) < km ? 1 : 0,
  )
}

/** A cluster out of the middle third by home demand. */
function middling(world: World, seed: number): number {
  const home = homeDemand(world, world.demand)
  const order = [...home.keys()].sort((a, b) => home[a]! - home[b]!)
  return order[Math.floor(order.length / 2) + (seed % 5)]!
}

/** The cluster that most of `hot`'s demand has as second slot. */
function mainHelper(world: World, hot: number): number {
  const second = new Float64Array(world.ids.length)
  world.demand.forEach((d, b) => {
    if (world.rows.slots[b * SLOTS] === hot) second[world.rows.slots[b * SLOTS + 1]!]! += d
  })
  return second.indexOf(Math.max(...second))
}

function homeDemand(world: World, demand: Float64Array): Float64Array {
  const home = new Float64Array(world.ids.length)
  demand.forEach((d, b) => {
    home[world.rows.slots[b * SLOTS]!]! += d
  })
  return home
}

/**
 * How even the load could be made if blocks could be split at will among the usable clusters of their lists: each block is spread by weights that fall
 * with the load of the cluster, again and again. Every state on the way is feasible, so the best one bounds the optimum from above.
 */
export function evenest(world: World, demand: Float64Array, usable: (cluster: number) => boolean): number {
  const { slots } = world.rows
  const n = world.ids.length
  const price = new Float64Array(n)
  let best = Number.POSITIVE_INFINITY
  const mean = new Float64Array(n)
  for (let round = 1; round <= 120; round++) {
    const load = new Float64Array(n)
    for (let b = 0; b < demand.length; b++) {
      let cheapest = -1
      for (let k = b * SLOTS; k < b * SLOTS + SLOTS; k++) {
        const c = slots[k]!
        if (c < n && usable(c) && (cheapest < 0 || price[c]! < price[cheapest]!)) cheapest = c
      }
      if (cheapest >= 0) load[cheapest]! += demand[b]!
    }
    let worst = 0
    for (let c = 0; c < n; c++) {
      mean[c]! += (load[c]! / world.capacity[c]! - mean[c]!) / round
      price[c]! += (0.3 / Math.sqrt(round)) * (load[c]! / world.capacity[c]! - 1)
      worst = Math.max(worst, mean[c]!)
    }
    best = Math.min(best, worst)
  }
  return best
}
