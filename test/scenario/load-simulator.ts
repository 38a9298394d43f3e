import { millis } from '../../src/base/brand.ts'
import type { ClusterLoadInput, LevelsVerdict } from '../../src/model/planner.ts'
import { planLevels } from '../../src/plan/levels/plan-levels.ts'
import { SLOTS } from '../../src/route/tables.ts'
import { gauss, seeded, type World } from './load-world.ts'

/** What happens in a run. Times in seconds since its start. */
export interface Scenario {
  readonly name: string
  readonly seconds: number
  /** When the disturbance begins: deadlines count from here. */
  readonly eventAt: number
  /** Factor on the usual demand of a block; asked again whenever `changes` says so. */
  readonly factor?: (block: number, second: number) => number
  readonly changes?: (second: number) => boolean
  /** Clusters that are dead at this second. The nameservers know {@link DETECTION} seconds later. */
  readonly dead?: (cluster: number, second: number) => boolean
  /** Clusters whose exporter is stuck since then. */
  readonly frozen?: (cluster: number, second: number) => boolean
}

export interface Conditions {
  readonly ttl: number
  /** Standard deviation of reports, relative. */
  readonly noise: number
  readonly lag: number
  readonly seed: number
}

export type Controller = (input: Parameters<typeof planLevels>[0]) => LevelsVerdict

/** What a run showed. Loads are shares of capacity. */
export interface Outcome {
  /** Highest load of any living cluster after the deadline: 2 TTL + 30 s after the event. */
  readonly latePeak: number
  /** The same from the event on, only where the cluster's own first-choice demand is not the cause: what spill did. */
  readonly spillPeak: number
  /** Seconds after the event until no cluster was above 0.85 any more; Infinity = never. */
  readonly settled: number
  /** Blocks that changed cluster by a change of levels: all, and in the second half of the time after the event. */
  readonly moves: number
  readonly lateMoves: number
  readonly alarms: readonly string[]
  readonly stale: readonly string[]
  /** Living clusters' loads at the end. */
  readonly finalLoads: Float64Array
  readonly levels: Readonly<Record<string, number>>
}

const PLAN_EVERY = 10
export const DETECTION = 5
export const SAFE_LOAD = 0.85

export function simulate(
  world: World,
  scenario: Scenario,
  conditions: Conditions,
  controller: Controller = planLevels,
): Outcome {
  return new Simulation(world, scenario, conditions, controller).run()
}

class Simulation {
  readonly #world: World
  readonly #scenario: Scenario
  readonly #conditions: Conditions
  readonly #controller: Controller
  readonly #random: () => number
  readonly #clusters: number
  readonly #blocks: number
  /** Present demand per block. */
  readonly #demand: Float64Array
  /** Where the resolvers of 90 % and of 10 % of each block's demand send it. */
  readonly #quick: Uint16Array
  readonly #slow: Uint16Array
  readonly #phase: Uint16Array
  readonly #slowPhase: Uint16Array
  readonly #levels: Uint16Array
  readonly #usable: Uint8Array
  readonly #loads: Float64Array[] = []
  #answers: Uint16Array
  #verdict: LevelsVerdict | null = null
  readonly #frozenValue = new Map<number, number>()

  constructor(world: World, scenario: Scenario, conditions: Conditions, controller: Controller) {
    this.#world = world
    this.#scenario = scenario
    this.#conditions = conditions
    this.#controller = controller
    this.#random = seeded(conditions.seed * 7919 + 17)
    this.#clusters = world.ids.length
    this.#blocks = world.demand.length
    this.#demand = world.demand.slice()
    this.#phase = Uint16Array.from({ length: this.#blocks }, () => Math.floor(this.#random() * conditions.ttl))
    this.#slowPhase = Uint16Array.from({ length: this.#blocks }, () => Math.floor(this.#random() * conditions.ttl * 4))
    this.#levels = new Uint16Array(this.#clusters)
    this.#usable = new Uint8Array(this.#clusters).fill(1)
    this.#answers = this.#answerAll()
    this.#quick = this.#answers.slice()
    this.#slow = this.#answers.slice()
  }

  run(): Outcome {
    const { seconds, eventAt } = this.#scenario
    const deadline = eventAt + 2 * this.#conditions.ttl + 30
    const alarms = new Set<string>()
    const stale = new Set<string>()
    let [latePeak, spillPeak, lastHigh, moves, lateMoves] = [0, 0, eventAt, 0, 0]
    for (let t = 0; t < seconds; t++) {
      this.#disturb(t)
      this.#ask(t)
      const loads = this.#measure(t)
      if (t >= eventAt) {
        const peak = Math.max(...loads)
        if (t >= deadline) latePeak = Math.max(latePeak, peak)
        if (peak > SAFE_LOAD) lastHigh = t + 1
        spillPeak = Math.max(spillPeak, this.#spillPeak(loads))
      }
      if (t % PLAN_EVERY !== 0 || t === 0) continue
      const moved = this.#plan(t)
      moves += t >= eventAt ? moved : 0
      lateMoves += t >= eventAt + (seconds - eventAt) / 2 ? moved : 0
      if (t >= eventAt) for (const alarm of this.#verdict!.alarms) alarms.add(alarm)
      if (t >= eventAt) for (const id of this.#verdict!.stale) stale.add(id)
    }
    return {
      latePeak,
      spillPeak,
      settled: lastHigh >= seconds ? Number.POSITIVE_INFINITY : lastHigh - eventAt,
      moves,
      lateMoves,
      alarms: [...alarms],
      stale: [...stale],
      finalLoads: this.#loads.at(-1)!.map((load, c) => load / this.#world.capacity[c]!),
      levels: this.#verdict!.levels,
    }
  }

  #disturb(t: number): void {
    const { factor, changes, dead, eventAt } = this.#scenario
    if (factor !== undefined && (t === 0 || (changes === undefined ? t === eventAt : changes(t))))
      for (let b = 0; b < this.#blocks; b++) this.#demand[b] = this.#world.demand[b]! * factor(b, t)
    if (dead === undefined) return
    for (let c = 0; c < this.#clusters; c++) {
      const usable = dead(c, Math.max(0, t - DETECTION)) ? 0 : 1
      if (usable === this.#usable[c]) continue
      this.#usable[c] = usable
      this.#answers = this.#answerAll()
    }
  }

  /** The resolvers whose cached answer expires now ask again. */
  #ask(t: number): void {
    const { ttl } = this.#conditions
    for (let b = 0; b < this.#blocks; b++) {
      if (this.#phase[b] === t % ttl) this.#quick[b] = this.#answers[b]!
      if (this.#slowPhase[b] === t % (4 * ttl)) this.#slow[b] = this.#answers[b]!
    }
  }

  /** Loads of this second as shares of capacity; a dead cluster has none. */
  #measure(t: number): Float64Array {
    const loads = new Float64Array(this.#clusters)
    for (let b = 0; b < this.#blocks; b++) {
      loads[this.#quick[b]!]! += 0.9 * this.#demand[b]!
      loads[this.#slow[b]!]! += 0.1 * this.#demand[b]!
    }
    for (let c = 0; c < this.#clusters; c++) if (this.#scenario.dead?.(c, t)) loads[c] = 0
    this.#loads.push(loads)
    return loads.map((load, c) => load / this.#world.capacity[c]!)
  }

  /** Highest load among clusters whose own blocks (first usable slot) would leave them below 0.85. */
  #spillPeak(loads: Float64Array): number {
    const { rows, capacity } = this.#world
    const home = new Float64Array(this.#clusters)
    for (let b = 0; b < this.#blocks; b++) {
      let k = b * SLOTS
      while (k < b * SLOTS + SLOTS - 1 && this.#usable[rows.slots[k]!] === 0) k++
      home[rows.slots[k]!]! += this.#demand[b]!
    }
    let peak = 0
    for (let c = 0; c < this.#clusters; c++) if (home[c]! < SAFE_LOAD * capacity[c]!) peak = Math.max(peak, loads[c]!)
    return peak
  }

  /** One run of the controller; returns how many blocks it moved. */
  #plan(t: number): number {
    this.#verdict = this.#controller({
      clusters: this.#world.ids.map((id, c) => this.#report(id, c, t)),
      rows: this.#world.rows,
      ttlSeconds: this.#conditions.ttl,
      now: millis(1_700_000_000_000 + t * 1000),
      // Through JSON, as the store would carry it.
      state: JSON.parse(JSON.stringify(this.#verdict?.state ?? null)),
    })
    this.#world.ids.forEach((id, c) => {
      this.#levels[c] = this.#verdict!.levels[id]!
    })
    const answers = this.#answerAll()
    let moved = 0
    for (let b = 0; b < this.#blocks; b++) if (answers[b] !== this.#answers[b]) moved++
    this.#answers = answers
    return moved
  }

  #report(id: string, c: number, t: number): ClusterLoadInput {
    const { lag, noise } = this.#conditions
    const true_ = this.#loads[Math.max(0, t - lag)]![c]!
    const fresh = true_ * Math.max(0, 1 + noise * gauss(this.#random))
    if (this.#scenario.frozen?.(c, t) && !this.#frozenValue.has(c)) this.#frozenValue.set(c, fresh)
    const value = this.#frozenValue.get(c) ?? fresh
    const report = this.#scenario.dead?.(c, t) ? {} : { load: { value, at: millis(1_700_000_000_000 + t * 1000) } }
    const capacity = this.#world.capacity[c]!
    return { id, capacity, target: 0.75, usable: this.#usable[c] === 1, drainPercent: 0, ...report }
  }

  /** The query road: first usable slot whose rank is not below the cluster's level; the last usable one always takes. */
  #answerAll(): Uint16Array {
    const { slots, ranks } = this.#world.rows
    const answers = new Uint16Array(this.#blocks)
    for (let b = 0; b < this.#blocks; b++) {
      let last = slots[b * SLOTS]!
      for (let k = b * SLOTS; k < b * SLOTS + SLOTS; k++) {
        const cluster = slots[k]!
        if (cluster >= this.#clusters || this.#usable[cluster] === 0) continue
        last = cluster
        if (ranks[k]! >= this.#levels[cluster]!) break
      }
      answers[b] = last
    }
    return answers
  }
}
