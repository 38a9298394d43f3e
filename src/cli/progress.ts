import type { Io } from './io.ts'

const WIDTH = 30
const EVERY_MS = 100

/** A bar on the terminal, at most ten times a second; nothing where standard error is no terminal. */
export class Progress {
  readonly #io: Io
  readonly #what: string
  readonly #total: number
  #drawnAt = 0

  /** `total` in the unit of {@link at}; 0: not known, then only the count is shown. */
  constructor(io: Io, what: string, total: number) {
    this.#io = io
    this.#what = what
    this.#total = total
  }

  at(done: number, note: string): void {
    const now = Date.now()
    if (!this.#io.interactive || now - this.#drawnAt < EVERY_MS) return
    this.#drawnAt = now
    const share = this.#total === 0 ? 0 : Math.min(1, done / this.#total)
    const filled = Math.round(share * WIDTH)
    const bar =
      this.#total === 0 ? '' : ` [${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${Math.floor(share * 100)} %`
    this.#io.err(`\r\u001b[K${this.#what}${bar} ${note}`)
  }

  /** Clears the line. */
  end(): void {
    if (this.#io.interactive && this.#drawnAt > 0) this.#io.err('\r\u001b[K')
  }
}
