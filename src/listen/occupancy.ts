interface Share<T> {
  readonly key: string
  /** The one that was quiet longest first. */
  readonly occupants: Set<T>
}

/**
 * Who holds how many places, and in which order they would give them up: first the address that holds most, of equals the one that was quiet
 * longest, and of its occupants again the one that was quiet longest. Everything but the walk costs the same however many there are.
 */
export class Occupancy<T> {
  readonly #shares = new Map<string, Share<T>>()
  readonly #shareOf = new Map<T, Share<T>>()
  /** Index = places held; the share that was quiet longest first. */
  readonly #byCount: Set<Share<T>>[] = []

  get size(): number {
    return this.#shareOf.size
  }

  all(): Iterable<T> {
    return this.#shareOf.keys()
  }

  /** Those of one address, the one that was quiet longest first. */
  of(key: string): ReadonlySet<T> {
    return this.#shares.get(key)?.occupants ?? new Set()
  }

  add(key: string, occupant: T): void {
    const share = this.#shares.get(key) ?? { key, occupants: new Set<T>() }
    this.#shares.set(key, share)
    this.#shareOf.set(occupant, share)
    this.#unlist(share)
    share.occupants.add(occupant)
    this.#list(share)
  }

  /** The occupant goes to the end of the order, and its address with it among those who hold as many. */
  moved(occupant: T): void {
    const share = this.#shareOf.get(occupant)
    if (share === undefined) return
    this.#unlist(share)
    share.occupants.delete(occupant)
    share.occupants.add(occupant)
    this.#list(share)
  }

  /** False when it has no place (any more). */
  remove(occupant: T): boolean {
    const share = this.#shareOf.get(occupant)
    if (share === undefined) return false
    this.#shareOf.delete(occupant)
    this.#unlist(share)
    share.occupants.delete(occupant)
    if (share.occupants.size > 0) this.#list(share)
    else this.#shares.delete(share.key)
    return true
  }

  /** Everybody, in the order in which they would give up their places. */
  *inOrder(): Generator<T> {
    for (let count = this.#byCount.length - 1; count > 0; count--) {
      for (const share of this.#byCount[count]!) yield* share.occupants
    }
  }

  #unlist(share: Share<T>): void {
    this.#byCount[share.occupants.size]?.delete(share)
  }

  #list(share: Share<T>): void {
    const count = share.occupants.size
    while (this.#byCount.length <= count) this.#byCount.push(new Set())
    this.#byCount[count]!.add(share)
  }
}
