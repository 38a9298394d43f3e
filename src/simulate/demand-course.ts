import { mask32, type Prefix } from '../base/prefix.ts'
import type { DemandChoice, ScenarioEvent } from '../model/scenario.ts'
import type { Population } from './population.ts'

type Change = Extract<ScenarioEvent, { kind: 'demand' | 'swing' }>

/** While demand is on its way to a new level or swings, it is looked at this often, seconds. */
const LOOK_EVERY = 5

/** One choice of blocks, and the factor on their demand. */
interface Strand {
  readonly member: Uint8Array
  from: number
  to: number
  start: number
  over: number
  amplitude: number
  period: number
  swingFrom: number
}

/**
 * The demand of every block over time: its usual demand times the factors of all choices that it belongs to. A later event for the same choice takes
 * the place of the earlier one.
 */
export class DemandCourse {
  /** Present demand per block. */
  readonly now: Float64Array
  readonly #population: Population
  /** First choice of every block at the start. */
  readonly #first: Int16Array
  readonly #clusterIndex: ReadonlyMap<string, number>
  readonly #serviceIndex: ReadonlyMap<string, number>
  readonly #strands = new Map<string, Strand>()

  constructor(
    population: Population,
    first: Int16Array,
    clusterIndex: ReadonlyMap<string, number>,
    serviceIndex: ReadonlyMap<string, number>,
  ) {
    this.#population = population
    this.#first = first
    this.#clusterIndex = clusterIndex
    this.#serviceIndex = serviceIndex
    this.now = population.demand.slice()
  }

  change(event: Change): void {
    const key = JSON.stringify(event.who)
    const strand = this.#strands.get(key) ?? this.#strand(event.who)
    this.#strands.set(key, strand)
    if (event.kind === 'swing') {
      strand.amplitude = event.amplitude
      strand.period = event.period
      strand.swingFrom = event.at
    } else {
      strand.from = levelOf(strand, event.at)
      strand.to = event.factor
      strand.start = event.at
      strand.over = event.over
    }
  }

  /** Brings {@link now} to second `t`; `news`: an event of this second has changed something. */
  advance(t: number, news: boolean): void {
    const moving = [...this.#strands.values()].some(s => s.amplitude > 0 || t <= s.start + s.over + LOOK_EVERY)
    if (!news && !(moving && t % LOOK_EVERY === 0)) return
    this.now.set(this.#population.demand)
    for (const strand of this.#strands.values()) this.#apply(strand, t)
  }

  #apply(strand: Strand, t: number): void {
    const level = levelOf(strand, t)
    const turn = strand.period > 0 ? (t - strand.swingFrom) / strand.period : 0
    strand.member.forEach((member, b) => {
      if (member === 0) return
      const swing = strand.amplitude * Math.sin(2 * Math.PI * (turn + this.#population.lon[b]! / 360))
      this.now[b]! *= level * (1 + swing)
    })
  }

  #strand({ prefixes, countries, services, firstAt }: DemandChoice): Strand {
    const { family, hi, lo, country, service, count } = this.#population
    const first = firstAt?.map(id => this.#clusterIndex.get(id))
    const numbers = services?.map(id => this.#serviceIndex.get(id))
    const inside = (b: number): boolean => prefixes!.some(prefix => holds(prefix, family[b]!, hi[b]!, lo[b]!))
    const member = new Uint8Array(count)
    for (let b = 0; b < count; b++) {
      const all =
        (prefixes === undefined || inside(b)) &&
        (countries === undefined || countries.includes(country[b] ?? '')) &&
        (numbers === undefined || numbers.includes(service[b]!)) &&
        (first === undefined || first.includes(this.#first[b]!))
      member[b] = all ? 1 : 0
    }
    return { member, from: 1, to: 1, start: 0, over: 0, amplitude: 0, period: 0, swingFrom: 0 }
  }
}

/** Evenly from one level to the next. */
function levelOf({ from, to, start, over }: Strand, t: number): number {
  return over === 0 || t >= start + over ? to : from + ((to - from) * (t - start)) / over
}

function holds(prefix: Prefix, family: number, hi: number, lo: number): boolean {
  return (
    prefix.family === family &&
    (hi & mask32(prefix.length)) >>> 0 === prefix.hi &&
    (lo & mask32(prefix.length - 32)) >>> 0 === prefix.lo
  )
}
