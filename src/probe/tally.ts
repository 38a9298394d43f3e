import {
  PROBE_METHODS,
  PROBE_OUTCOMES,
  type ProbeCounts,
  type ProbeMethod,
  type ProbeOutcome,
} from '../model/probe-status.ts'

/** The share of the budget is that of about the last minute. */
const HALF_LIFE_MS = 30_000

/** Counts probes by method and outcome, and the packets that they cost. */
export class Tally {
  readonly #counts = Object.fromEntries(
    PROBE_METHODS.map(method => [method, Object.fromEntries(PROBE_OUTCOMES.map(outcome => [outcome, 0]))]),
  ) as Record<ProbeMethod, Record<ProbeOutcome, number>>
  packets = 0
  /** Packets and seconds, those long past hardly. */
  #lately = 0
  #seconds = 0
  #at: number

  constructor(now: number) {
    this.#at = now
  }

  get counts(): ProbeCounts {
    return this.#counts
  }

  count(method: ProbeMethod, outcome: ProbeOutcome): void {
    this.#counts[method][outcome]++
  }

  spend(packets: number): void {
    this.packets += packets
    this.#lately += packets
  }

  /** Packets per second of the last minute or so. */
  rate(now: number): number {
    const elapsed = Math.max(0, now - this.#at)
    const faded = 2 ** (-elapsed / HALF_LIFE_MS)
    this.#at = now
    this.#lately *= faded
    this.#seconds = this.#seconds * faded + elapsed / 1000
    return this.#seconds === 0 ? 0 : this.#lately / this.#seconds
  }

  total(outcome: ProbeOutcome): number {
    return PROBE_METHODS.reduce((sum, method) => sum + this.#counts[method][outcome], 0)
  }
}
