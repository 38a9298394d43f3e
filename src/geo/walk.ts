import { type AddressBytes, type Family, formatAddress } from '../base/ip.ts'
import { LEAF_LENGTH } from '../base/prefix.ts'
import { RangeBuilder, type RangeTable } from '../base/range-table.ts'
import type { SearchTree } from './tree.ts'

/** How deep a walk goes, in bits of each family: at most 24 and 56. */
export interface Depths {
  readonly v4: number
  readonly v6: number
}

/** The value of a data record, 0 for unknown. `address` lies in the record's network and is asked for only when needed. */
export type ReadValue = (record: number, address: () => string) => number

export interface Walk {
  readonly ranges: RangeTable
  /** True when the tree leads in circles; what lies behind the place where the walk gave up is unknown. */
  readonly circular: boolean
}

/**
 * Enumerates the whole tree as ranges of leaves, in address order.
 * Where the database is finer than a leaf (/24, /56) the leaf takes the value that covers most of what is known in it, the first of equals.
 * Where `depths` cuts the walk above the leaves, a block takes the value of its largest network that is easily seen: a sketch,
 * a hundred times faster, for the first seconds of a start.
 */
export function walkRanges(tree: SearchTree, read: ReadValue, depths?: Depths): Walk {
  const builder = new RangeBuilder()
  const walker = {
    4: new Walker(tree, 4, read, builder, depths?.v4),
    6: new Walker(tree, 6, read, builder, depths?.v6),
  }
  walker[4].run()
  walker[6].run()
  return { ranges: builder.finish(), circular: walker[4].circular || walker[6].circular }
}

class Walker {
  circular = false
  readonly #tree: SearchTree
  readonly #nodeCount: number
  readonly #family: Family
  readonly #read: ReadValue
  readonly #builder: RangeBuilder
  readonly #cap: number
  /** The network being visited, as an address. */
  readonly #path: AddressBytes
  readonly #address: () => string
  /** A sound tree has each node once; a corrupt one can be walked for ever. */
  #visitsLeft: number
  readonly #weights = new Weights()

  constructor(tree: SearchTree, family: Family, read: ReadValue, builder: RangeBuilder, cap = LEAF_LENGTH[family]) {
    this.#tree = tree
    this.#nodeCount = tree.shape.nodeCount
    this.#family = family
    this.#read = read
    this.#builder = builder
    this.#cap = Math.min(cap, LEAF_LENGTH[family])
    this.#path = new Uint8Array(family === 4 ? 4 : 16)
    this.#address = () => formatAddress(this.#path)
    this.#visitsLeft = 2 * this.#nodeCount
  }

  run(): void {
    this.#visit(this.#tree.root(this.#family), 0, 0, 0)
  }

  /** `hi` is octets 0..3 of the network as a signed number (small integers are cheaper), `lo` octets 4..6. */
  #visit(record: number, depth: number, hi: number, lo: number): void {
    if (record >= this.#nodeCount || depth === this.#cap || this.#foreign(record, hi, depth)) {
      this.#push(hi, lo, this.#blockValue(record, hi, depth))
      return
    }
    if (this.#exhausted()) {
      this.#push(hi, lo, 0)
      return
    }
    this.#visit(this.#tree.child(record, 0), depth + 1, hi, lo)
    this.#path[depth >>> 3]! |= 128 >>> (depth & 7)
    if (depth < 32) this.#visit(this.#tree.child(record, 1), depth + 1, hi | (0x80000000 >>> depth), lo)
    else this.#visit(this.#tree.child(record, 1), depth + 1, hi, lo | (1 << (55 - depth)))
    this.#path[depth >>> 3]! &= ~(128 >>> (depth & 7))
  }

  #blockValue(record: number, hi: number, depth: number): number {
    if (this.#foreign(record, hi, depth) || record === this.#nodeCount) return 0
    if (record > this.#nodeCount) return this.#read(record, this.#address)
    if (this.#cap < LEAF_LENGTH[this.#family]) return this.#sketch(record, depth)
    this.#weights.clear()
    this.#weigh(record, depth, 1)
    return this.#weights.heaviest()
  }

  #foreign(record: number, hi: number, depth: number): boolean {
    return this.#family === 6 && this.#tree.isAlias(record, hi, depth)
  }

  /** Adds up which share of a leaf each value covers. */
  #weigh(record: number, depth: number, weight: number): void {
    if (record > this.#nodeCount) this.#weights.add(this.#read(record, this.#address), weight)
    if (record >= this.#nodeCount || depth === this.#path.length * 8 || this.#exhausted()) return
    this.#weigh(this.#tree.child(record, 0), depth + 1, weight / 2)
    this.#path[depth >>> 3]! |= 128 >>> (depth & 7)
    this.#weigh(this.#tree.child(record, 1), depth + 1, weight / 2)
    this.#path[depth >>> 3]! &= ~(128 >>> (depth & 7))
  }

  /** Goes straight down to the nearest data. */
  #sketch(node: number, depth: number): number {
    const above = this.#path.slice()
    let record = node
    for (let at = depth; record < this.#nodeCount && at < this.#path.length * 8; at++) {
      const left = this.#tree.child(record, 0)
      const right = this.#tree.child(record, 1)
      const goRight = left === this.#nodeCount || (left < this.#nodeCount && right > this.#nodeCount)
      if (goRight) this.#path[at >>> 3]! |= 128 >>> (at & 7)
      record = goRight ? right : left
    }
    const value = record > this.#nodeCount ? this.#read(record, this.#address) : 0
    this.#path.set(above)
    return value
  }

  #exhausted(): boolean {
    if (this.#visitsLeft-- > 0) return false
    this.circular = true
    return true
  }

  #push(hi: number, lo: number, value: number): void {
    if (this.#family === 4) this.#builder.push4(hi >>> 8, value)
    else this.#builder.push6(hi >>> 0, lo, value)
  }
}

/** A handful of values with their weights; a leaf seldom holds more than five. */
class Weights {
  readonly #values: number[] = []
  readonly #weights: number[] = []

  clear(): void {
    this.#values.length = 0
    this.#weights.length = 0
  }

  add(value: number, weight: number): void {
    if (value === 0) return
    const at = this.#values.indexOf(value)
    if (at >= 0) this.#weights[at]! += weight
    else {
      this.#values.push(value)
      this.#weights.push(weight)
    }
  }

  /** The first of equals; 0 when nothing was added. */
  heaviest(): number {
    let best = 0
    for (let i = 1; i < this.#values.length; i++) if (this.#weights[i]! > this.#weights[best]!) best = i
    return this.#values[best] ?? 0
  }
}
