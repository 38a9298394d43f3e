/** Something that is to be done at a time. */
export interface Due {
  /** ms; not to be changed while it is in a queue. */
  dueAt: number
}

/** A binary heap: what is due first comes first. */
export class DueQueue<T extends Due> {
  readonly #heap: T[] = []

  get size(): number {
    return this.#heap.length
  }

  push(item: T): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(item)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (heap[above]!.dueAt <= item.dueAt) break
      heap[at] = heap[above]!
      at = above
    }
    heap[at] = item
  }

  /** Takes out what is due first; null when nothing is due at `now`. */
  take(now: number): T | null {
    const first = this.#heap[0]
    if (first === undefined || first.dueAt > now) return null
    const last = this.#heap.pop()!
    if (last !== first) this.#sink(last)
    return first
  }

  /** Puts `item` in the place of the first. */
  #sink(item: T): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && heap[below + 1]!.dueAt < heap[below]!.dueAt) below++
      if (heap[below]!.dueAt >= item.dueAt) break
      heap[at] = heap[below]!
      at = below
    }
    heap[at] = item
  }
}
