import { type AddressBytes, type Family, familyOf, high32 } from '../base/ip.ts'

/**
 * The binary search tree of a MaxMind DB file (format 2.0, maxmind.github.io/MaxMind-DB), read straight from its bytes.
 * Node n lies at octet n * recordSize / 4; its two records say where bit 0 and bit 1 of the address lead:
 *
 *   24 bits   | left 3 octets        | right 3 octets                                     |
 *   28 bits   | left, low 24 bits    | left, high 4 bits : right, high 4 bits | right, low 24 bits |
 *   32 bits   | left 4 octets        | right 4 octets                                     |
 *
 *   record < nodeCount   the next node
 *   record = nodeCount   nothing known
 *   record > nodeCount   nodeCount + 16 + offset in the data section
 *
 * IPv4 lives at ::/96 of an IPv6 tree. Databases let ::ffff:0:0/96, 2002::/16 and others point back at that node: aliases,
 * which are never IPv6 data of their own.
 */
export type RecordSize = 24 | 28 | 32

export interface TreeShape {
  /** 1..2^32-1. */
  readonly nodeCount: number
  readonly recordSize: RecordSize
  readonly ipVersion: 4 | 6
  /** Octets of the data section; records beyond it are corrupt. */
  readonly dataBytes: number
}

/** Where a lookup ended. */
export interface Found {
  readonly record: number
  /** Length of the network within its family: 0..32 or 0..128. */
  readonly length: number
}

/** Octets of zeros between tree and data section; records count them. */
export const SEPARATOR_BYTES = 16

const V4_DEPTH = 96

export class SearchTree {
  readonly shape: TreeShape
  readonly #bytes: Uint8Array
  /** The node that IPv4 begins at; the empty record where the database has no IPv4. */
  readonly v4Root: number

  constructor(bytes: Uint8Array, shape: TreeShape) {
    this.#bytes = bytes
    this.shape = shape
    this.v4Root = this.#findV4Root()
  }

  /** The root of a family; the empty record where the database does not hold that family. */
  root(family: Family): number {
    if (family === 4) return this.v4Root
    return this.shape.ipVersion === 6 ? 0 : this.shape.nodeCount
  }

  /** The record of a node for the next bit of the address, 0 or 1. `node` must be below nodeCount. */
  child(node: number, bit: number): number {
    const bytes = this.#bytes
    switch (this.shape.recordSize) {
      case 24: {
        const at = node * 6 + bit * 3
        return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
      }
      case 28: {
        const at = node * 7
        const middle = bytes[at + 3]!
        const high = bit === 0 ? middle >>> 4 : middle & 15
        const low = at + bit * 4
        return (high << 24) | (bytes[low]! << 16) | (bytes[low + 1]! << 8) | bytes[low + 2]!
      }
      case 32: {
        const at = node * 8 + bit * 4
        return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
      }
    }
  }

  /** True when the record is a data pointer that lies inside the data section. */
  pointsToData(record: number): boolean {
    const offset = record - this.shape.nodeCount - SEPARATOR_BYTES
    return offset >= 0 && offset < this.shape.dataBytes
  }

  /**
   * True for records that hold no IPv6 data of their own: the IPv4 tree met again through an alias, and everything inside
   * ::/32 (IPv4-compatible and IPv4-mapped) and 2002::/16 (6to4), which some databases fill with copies instead of aliases.
   * `hi` is octets 0..3 of the network, any 32-bit sign.
   */
  isAlias(record: number, hi: number, depth: number): boolean {
    if (record === this.v4Root && record < this.shape.nodeCount) return true
    return (depth >= 32 && hi === 0) || (depth >= 16 && hi >>> 16 === 0x2002)
  }

  /** Follows the address (4 or 16 octets) to its record: the empty one where the database does not know the address. */
  find(address: AddressBytes): Found {
    const { nodeCount } = this.shape
    const family = familyOf(address)
    const hi = high32(address)
    let record = this.root(family)
    let depth = 0
    while (record < nodeCount && depth < address.length * 8) {
      record = this.child(record, (address[depth >>> 3]! >>> (7 - (depth & 7))) & 1)
      depth++
      if (family === 6 && this.isAlias(record, hi, depth)) return { record: nodeCount, length: depth }
    }
    // A node where the address has ended is a corrupt tree: nothing known.
    return { record: record < nodeCount ? nodeCount : record, length: depth }
  }

  #findV4Root(): number {
    const { ipVersion, nodeCount } = this.shape
    if (ipVersion === 4) return 0
    let node = 0
    for (let depth = 0; depth < V4_DEPTH && node < nodeCount; depth++) node = this.child(node, 0)
    // Data on the way is IPv6 data that happens to cover ::/96. It says nothing about IPv4.
    return node < nodeCount ? node : nodeCount
  }
}
