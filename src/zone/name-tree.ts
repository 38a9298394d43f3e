import { OctetWriter } from '../wire/rdata/octet-writer.ts'
import { Column } from './column.ts'
import { edgeHash, sameLabel } from './edge-hash.ts'
import { INDEX_WORDS } from './layout.ts'

const NO_PARENT = 0xffffffff

/**
 * Names as a growing tree in flat columns: a node per name, numbered in the order of planting, so a parent comes before its children.
 * Missing ancestors are planted too: they are the empty non-terminals. Edges (parent, label) are found by open addressing, as in the
 * tables that queries read: `index` is their section `zone.index` as it stands.
 */
export class NameTree {
  /** The nodes' names in wire form. */
  readonly names: OctetWriter
  /** Per node: offset of its name in {@link names}; names lie in node order, so a name ends where the next begins. */
  readonly nameAt: Column
  readonly #parent: Column
  index: Int32Array

  /** Room for `nodes` nodes without growing. */
  constructor(nodes = 64) {
    this.names = new OctetWriter(nodes * 24)
    this.nameAt = new Column(nodes)
    this.#parent = new Column(nodes)
    let slots = 16
    while (slots < 2 * nodes + 2) slots *= 2
    this.index = new Int32Array(slots * INDEX_WORDS)
  }

  get size(): number {
    return this.nameAt.length
  }

  /** Node number of the parent; -1 for the root of a tree. */
  parentOf(node: number): number {
    return this.#parent.get(node) | 0
  }

  /** End of the node's name in {@link names}. */
  nameEnd(node: number): number {
    return node + 1 < this.size ? this.nameAt.get(node + 1) : this.names.length
  }

  /** A new node without a parent. Its name is `bytes[from..to)`. */
  plantRoot(bytes: Uint8Array, from = 0, to = bytes.length): number {
    return this.#append(NO_PARENT, bytes, from, to)
  }

  /** The child of `parent` whose label stands at `bytes[at]`; -1 = none. */
  child(parent: number, bytes: Uint8Array, at: number): number {
    const hash = edgeHash(parent, bytes, at)
    const mask = this.index.length / INDEX_WORDS - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const node = this.index[slot * INDEX_WORDS + 1]! - 1
      if (node < 0) return -1
      if (
        this.index[slot * INDEX_WORDS] === hash &&
        this.#parent.get(node) === parent &&
        sameLabel(this.names.bytes, this.nameAt.get(node), bytes, at)
      )
        return node
    }
  }

  /** A new child of `parent`, which must have none of that label. `bytes[from..to)` is the child's whole name. */
  plantChild(parent: number, bytes: Uint8Array, from: number, to: number): number {
    if ((this.size + 2) * 2 * INDEX_WORDS > this.index.length) this.#rehash()
    const node = this.#append(parent, bytes, from, to)
    this.#enter(node, edgeHash(parent, bytes, from))
    return node
  }

  /**
   * The node of the name `bytes[from..to)`, planted with its missing ancestors up to `root`, the name of which is the last `rootOctets` of it.
   */
  plant(root: number, rootOctets: number, bytes: Uint8Array, from: number, to: number): number {
    const stop = to - rootOctets
    if (from === stop) return root
    // The parent first: planting goes from the root down, and a name has at most 127 labels.
    const parent = this.plant(root, rootOctets, bytes, from + bytes[from]! + 1, to)
    const child = this.child(parent, bytes, from)
    return child >= 0 ? child : this.plantChild(parent, bytes, from, to)
  }

  #append(parent: number, bytes: Uint8Array, from: number, to: number): number {
    this.nameAt.push(this.names.length)
    this.#parent.push(parent)
    this.names.octets(bytes, from, to)
    return this.size - 1
  }

  #enter(node: number, hash: number): void {
    const mask = this.index.length / INDEX_WORDS - 1
    let slot = hash & mask
    while (this.index[slot * INDEX_WORDS + 1] !== 0) slot = (slot + 1) & mask
    this.index[slot * INDEX_WORDS] = hash
    this.index[slot * INDEX_WORDS + 1] = node + 1
  }

  #rehash(): void {
    const old = this.index
    this.index = new Int32Array(old.length * 2)
    for (let at = 0; at < old.length; at += INDEX_WORDS) if (old[at + 1] !== 0) this.#enter(old[at + 1]! - 1, old[at]!)
  }
}
