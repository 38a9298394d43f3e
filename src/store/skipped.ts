/** Counts stored values that could not be read, and says so in the log: at once for the first, then at most once a minute. */
export class Skipped {
  count = 0
  readonly #log: (level: 'warn', message: string) => void
  readonly #now: () => number
  #saidAt = Number.NEGATIVE_INFINITY
  #said = 0

  constructor(log: (level: 'warn', message: string) => void, now: () => number) {
    this.#log = log
    this.#now = now
  }

  /** `what` names the place: `kingcdn:rtt:192.0.2.0/24`, `journal.jsonl:17`. */
  add(what: string, why: string, count = 1): void {
    if (count <= 0) return
    this.count += count
    if (this.#now() - this.#saidAt < 60_000) return
    this.#saidAt = this.#now()
    const others = this.count - this.#said - 1
    this.#said = this.count
    const name = what.length > 120 ? `${what.slice(0, 120)}...` : what
    this.#log('warn', `store: skipped ${name}: ${why}${others > 0 ? ` (and ${others} more)` : ''}`)
  }
}
