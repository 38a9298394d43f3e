import { firstAddress, LEAF_LENGTH, type Prefix, prefixOf } from '../base/prefix.ts'

/** How much a block asks. */
export interface DemandOf {
  readonly prefix: Prefix
  /** Queries per second, >= 0. */
  readonly qps: number
}

/** Finds the demand of a block in rows that do not overlap: its own row, or its share of a wider one. */
export class DemandIndex {
  readonly #rows = new Map<string, number>()
  /** Lengths of the rows, by family; longest first. */
  readonly #lengths: Readonly<Record<4 | 6, number[]>> = { 4: [], 6: [] }

  constructor(rows: readonly DemandOf[]) {
    for (const { prefix, qps } of rows) {
      this.#rows.set(keyOf(prefix), qps)
      const lengths = this.#lengths[prefix.family]
      if (!lengths.includes(prefix.length)) lengths.push(prefix.length)
    }
    for (const lengths of [this.#lengths[4], this.#lengths[6]]) lengths.sort((a, b) => b - a)
  }

  /** Queries per second of all clients in the block, as far as rows speak of it or of more. A wider row is shared out evenly. */
  of(block: Prefix): number {
    const address = firstAddress(block)
    for (const length of this.#lengths[block.family]) {
      if (length > block.length) continue
      const qps = this.#rows.get(keyOf(prefixOf(address, length)))
      if (qps !== undefined) return qps / 2 ** (Math.min(block.length, LEAF_LENGTH[block.family]) - length)
    }
    return 0
  }
}

const keyOf = ({ family, hi, lo, length }: Prefix): string => `${family} ${hi} ${lo} ${length}`
