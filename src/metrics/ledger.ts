/**
 * Turns cumulative readings into steps that only go up. A source that starts again at zero (a restarted worker) is seen by its reading
 * having fallen: then everything it shows is new. A source that is away for a while keeps what it has counted.
 *
 *   reading of query-0:   10   25   |restart|   3   9
 *   step:                 10   15               3   6
 */
export class Ledger {
  readonly #last = new Map<string, number>()

  /** How much the counter called `key` has grown since its last reading; never negative. Anything that is no count gives 0. */
  step(key: string, reading: number): number {
    if (!Number.isFinite(reading) || reading < 0) return 0
    const last = this.#last.get(key) ?? 0
    this.#last.set(key, reading)
    return reading >= last ? reading - last : reading
  }
}
