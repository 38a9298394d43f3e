import type { AddressBytes } from '../src/base/ip.ts'
import type { RangeTable } from '../src/base/range-table.ts'
import { DataSection, type MmdbValue, uint16, uint32, uint64 } from './mmdb-data.ts'

/**
 * Writes a MaxMind DB file (format 2.0, maxmind.github.io/MaxMind-DB): for the databases that a checkout builds, and for the fixtures of the tests.
 *
 *   +-------------+----------+--------------+--------------------+----------+
 *   | search tree | 16 zeros | data section | \xab\xcd\xefMaxMind.com | metadata |
 *   +-------------+----------+--------------+--------------------+----------+
 *
 * Two slots per node, slot 2n for bit 0 and 2n + 1 for bit 1:
 *   0               nothing known
 *   1..2^31-1       the next node (node 0 is the root and nobody's child)
 *   2^31 + offset   data
 */
export interface MmdbHead {
  readonly ipVersion: 4 | 6
  readonly type: string
  /** When the data were made, seconds since 1970. Not the time of writing: equal input makes equal files. */
  readonly built: number
  readonly description: string
  /** The narrowest that will do when omitted. */
  readonly recordSize?: RecordSize
}

type RecordSize = 24 | 28 | 32

/** Offset of a record in the data section. */
export type DataOffset = number

const DATA = 0x80000000
const MARKER = new Uint8Array([0xab, 0xcd, 0xef, ...new TextEncoder().encode('MaxMind.com')])
const SEPARATOR_BYTES = 16
const V4_BITS = 96

export class MmdbWriter {
  readonly #head: MmdbHead
  readonly #data = new DataSection()
  #slots = new Uint32Array(1 << 12)
  #nodes = 1

  constructor(head: MmdbHead) {
    this.#head = head
  }

  get nodeCount(): number {
    return this.#nodes
  }

  /** Stores a record; an equal one is stored once. */
  record(value: MmdbValue): DataOffset {
    return this.#data.record(value)
  }

  /**
   * Gives a network its record. Insert the shorter prefix first: a longer one cuts its piece out of it, never the other way round.
   * An address of 4 octets goes under ::/96 of an IPv6 tree.
   */
  insert(address: AddressBytes, length: number, record: DataOffset): void {
    this.#set(address, length, DATA + record)
  }

  /** Lets an IPv6 prefix lead to the IPv4 tree, as GeoIP2 does for ::ffff:0:0/96 and 2002::/16. Call it when all IPv4 networks are in. */
  aliasOfV4(address: AddressBytes, length: number): void {
    this.#set(address, length, this.#descend(new Uint8Array(16), V4_BITS))
  }

  /** Gives every range its record at once, `recordOf` being asked once per range that is not 0. The tree must be empty. */
  fill(ranges: RangeTable, recordOf: (value: number) => DataOffset): void {
    const slotOf = (value: number): number => (value === 0 ? 0 : DATA + recordOf(value))
    if (this.#head.ipVersion === 6) this.#fill6(ranges.v6, slotOf)
    const root = this.#head.ipVersion === 6 ? this.#descend(new Uint8Array(16), V4_BITS) : 0
    this.#fill4(ranges.v4, slotOf, root)
  }

  /** The whole file. */
  bytes(): Uint8Array {
    const data = this.#data.bytes()
    const recordSize = this.#recordSize(data.length)
    const metadata = this.#metadata(recordSize)
    const treeBytes = (this.#nodes * recordSize) / 4
    const file = new Uint8Array(treeBytes + SEPARATOR_BYTES + data.length + MARKER.length + metadata.length)
    this.#writeTree(file, recordSize)
    file.set(data, treeBytes + SEPARATOR_BYTES)
    file.set(MARKER, treeBytes + SEPARATOR_BYTES + data.length)
    file.set(metadata, file.length - metadata.length)
    return file
  }

  #set(address: AddressBytes, length: number, value: number): void {
    const lifted = address.length === 4 && this.#head.ipVersion === 6
    const key = lifted ? new Uint8Array([...new Uint8Array(12), ...address]) : address
    const bits = lifted ? length + V4_BITS : length
    if (bits === 0) throw new Error('a network of length 0 has no slot: insert its two halves')
    const slot = 2 * this.#descend(key, bits - 1) + bitAt(key, bits - 1)
    const held = this.#slots[slot]!
    if (held !== 0 && held < DATA) throw new Error('a network was inserted after one that it contains')
    this.#slots[slot] = value
  }

  /** The node at the end of the first `bits` bits, made where missing. */
  #descend(key: AddressBytes, bits: number): number {
    let node = 0
    for (let depth = 0; depth < bits; depth++) node = this.#childOf(2 * node + bitAt(key, depth))
    return node
  }

  #childOf(slot: number): number {
    const held = this.#slots[slot]!
    if (held !== 0 && held < DATA) return held
    const node = this.#newNode()
    this.#slots[slot] = node
    // Data of a shorter prefix hold for both halves.
    this.#slots[2 * node] = held
    this.#slots[2 * node + 1] = held
    return node
  }

  #newNode(): number {
    if (2 * this.#nodes === this.#slots.length) {
      const bigger = new Uint32Array(this.#slots.length * 2)
      bigger.set(this.#slots)
      this.#slots = bigger
    }
    return this.#nodes++
  }

  #fill4({ starts, values }: RangeTable['v4'], slotOf: (value: number) => number, root: number): void {
    let at = 0
    const nextBeginsBy = (key: number): boolean => at + 1 < starts.length && starts[at + 1]! <= key
    const build = (node: number, key: number, size: number): void => {
      for (let bit = 0; bit < 2; bit++) {
        const from = key + bit * size
        while (nextBeginsBy(from)) at++
        const split = nextBeginsBy(from + size - 1)
        const child = split ? this.#newNode() : slotOf(values[at]!)
        this.#slots[2 * node + bit] = child
        if (split) build(child, from, size / 2)
      }
    }
    build(root, 0, 2 ** 23)
  }

  #fill6({ hi, lo, values }: RangeTable['v6'], slotOf: (value: number) => number): void {
    let at = 0
    const nextBeginsBy = (keyHi: number, keyLo: number): boolean =>
      at + 1 < hi.length && (hi[at + 1]! < keyHi || (hi[at + 1] === keyHi && lo[at + 1]! <= keyLo))
    const build = (node: number, keyHi: number, keyLo: number, depth: number): void => {
      const stepHi = depth < 32 ? 2 ** (31 - depth) : 0
      const stepLo = depth < 32 ? 0 : 2 ** (55 - depth)
      for (let bit = 0; bit < 2; bit++) {
        const fromHi = keyHi + bit * stepHi
        const fromLo = keyLo + bit * stepLo
        while (nextBeginsBy(fromHi, fromLo)) at++
        const split =
          depth < 32 ? nextBeginsBy(fromHi + stepHi - 1, 0xffffff) : nextBeginsBy(fromHi, fromLo + stepLo - 1)
        const child = split ? this.#newNode() : slotOf(values[at]!)
        this.#slots[2 * node + bit] = child
        if (split) build(child, fromHi, fromLo, depth + 1)
      }
    }
    build(0, 0, 0, 0)
  }

  #recordSize(dataBytes: number): RecordSize {
    if (this.#head.recordSize !== undefined) return this.#head.recordSize
    const highest = this.#nodes + SEPARATOR_BYTES + dataBytes
    return highest < 2 ** 24 ? 24 : highest < 2 ** 28 ? 28 : 32
  }

  #writeTree(file: Uint8Array, recordSize: RecordSize): void {
    const nodeBytes = recordSize / 4
    const recordOf = (slot: number): number => {
      const held = this.#slots[slot]!
      return held === 0 ? this.#nodes : held < DATA ? held : this.#nodes + SEPARATOR_BYTES + (held - DATA)
    }
    for (let node = 0; node < this.#nodes; node++) {
      writeNode(file, node * nodeBytes, recordSize, recordOf(2 * node), recordOf(2 * node + 1))
    }
  }

  #metadata(recordSize: number): Uint8Array {
    const section = new DataSection()
    section.record({
      binary_format_major_version: uint16(2),
      binary_format_minor_version: uint16(0),
      build_epoch: uint64(this.#head.built),
      database_type: this.#head.type,
      description: { en: this.#head.description },
      ip_version: uint16(this.#head.ipVersion),
      languages: [],
      node_count: uint32(this.#nodes),
      record_size: uint16(recordSize),
    })
    return section.bytes()
  }
}

const bitAt = (key: AddressBytes, depth: number): number => (key[depth >>> 3]! >>> (7 - (depth & 7))) & 1

/** Layouts as drawn in src/geo/tree.ts. */
function writeNode(file: Uint8Array, at: number, recordSize: RecordSize, left: number, right: number): void {
  if (recordSize === 32) {
    writeOctets(file, at, 4, left)
    writeOctets(file, at + 4, 4, right)
    return
  }
  const middle = recordSize === 28 ? 1 : 0
  writeOctets(file, at, 3, left)
  if (middle === 1) file[at + 3] = ((left >>> 24) << 4) | (right >>> 24)
  writeOctets(file, at + 3 + middle, 3, right)
}

function writeOctets(file: Uint8Array, at: number, count: number, value: number): void {
  for (let i = 0; i < count; i++) file[at + i] = value >>> (8 * (count - 1 - i))
}
