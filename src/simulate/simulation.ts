import { millis } from '../base/brand.ts'
import type { Scenario, ScenarioEvent } from '../model/scenario.ts'
import { type Controller, type ControlVerdict, newLoadController, PLAN_EVERY } from './controller.ts'
import { DemandCourse } from './demand-course.ts'
import { evenest, slotsOf } from './evenest.ts'
import { EPOCH, Fleet } from './fleet.ts'
import { bestOf, oracleWithin } from './oracle.ts'
import { type Outcome, SAMPLE_EVERY } from './outcome.ts'
import type { Population } from './population.ts'
import { type Random, seeded } from './random.ts'
import { Recorder } from './recorder.ts'
import { Resolvers } from './resolvers.ts'
import { compileTables, type Sources, type Tables } from './tables.ts'

/** The leader rescores this often, seconds: what is measured ages (control/leader.ts). */
const RESCORE_EVERY = 60

export interface SimulationInput {
  readonly sources: Sources
  /** Compiled from `sources` as of {@link EPOCH}. */
  readonly tables: Tables
  readonly population: Population
  readonly scenario: Scenario
  readonly controller?: Controller
  /** Told now and then how many seconds are done. */
  readonly tell?: (second: number) => void
}

/** Plays a scenario. The same input gives the same outcome, to the last bit. */
export function simulate(input: SimulationInput): Outcome {
  return new Simulation(input).run()
}

/** What a plan finds where nothing else is known of blocks: the moment of the highest load. */
interface Moment {
  readonly slots: Uint16Array
  readonly demand: Float64Array
  readonly open: readonly boolean[]
}

/**
 * The world, second by second:
 *
 *   events -> demand -> resolvers whose answers end ask route() -> loads -> reports -> (every 10 s) the plan -> live table
 */
class Simulation {
  readonly #input: SimulationInput
  readonly #scenario: Scenario
  readonly #population: Population
  readonly #controller: Controller
  readonly #capacity: Float64Array
  readonly #fleet: Fleet
  readonly #resolvers: Resolvers
  readonly #recorder: Recorder
  readonly #course: DemandCourse
  readonly #ttl: number
  #tables: Tables
  /** First usable choice of every block, as if nobody were turned away. */
  #home: Int16Array
  #slots: Uint16Array
  #oracle: Int16Array = new Int16Array(0)
  #geo: Int16Array = new Int16Array(0)
  #dead: Uint8Array
  #verdict: ControlVerdict | null = null
  #worst: Moment | null = null
  readonly #stale = new Set<string>()
  readonly #upSamples: Float64Array

  constructor(input: SimulationInput) {
    const { sources, population, scenario, tables } = input
    const { clusters, services } = sources.deployment
    const random: Random = seeded(scenario.seed)
    this.#input = input
    this.#scenario = scenario
    this.#population = population
    this.#controller = input.controller ?? newLoadController()
    this.#capacity = Float64Array.from(clusters, ({ capacity }) => capacity.value)
    this.#tables = tables
    this.#ttl = Math.max(1, ...services.map(service => service.ttl.address))
    this.#fleet = new Fleet(clusters, scenario, seeded(scenario.seed ^ 0x5eed), services)
    for (const event of scenario.events) if (event.at === 0) this.#fleet.befall(event)
    this.#fleet.judge(0)
    this.#fleet.publish()
    this.#resolvers = new Resolvers(population, scenario.slowResolvers, this.#ttl)
    this.#recorder = new Recorder(population, scenario.seconds)
    this.#home = this.#firstChoices()
    this.#slots = this.#readSlots()
    this.#dead = new Uint8Array(clusters.length)
    this.#upSamples = new Float64Array(clusters.length)
    const indexOf = (items: readonly { id: string }[]) => new Map(items.map(({ id }, i) => [id, i]))
    this.#course = new DemandCourse(population, this.#home, indexOf(clusters), indexOf(services))
    this.#lookAround()
    this.#resolvers.start(tables.route, this.#fleet.live.current(), random)
  }

  run(): Outcome {
    const { seconds, warmUp, events } = this.#scenario
    const { every, lag } = this.#scenario.reports
    const held: Float64Array[] = []
    let next = 0
    for (let t = -warmUp; t < seconds; t++) {
      const today: ScenarioEvent[] = []
      while (next < events.length && events[next]!.at === t) today.push(events[next++]!)
      this.#happen(t, today)
      if (t > -warmUp) this.#ask(t)
      const loads = this.#measure(t)
      held.push(loads)
      if (held.length > lag + 1) held.shift()
      if (t >= 0 && t % SAMPLE_EVERY === 0) this.#sample(t)
      if (t % every === 0) this.#fleet.report(t, held[0]!)
      if (t > -warmUp && t % PLAN_EVERY === 0) this.#plan(t)
      if (t % 20 === 0) this.#input.tell?.(t)
    }
    return this.#outcome()
  }

  #happen(t: number, today: readonly ScenarioEvent[]): void {
    for (const event of today) {
      if (event.kind === 'demand' || event.kind === 'swing') this.#course.change(event)
      else if (t > 0) this.#fleet.befall(event)
    }
    this.#course.advance(t, today.length > 0)
    const judged = this.#fleet.judge(t)
    const rescored = t > 0 && t % RESCORE_EVERY === 0 && this.#rescore(t)
    if (!judged && !rescored && today.length === 0) return
    this.#fleet.publish()
    this.#home = this.#firstChoices()
    this.#lookAround()
  }

  #lookAround(): void {
    const { rttMs, km } = this.#population
    this.#dead = this.#dead.map((_, c) => (this.#fleet.isDead(c) ? 1 : 0))
    this.#oracle = bestOf(this.#population, rttMs, c => this.#fleet.isOpen(c))
    this.#geo = bestOf(this.#population, km, c => this.#fleet.isOpen(c))
  }

  /** Measurements of probers that still tell stay as fresh as they are; the others age, and may move the map. */
  #rescore(t: number): boolean {
    const { sources } = this.#input
    const silent = new Map(
      sources.deployment.clusters.map(({ id }) => [id, Math.max(0, t - this.#fleet.rttSilentSince(id))]),
    )
    if (sources.measurements.length === 0 || [...silent.values()].every(age => age === 0)) return false
    const measurements = sources.measurements.map(row => ({
      ...row,
      measuredAt: millis(row.measuredAt + 1000 * (t - (silent.get(row.cluster) ?? 0))),
    }))
    this.#tables = compileTables({ ...sources, measurements }, EPOCH + 1000 * t, this.#tables)
    this.#slots = this.#readSlots()
    return true
  }

  #ask(t: number): void {
    const { count } = this.#population
    const { quickShare, slowShare } = this.#resolvers
    this.#resolvers.ask(t + this.#scenario.warmUp, this.#tables.route, this.#fleet.live.current(), part => {
      const amount = part < count ? this.#course.now[part]! * quickShare : this.#course.now[part - count]! * slowShare
      if (amount > 0 && t >= 0) this.#recorder.move(t, amount)
    })
  }

  /** Loads of this second in the unit of capacities; a dead cluster carries none. */
  #measure(t: number): Float64Array {
    const { count } = this.#population
    const { cluster, quickShare, slowShare } = this.#resolvers
    const loads = new Float64Array(this.#capacity.length)
    const demand = this.#course.now
    let [all, unserved] = [0, 0]
    for (let b = 0; b < count; b++) {
      const amount = demand[b]!
      all += amount
      if (cluster[b]! >= 0) loads[cluster[b]!]! += amount * quickShare
      else unserved += amount * quickShare
      if (cluster[count + b]! >= 0) loads[cluster[count + b]!]! += amount * slowShare
      else unserved += amount * slowShare
    }
    if (t >= 0) this.#record(t, loads, all, unserved)
    return loads.map((load, c) => (this.#dead[c] === 1 ? 0 : load))
  }

  #record(t: number, loads: Float64Array, all: number, unserved: number): void {
    this.#recorder.ask(all, unserved)
    const higher = this.#recorder.load(t, loads, this.#capacity, c => this.#dead[c] === 1)
    if (higher) this.#worst = { slots: this.#slots, demand: this.#course.now.slice(), open: this.#open() }
  }

  #open(): boolean[] {
    return Array.from(this.#capacity, (_, c) => this.#fleet.isOpen(c))
  }

  #sample(t: number): void {
    const { demand, home } = this.#recorder
    const at = t / SAMPLE_EVERY
    const n = this.#capacity.length
    this.#course.now.forEach((amount, b) => {
      demand[at]! += amount
      if (this.#home[b]! >= 0) home[at * n + this.#home[b]!]! += amount / this.#capacity[this.#home[b]!]!
    })
    this.#upSamples.forEach((_, c) => {
      this.#upSamples[c]! += this.#fleet.isOpen(c) ? 1 : 0
    })
    this.#recorder.sample(this.#course.now, this.#resolvers, this.#oracle, this.#geo, this.#dead)
  }

  #plan(t: number): void {
    this.#verdict = this.#controller({
      clusters: this.#fleet.inputs(),
      market: this.#tables.market,
      ttlSeconds: this.#ttl,
      now: millis(EPOCH + t * 1000),
      state: asStored(this.#verdict?.state ?? null),
      allocation: asStored(this.#verdict?.allocation ?? null),
    })
    this.#fleet.setLevels(this.#verdict.levels)
    if (t < 0) return
    for (const message of this.#verdict.alarms) this.#recorder.alarm(t, message)
    for (const id of this.#verdict.stale) this.#stale.add(id)
  }

  #firstChoices(): Int16Array {
    const live = this.#fleet.unshed.current()
    return Int16Array.from({ length: this.#population.count }, (_, b) =>
      this.#resolvers.choice(b, this.#tables.route, live),
    )
  }

  #readSlots(): Uint16Array {
    const live = this.#fleet.unshed.current()
    const rows = Uint32Array.from({ length: this.#population.count }, (_, b) =>
      this.#resolvers.row(b, this.#tables.route, live),
    )
    return slotsOf(this.#tables.route, rows)
  }

  #outcome(): Outcome {
    const recorder = this.#recorder
    const samples = recorder.demand.length
    const mean = recorder.blockDemand.map(sum => sum / samples)
    const up = this.#capacity.map((capacity, c) => (capacity * this.#upSamples[c]!) / samples)
    const { served, oracle, geo, close, worst, lost, alarms, loads, dead, home, demand, moved, movedParts } = recorder
    const moment = this.#worst
    return {
      seconds: this.#scenario.seconds,
      clusters: this.#tables.route.clusterIds,
      loads,
      dead,
      home,
      demand,
      moved: moved.map((amount, i) => (demand[i]! > 0 ? amount / demand[i]! : 0)),
      movedParts,
      lost,
      roundTrips: { served, oracle, geo, close, oracleWithin: oracleWithin(this.#population, mean, up) },
      worst,
      worstBestPossible:
        moment === null
          ? Number.NaN
          : evenest(moment.slots, moment.demand, this.#capacity, c => moment.open[c] === true),
      alarms,
      stale: [...this.#stale],
      levels: this.#verdict?.levels ?? {},
      blocks: this.#population.count,
      trueShare: this.#population.trueShare,
    }
  }
}

/** Through JSON, as the store would carry it. */
const asStored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
