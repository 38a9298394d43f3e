/** Sets of clusters by number; 0 is the empty set. Equal sets share a number. */
export class ClusterSets {
  readonly #clusters: number
  readonly #numbers = new Map<string, number>()
  readonly #members: Uint8Array[] = []

  constructor(clusters: number) {
    this.#clusters = clusters
    this.number([])
  }

  number(members: readonly number[]): number {
    const key = [...new Set(members)].sort((a, b) => a - b).join()
    const held = this.#numbers.get(key)
    if (held !== undefined) return held
    const flags = new Uint8Array(this.#clusters)
    for (const member of members) flags[member] = 1
    this.#numbers.set(key, this.#members.length)
    return this.#members.push(flags) - 1
  }

  /** One flag per cluster. */
  members(number: number): Uint8Array {
    return this.#members[number]!
  }
}
