/** The golden ratio: its multiples, taken modulo 1, lie more evenly than those of any other number (three-gap theorem). */
const STEP = (Math.sqrt(5) - 1) / 2

/**
 * Places on a circle of circumference 1. However many are taken, in whatever order they come and go, they lie about evenly, and none ever
 * moves: whoever has one keeps it while others come. Neighbours in the order of taking lie far apart.
 */
export class Ring {
  readonly #free: number[] = []
  #taken = 0

  take(): Seat {
    const index = this.#free.pop() ?? this.#taken++
    return { index, phase: (index * STEP) % 1 }
  }

  giveBack({ index }: Seat): void {
    this.#free.push(index)
  }
}

export interface Seat {
  readonly index: number
  /** 0..1. */
  readonly phase: number
}

/** The first moment after `after` that lies `phase` of an interval past a whole number of intervals since `origin`. All in ms. */
export function nextAt(phase: number, intervalMs: number, origin: number, after: number): number {
  const first = origin + phase * intervalMs
  return first + Math.max(0, Math.floor((after - first) / intervalMs) + 1) * intervalMs
}
