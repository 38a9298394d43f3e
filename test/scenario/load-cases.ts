import { SLOTS } from '../../src/route/tables.ts'
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

/** A crowd among a cluster's own blocks: one of middling size is asked for `times` its capacity. */
export function flashCrowd(options: CaseOptions, times: number): Case {
  const world = worldAt(options, 0.5)
  const hot = middling(world, options.seed)
  const growth = (times * world.capacity[hot]!) / homeDemand(world, world.demand)[hot]!
  return crowd('flash crowd', world, options, b => (world.rows.slots[b * SLOTS] === hot ? growth : 1))
}

/**
 * The same over borders: demand grows around the cluster, less and less with the distance, until its own blocks ask for `times` its capacity. Harder:
 * how a catchment's growth divides among its next choices cannot be seen in the reports until the blocks have been turned away.
 */
export function wideCrowd(options: CaseOptions, times: number): Case {
  const world = worldAt(options, 0.5)
  const hot = middling(world, options.seed)
  return crowd('wide crowd', world, options, crowdFactor(world, hot, times))
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

/** A crowd among a cluster's own blocks, whose main helper has an exporter that is stuck. */
export function frozenReport(options: CaseOptions, times: number): Case {
  const base = flashCrowd(options, times)
  const helper = mainHelper(base.world, middling(base.world, options.seed))
  return {
    ...base,
    scenario: { ...base.scenario, name: 'frozen report', frozen: (c, t) => c === helper && t >= EVENT - 60 },
  }
}

/** One block has 15 % of the capacity of the cluster that gets a crowd; it grows with the others. */
export function bigBlock(options: CaseOptions, times: number): Case {
  const small = worldAt(options, 0.5)
  const hot = middling(small, options.seed)
  const own = (b: number): boolean => small.rows.slots[b * SLOTS] === hot
  const growth = (times * small.capacity[hot]!) / homeDemand(small, small.demand)[hot]!
  const block = small.demand.findIndex((_, b) => own(b))
  const demand = small.demand.with(block, (0.15 * small.capacity[hot]!) / growth)
  const weight = options.weights === 'leaves' ? small.rows.weight : demand.slice()
  const world = { ...small, demand, rows: { ...small.rows, weight } }
  return crowd('big block', world, options, b => (own(b) ? growth : 1))
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

const CROWD_KM = 800

/** Growth per block, `1 + g * exp(-(km/800)^2)`, with g such that the home demand of `hot` becomes `times` its capacity. */
function crowdFactor(world: World, hot: number, times: number): (block: number) => number {
  const km = (b: number): number => Math.hypot(world.blockX[b]! - world.x[hot]!, world.blockY[b]! - world.y[hot]!)
  const near = world.demand.map((_, b) => Math.exp(-((km(b) / CROWD_KM) ** 2)))
  let [grows, all] = [0, 0]
  world.demand.forEach((d, b) => {
    if (world.rows.slots[b * SLOTS] !== hot) return
    grows += d * near[b]!
    all += d
  })
  const growth = Math.max(0, (times * world.capacity[hot]! - all) / grows)
  return b => 1 + growth * near[b]!
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
