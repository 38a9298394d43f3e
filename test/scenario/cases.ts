import type { Happening, Scenario, ScenarioEvent } from '../../src/model/scenario.ts'
import { DEFAULT_SCENARIO } from '../../src/model/scenario.ts'
import { evenest, slotsOf } from '../../src/simulate/evenest.ts'
import { Fleet } from '../../src/simulate/fleet.ts'
import { seeded } from '../../src/simulate/random.ts'
import { Resolvers } from '../../src/simulate/resolvers.ts'
import { inventWorld, type World, type WorldOptions } from './invented-world.ts'

/** A world and what happens in it. */
export interface Case {
  readonly world: World
  readonly scenario: Scenario
  /** Least possible highest load (share of capacity) that blocks' slots allow once the event is on: an upper bound of the optimum. */
  readonly evenest: number
}

export interface CaseOptions extends Omit<WorldOptions, 'utilisation'> {
  /** Seconds after the event. */
  readonly seconds: number
  readonly noise: number
}

/** When the disturbance begins. */
export const EVENT = 120

/** A crowd among a cluster's own blocks: one of middling size is asked for `times` its capacity. */
export function flashCrowd(options: CaseOptions, times: number): Case {
  const world = worldAt(options, 0.5)
  const hot = middling(world, options.seed)
  const factor = (times * world.capacity[hot]!) / homeDemand(world)[hot]!
  return play(world, options, [grow([hot], world, factor)])
}

/** The same over borders: the blocks of the clusters around grow too, the less the farther away they are. */
export function wideCrowd(options: CaseOptions, times: number): Case {
  const world = worldAt(options, 0.5)
  const hot = middling(world, options.seed)
  const factor = (times * world.capacity[hot]!) / homeDemand(world)[hot]!
  const around = nearest(world, hot, 4)
  return play(world, options, [
    grow([hot], world, factor),
    grow(around.slice(0, 2), world, 1 + (factor - 1) * 0.4),
    grow(around.slice(2), world, 1 + (factor - 1) * 0.15),
  ])
}

/** Demand of a third of all clusters, side by side, grows by so much that every one of them would be full. */
export function regionHot(options: CaseOptions, times: number): Case {
  const world = worldAt(options, 0.4)
  const hot = middling(world, options.seed)
  return play(world, options, [grow([hot, ...nearest(world, hot, Math.floor(options.clusters / 3))], world, times)])
}

/** The largest cluster (by its own blocks' demand) dies. */
export function largestDies(options: CaseOptions, utilisation: number): Case {
  const world = worldAt(options, utilisation)
  const home = homeDemand(world)
  const largest = home.indexOf(Math.max(...home))
  return play(world, options, [{ kind: 'fail', clusters: [idOf(world, largest)] }], new Set([largest]))
}

/** Day and night go round, twenty times faster than real. */
export function diurnal(options: CaseOptions, amplitude: number): Case {
  const world = worldAt(options, 0.5)
  const swing: Happening = { kind: 'swing', who: {}, amplitude, period: 4320 }
  const factor = (b: number, turn: number): number =>
    1 + amplitude * Math.sin(2 * Math.PI * (turn + world.population.lon[b]! / 360))
  const worst = [0, 1, 2, 3, 4, 5, 6, 7].map(k =>
    evenestOf(
      world,
      world.population.demand.map((d, b) => d * factor(b, k / 8)),
      new Set(),
    ),
  )
  return { ...play(world, options, [swing]), evenest: Math.max(...worst) }
}

/** A crowd among a cluster's own blocks, whose main helper has an exporter that is stuck. */
export function frozenReport(options: CaseOptions, times: number): Case {
  const base = flashCrowd(options, times)
  const helper = idOf(base.world, mainHelper(base.world, middling(base.world, options.seed)))
  const frozen: ScenarioEvent = { at: EVENT - 60, kind: 'frozen', clusters: [helper] }
  return { ...base, scenario: { ...base.scenario, events: [frozen, ...base.scenario.events] } }
}

/** One block has 15 % of the capacity of the cluster that gets a crowd; it grows with the others. */
export function bigBlock(options: CaseOptions, times: number): Case {
  const small = worldAt(options, 0.5)
  const hot = middling(small, options.seed)
  const factor = (times * small.capacity[hot]!) / homeDemand(small)[hot]!
  const demand = small.population.demand.slice()
  demand[small.first.indexOf(hot)] = (0.15 * small.capacity[hot]!) / factor
  const world = { ...small, population: { ...small.population, demand } }
  return play(world, options, [grow([hot], world, factor)])
}

/** Everything grows to so much of all capacity. */
export function totalDemand(options: CaseOptions, utilisation: number): Case {
  const world = worldAt(options, 0.45)
  return play(world, options, [{ kind: 'demand', who: {}, factor: utilisation / 0.45, over: 0 }])
}

function worldAt(options: CaseOptions, utilisation: number): World {
  return inventWorld({ ...options, utilisation })
}

function play(world: World, options: CaseOptions, events: Happening[], dead: ReadonlySet<number> = new Set()): Case {
  const factors = world.population.demand.map((amount, b) =>
    events.reduce((d, event) => (event.kind === 'demand' && isOf(world, b, event) ? d * event.factor : d), amount),
  )
  const scenario: Scenario = {
    ...DEFAULT_SCENARIO,
    seconds: EVENT + options.seconds,
    warmUp: 0,
    seed: options.seed,
    events: events.map(event => ({ at: EVENT, ...event })),
    reports: { ...DEFAULT_SCENARIO.reports, noise: options.noise },
    demandKnown: options.demandKnown,
  }
  return { world, scenario, evenest: evenestOf(world, factors, dead) }
}

const isOf = (world: World, b: number, { who }: Extract<Happening, { kind: 'demand' }>): boolean =>
  who.firstAt === undefined || who.firstAt.includes(idOf(world, world.first[b]!))

function grow(clusters: readonly number[], world: World, factor: number): Happening {
  return { kind: 'demand', who: { firstAt: clusters.map(c => idOf(world, c)) }, factor, over: 0 }
}

/** See src/simulate/evenest.ts. */
function evenestOf(
  { sources, tables, population, capacity }: World,
  demand: Float64Array,
  dead: ReadonlySet<number>,
): number {
  const { unshed } = new Fleet(sources.deployment.clusters, DEFAULT_SCENARIO, seeded(1))
  const resolvers = new Resolvers(population, { share: 0, ttls: 1 }, 1)
  const rows = Uint32Array.from({ length: population.count }, (_, b) =>
    resolvers.row(b, tables.route, unshed.current()),
  )
  return evenest(slotsOf(tables.route, rows), demand, capacity, c => !dead.has(c))
}

const idOf = (world: World, c: number): string => world.sources.deployment.clusters[c]!.id

/** A cluster out of the middle by home demand. */
function middling(world: World, seed: number): number {
  const home = homeDemand(world)
  const order = [...home.keys()].sort((a, b) => home[a]! - home[b]!)
  return order[Math.floor(order.length / 2) + (seed % 5)]!
}

/** The clusters with home blocks that are nearest to `c`. */
function nearest(world: World, c: number, count: number): number[] {
  const { clusters } = world.sources.deployment
  const home = homeDemand(world)
  const at = clusters[c]!.location
  const km = clusters.map(({ location }) => Math.hypot(location.lat - at.lat, location.lon - at.lon))
  return [...km.keys()]
    .filter(d => d !== c && home[d]! > 0)
    .sort((a, b) => km[a]! - km[b]!)
    .slice(0, count)
}

/** The cluster that most of `hot`'s demand goes to when `hot` is dead. */
function mainHelper({ sources, tables, population, first }: World, hot: number): number {
  const { clusters } = sources.deployment
  const fleet = new Fleet(clusters, DEFAULT_SCENARIO, seeded(1))
  fleet.befall({ at: 0, kind: 'fail', clusters: [clusters[hot]!.id] })
  fleet.judge(0)
  fleet.publish()
  const resolvers = new Resolvers(population, { share: 0, ttls: 1 }, 1)
  const second = new Float64Array(clusters.length)
  population.demand.forEach((amount, b) => {
    if (first[b] === hot) second[resolvers.choice(b, tables.route, fleet.unshed.current())]! += amount
  })
  return second.indexOf(Math.max(...second))
}

function homeDemand({ population, first, capacity }: World): Float64Array {
  const home = new Float64Array(capacity.length)
  population.demand.forEach((amount, b) => {
    home[first[b]!]! += amount
  })
  return home
}
