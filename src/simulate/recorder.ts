import { RttHistogram } from './histogram.ts'
import { type AlarmSpan, type Peak, SAMPLE_EVERY } from './outcome.ts'
import type { Population } from './population.ts'
import type { Resolvers } from './resolvers.ts'

/** An answer this much slower than the best is as good: ms, or a share of it, whichever is more. */
const CLOSE_MS = 10
const CLOSE_SHARE = 0.2

/** Gathers what a run shows while it goes on. */
export class Recorder {
  readonly loads: Float32Array
  readonly dead: Uint8Array
  readonly home: Float32Array
  readonly demand: Float64Array
  readonly moved: Float64Array
  readonly movedParts: Uint32Array
  readonly served = new RttHistogram()
  readonly oracle = new RttHistogram()
  readonly geo = new RttHistogram()
  /** Sum over samples of each block's demand. */
  readonly blockDemand: Float64Array
  worst: Peak | null = null
  readonly #population: Population
  readonly #alarms = new Map<string, { from: number; to: number; message: string }>()
  #lost = 0
  #asked = 0
  #close = 0

  constructor(population: Population, seconds: number) {
    const { clusters, count } = population
    const samples = Math.ceil(seconds / SAMPLE_EVERY)
    this.#population = population
    this.loads = new Float32Array(seconds * clusters)
    this.dead = new Uint8Array(seconds * clusters)
    this.home = new Float32Array(samples * clusters)
    this.demand = new Float64Array(samples)
    this.moved = new Float64Array(samples)
    this.movedParts = new Uint32Array(samples)
    this.blockDemand = new Float64Array(count)
  }

  /** A part has changed cluster. */
  move(t: number, amount: number): void {
    const sample = Math.floor(t / SAMPLE_EVERY)
    this.moved[sample]! += amount
    this.movedParts[sample]!++
  }

  /** Loads of second `t` in the unit of capacities; true when they are the highest so far. */
  load(t: number, loads: Float64Array, capacity: Float64Array, isDead: (cluster: number) => boolean): boolean {
    let higher = false
    loads.forEach((load, c) => {
      const i = t * loads.length + c
      if (isDead(c)) {
        this.dead[i] = 1
        this.#lost += load
      } else {
        this.loads[i] = load / capacity[c]!
        if (this.worst === null || this.loads[i]! > this.worst.load) {
          this.worst = { cluster: c, second: t, load: this.loads[i]! }
          higher = true
        }
      }
    })
    return higher
  }

  /** Demand of one second: all, and what found no cluster. */
  ask(all: number, unserved: number): void {
    this.#asked += all
    this.#lost += unserved
  }

  /** Round trips at a sample: where resolvers send each block, and where the oracle and geography would. */
  sample(demand: Float64Array, resolvers: Resolvers, oracle: Int16Array, geo: Int16Array, isDead: Uint8Array): void {
    const { count, clusters, rttMs } = this.#population
    for (let b = 0; b < count; b++) {
      const amount = demand[b]!
      this.blockDemand[b]! += amount
      if (amount === 0 || oracle[b]! < 0) continue
      const best = rttMs[b * clusters + oracle[b]!]!
      this.oracle.add(best, amount)
      this.geo.add(rttMs[b * clusters + geo[b]!]!, amount)
      this.#serve(b, resolvers.cluster[b]!, amount * resolvers.quickShare, best, isDead)
      this.#serve(b, resolvers.cluster[count + b]!, amount * resolvers.slowShare, best, isDead)
    }
  }

  #serve(b: number, cluster: number, amount: number, best: number, isDead: Uint8Array): void {
    if (cluster < 0 || isDead[cluster] === 1) return
    const rtt = this.#population.rttMs[b * this.#population.clusters + cluster]!
    this.served.add(rtt, amount)
    if (rtt <= best + Math.max(CLOSE_MS, CLOSE_SHARE * best)) this.#close += amount
  }

  alarm(t: number, message: string): void {
    // Figures and lists of names change from plan to plan; the sentence around them does not.
    const kind = message.replace(/[\d.]+/g, '#').replace(/ of .*?:/, ':')
    const span = this.#alarms.get(kind)
    if (span === undefined) this.#alarms.set(kind, { from: t, to: t, message })
    else Object.assign(span, { to: t, message })
  }

  get alarms(): AlarmSpan[] {
    return [...this.#alarms.values()]
  }

  /** Share of all demand that nobody served. */
  get lost(): number {
    return this.#asked > 0 ? this.#lost / this.#asked : 0
  }

  get close(): number {
    return this.oracle.total > 0 ? this.#close / this.oracle.total : Number.NaN
  }
}
