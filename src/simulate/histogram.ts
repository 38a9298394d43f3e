/** Bins are 0.5 % wide: percentiles are that exact, and a million samples a second need no sort. */
const WIDTH = Math.log(1.005)
const LEAST_MS = 0.1
const MOST_MS = 60_000
const BINS = Math.ceil(Math.log(MOST_MS / LEAST_MS) / WIDTH) + 2

/** Round-trip times, weighted by demand. */
export class RttHistogram {
  readonly #weights = new Float64Array(BINS)
  #total = 0
  #sum = 0

  /** `ms` > 0; weights that are not positive do not count. */
  add(ms: number, weight: number): void {
    if (!(weight > 0)) return
    const bin = ms <= LEAST_MS ? 0 : Math.min(BINS - 1, 1 + Math.floor(Math.log(ms / LEAST_MS) / WIDTH))
    this.#weights[bin]! += weight
    this.#total += weight
    this.#sum += weight * ms
  }

  get total(): number {
    return this.#total
  }

  /** NaN while it is empty. */
  get mean(): number {
    return this.#sum / this.#total
  }

  /** The value below which `share` (0..1) of the weight lies, to 0.5 %; NaN while it is empty. */
  quantile(share: number): number {
    if (this.#total === 0) return Number.NaN
    let left = share * this.#total
    for (let bin = 0; bin < BINS; bin++) {
      left -= this.#weights[bin]!
      if (left <= 0 && this.#weights[bin]! > 0) return middle(bin)
    }
    return middle(BINS - 1)
  }

  /** Points of the distribution function, `[ms, share]`, ascending; only where it rises. */
  cdf(): [ms: number, share: number][] {
    const points: [number, number][] = []
    let below = 0
    this.#weights.forEach((weight, bin) => {
      if (weight === 0) return
      below += weight
      points.push([middle(bin), below / this.#total])
    })
    return points
  }
}

const middle = (bin: number): number => (bin === 0 ? LEAST_MS : LEAST_MS * Math.exp((bin - 0.5) * WIDTH))
