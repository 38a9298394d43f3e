/** RTTs by (owner, cluster), of which the median counts: however many there are, and in whatever order they came. */
export class Medians {
  readonly #clusters: number
  readonly #values = new Map<number, number[]>()

  constructor(clusters: number) {
    this.#clusters = clusters
  }

  add(owner: number, cluster: number, rttMs: number): void {
    const key = owner * this.#clusters + cluster
    const values = this.#values.get(key)
    if (values === undefined) this.#values.set(key, [rttMs])
    else values.push(rttMs)
  }

  /** By owner, then by cluster. */
  read(each: (owner: number, cluster: number, rttMs: number) => void): void {
    for (const key of Float64Array.from(this.#values.keys()).sort())
      each(Math.floor(key / this.#clusters), key % this.#clusters, median(this.#values.get(key)!))
  }
}

/** Sorts `values`. Of an even number the mean of the middle two. */
function median(values: number[]): number {
  if (values.length === 1) return values[0]!
  values.sort((a, b) => a - b)
  const upper = values.length >> 1
  return values.length % 2 === 1 ? values[upper]! : (values[upper - 1]! + values[upper]!) / 2
}
