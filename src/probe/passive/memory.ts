/** What is remembered of a block beyond its row of the table. */
export interface Recent {
  /** The last figures, oldest first, at most nine. */
  readonly recent: readonly number[]
  readonly outliersInARow: number
}

const MOST_BLOCKS = 50_000

/** The blocks that were heard of last, by cluster and leaf: some 20 MB when it is full. */
export class RecentBlocks {
  readonly #blocks = new Map<string, Recent>()

  get(key: string): Recent | undefined {
    return this.#blocks.get(key)
  }

  put(key: string, { recent, outliersInARow }: Recent): void {
    this.#blocks.delete(key)
    this.#blocks.set(key, { recent, outliersInARow })
    if (this.#blocks.size <= MOST_BLOCKS) return
    for (const oldest of this.#blocks.keys()) {
      this.#blocks.delete(oldest)
      return
    }
  }
}
