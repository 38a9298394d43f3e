import type { LoadPull, LoadSource } from '../../model/load-pull.ts'
import { MOST_LOAD } from '../../model/signals.ts'
import { Exposition } from './exposition.ts'
import { getLines } from './get-lines.ts'
import { type Load, LoadMeter } from './rate.ts'
import { type LineReader, PullFault } from './reading.ts'
import { StubStatus } from './stub-status.ts'

/** One target and what was read there. */
export class Feed {
  readonly target: LoadPull
  /** When it is read next, Unix ms. */
  dueAt: number
  busy = false
  /** What was wrong the last time, and since when; null: nothing, or not read yet. */
  fault: { readonly what: string; readonly since: number } | null = null
  readonly #meter: LoadMeter
  #underWay: AbortController | null = null

  constructor(target: LoadPull, dueAt: number) {
    this.target = target
    this.dueAt = dueAt
    const { source } = target
    this.#meter =
      source.kind === 'prometheus'
        ? new LoadMeter(source.counter, source.factor)
        : new LoadMeter(source.count === 'requests', 1)
  }

  /** null: no news, or not enough to tell a rate. Rejects with {@link PullFault}. `now` is asked when the page is there. */
  async read(now: () => number): Promise<Load | null> {
    const { source } = this.target
    const reader = readerOf(source)
    await this.#page(line => reader.line(line))
    const load = this.#meter.take(reader.finish(), now())
    if (load !== null && !(load.value <= MOST_LOAD)) throw new PullFault(`says ${load.value}, more than any load`)
    return load
  }

  /**
   * Sets the next turn after one that ended at `now`: on the grid that spreads the targets. Only the second reading of a counter comes half an
   * interval after the first, so that a new leader knows every rate within one interval.
   */
  schedule(now: number, wasReady: boolean): void {
    const { interval } = this.target
    if (!wasReady && this.isReady) this.dueAt = now + interval / 2
    else this.dueAt += interval * Math.max(1, Math.ceil((now - this.dueAt) / interval))
  }

  get isReady(): boolean {
    return this.#meter.isReady
  }

  /** Ends a reading that is under way; it rejects. */
  cancel(): void {
    this.#underWay?.abort('is not read any more')
  }

  async #page(take: (line: string) => void): Promise<void> {
    const { url, timeout } = this.target
    const ending = new AbortController()
    this.#underWay = ending
    const timer = setTimeout(() => ending.abort(`does not answer within ${timeout} ms`), timeout)
    try {
      await getLines(url, ending.signal, take)
    } finally {
      clearTimeout(timer)
      this.#underWay = null
    }
  }
}

function readerOf(source: LoadSource): LineReader {
  return source.kind === 'prometheus' ? new Exposition(source.metric, source.labels) : new StubStatus(source.count)
}
