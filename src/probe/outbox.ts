import type { Measurement } from '../model/measurement.ts'

export interface OutboxDeps {
  /** Takes a batch over; when it rejects, the rows are kept and offered again. */
  readonly write: (rows: readonly Measurement[]) => Promise<void>
  /** Why rows must not be written now; null: they may. */
  readonly refusal: () => string | null
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/** What waited for a store that was away is more than one call of the HTTP API takes. */
const PORTION = 5_000

/** Rows on their way to the store: of each block the newest. */
export class Outbox {
  readonly #deps: OutboxDeps
  readonly #rows = new Map<string, Measurement>()
  #writing: Promise<void> = Promise.resolve()
  #busy = false
  #told = ''
  written = 0
  failures = 0
  refused = 0

  constructor(deps: OutboxDeps) {
    this.#deps = deps
  }

  get waiting(): number {
    return this.#rows.size
  }

  put(block: string, row: Measurement): void {
    this.#rows.set(block, row)
  }

  /** Offers what there is, unless that is under way. Never rejects. */
  flush(): Promise<void> {
    if (!this.#busy && this.#rows.size > 0) {
      this.#busy = true
      this.#writing = this.#write().finally(() => {
        this.#busy = false
      })
    }
    return this.#writing
  }

  async #write(): Promise<void> {
    const rows = [...this.#rows]
    this.#rows.clear()
    const refusal = this.#deps.refusal()
    if (refusal !== null) {
      this.refused += rows.length
      return this.#tell(refusal, 'refusal')
    }
    let done = 0
    try {
      for (; done < rows.length; done += PORTION) {
        const portion = rows.slice(done, done + PORTION).map(([, row]) => row)
        await this.#deps.write(portion)
        this.written += portion.length
      }
      this.#told = ''
    } catch (error) {
      this.failures++
      this.#tell(`measurements wait: ${error instanceof Error ? error.message : String(error)}`)
      // A newer row of the same block may have come meanwhile: it stays.
      for (const [key, row] of rows.slice(done)) if (!this.#rows.has(key)) this.#rows.set(key, row)
    }
  }

  /** Once, until it is another thing or all was well in between; `key` names the thing, where its text has figures. */
  #tell(what: string, key = what): void {
    if (key === this.#told) return
    this.#told = key
    this.#deps.log('warn', what)
  }
}
