import { setTimeout as sleep } from 'node:timers/promises'
import { type Millis, millis } from '../base/brand.ts'
import { LeafSums } from '../base/leaf-sums.ts'
import { comparePrefix, LEAF_LENGTH } from '../base/prefix.ts'
import { type DemandCount, type DemandCounter, type DemandTable, MOST_DEMAND_ROWS } from '../model/demand.ts'
import type { DemandSketch } from '../model/demand-sketch.ts'

/** An answer of five minutes ago counts half: demand moves with the hour of the day, and a survey is made every five minutes. */
export const HALF_LIFE_MS = 5 * 60_000
/** An answer takes microseconds: after this long no worker is in the half that it left. */
const LEAVE_MS = 20
/** Blocks that are remembered between two collections; what is lighter than the least is forgotten. */
const MOST_HELD = 2 * MOST_DEMAND_ROWS
const LEAST_HELD = 0.01

/** Adds up the sketches of all workers, in the main thread. */
export class DemandCollector implements DemandCounter {
  readonly #sketches: () => readonly DemandSketch[]
  readonly #sums = new LeafSums(MOST_HELD)
  /** All answers, and the seconds in which they were given; both fade like the sums. */
  #answers = 0
  #seconds = 0
  #at: number
  #collecting: Promise<void> | null = null

  constructor(sketches: () => readonly DemandSketch[], now: Millis) {
    this.#sketches = sketches
    this.#at = now
  }

  collect(now: Millis): Promise<void> {
    this.#collecting ??= this.#collect(now).finally(() => {
      this.#collecting = null
    })
    return this.#collecting
  }

  table(now: Millis): DemandTable {
    const seconds = Math.max(1, this.#seconds)
    const rows: DemandCount[] = []
    const heaviest = this.#sums.copy()
    heaviest.keep(MOST_DEMAND_ROWS, LEAST_HELD)
    heaviest.forEach((family, hi, lo, sum) => {
      rows.push({ prefix: { family, hi, lo, length: LEAF_LENGTH[family] }, qps: sum / seconds, reported: false })
    })
    rows.sort((a, b) => comparePrefix(a.prefix, b.prefix))
    return { at: now, total: this.#answers / seconds, queries: this.#answers, rows }
  }

  restore({ at, total, queries, rows }: DemandTable, now: Millis): void {
    if (total <= 0) return
    const faded = fading(now - at)
    const seconds = queries / total
    for (const { prefix, qps } of rows) this.#sums.add(prefix.family, prefix.hi, prefix.lo, qps * seconds * faded)
    this.#answers += queries * faded
    this.#seconds += seconds * faded
  }

  async #collect(now: Millis): Promise<void> {
    const sketches = this.#sketches()
    for (const sketch of sketches) sketch.turn()
    await sleep(LEAVE_MS)
    const elapsed = Math.max(0, now - this.#at)
    const faded = fading(elapsed)
    this.#at = millis(now)
    this.#sums.scale(faded)
    this.#answers *= faded
    this.#seconds = this.#seconds * faded + elapsed / 1000
    for (const sketch of sketches)
      this.#answers += sketch.drain((family, hi, lo, count) => this.#sums.add(family, hi, lo, count))
    if (this.#sums.size > MOST_HELD) this.#sums.keep(MOST_HELD, LEAST_HELD)
  }
}

const fading = (elapsedMs: number): number => 2 ** (-Math.max(0, elapsedMs) / HALF_LIFE_MS)
