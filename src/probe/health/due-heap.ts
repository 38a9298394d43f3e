export interface Due {
  /** ms. Must not change while it is in the heap. */
  readonly dueAt: number
}

/** What is due, the earliest first: a binary heap. */
export class DueHeap<T extends Due> {
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (items[above]!.dueAt <= item.dueAt) break
      items[at] = items[above]!
      at = above
    }
    items[at] = item
  }

  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (last === undefined || items.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= items.length) break
      if (below + 1 < items.length && items[below + 1]!.dueAt < items[below]!.dueAt) below++
      if (items[below]!.dueAt >= last.dueAt) break
      items[at] = items[below]!
      at = below
    }
    items[at] = last
    return first
  }
}
