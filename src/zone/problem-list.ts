import type { Problem } from '../base/problem.ts'

/** A file of the wrong kind has as many errors as lines: so many are told, the rest is counted. */
const MOST_TOLD = 50

/** Collects the problems of one zone, bounded. */
export class ProblemList {
  readonly #told: Problem[] = []
  readonly #counts = { error: 0, warning: 0 }
  readonly #file: string

  /** `file` names the zone as a whole, for the closing remark. */
  constructor(file: string) {
    this.#file = file
  }

  get errors(): number {
    return this.#counts.error
  }

  add(severity: 'error' | 'warning', file: string, line: number, column: number, message: string): void {
    if (++this.#counts[severity] <= MOST_TOLD) this.#told.push({ severity, file, line, column, message })
  }

  /** All that was told, in order of discovery, and what was not as one remark per severity. */
  finish(): Problem[] {
    const rest = (['error', 'warning'] as const)
      .filter(severity => this.#counts[severity] > MOST_TOLD)
      .map((severity): Problem => {
        const message = `and ${this.#counts[severity] - MOST_TOLD} more ${severity}s`
        return { severity, file: this.#file, line: 0, column: 0, message }
      })
    return [...this.#told, ...rest]
  }
}
