import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Reader, type Response } from 'maxmind'
import { type Millis, millis } from '../base/brand.ts'
import { type AddressBytes, type Family, formatAddress } from '../base/ip.ts'
import { type RecordSize, SEPARATOR_BYTES, SearchTree } from './tree.ts'

/** Why a file is not used: one sentence, what is wrong and what to do. */
export type OpenVerdict = { kind: 'ok'; database: Database } | { kind: 'bad'; reason: string }

const METADATA_MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
/** The format puts the metadata within the last 128 KiB. */
const METADATA_BYTES = 128 * 1024
const CACHED_VALUES = 10_000

/**
 * One MaxMind DB file, whole in memory. Records are decoded by `maxmind`, which trusts its input: it reads anything as an address,
 * answers IPv6 from an IPv4 database, and follows corrupt pointers until something throws. So this class walks the tree itself,
 * asks only for addresses that it has found, and turns every throw into "no record" and a count.
 */
export class Database {
  /** File name without folders, as `Place.from` shows it. */
  readonly name: string
  /** `GeoLite2-City`, as the file says. */
  readonly type: string
  /** When the data were made; 0 where the file does not say. */
  readonly built: Millis
  readonly byteLength: number
  readonly tree: SearchTree
  readonly #reader: Reader<Response>
  readonly #shared: SharedValues
  readonly #unreadable = new Set<number>()

  constructor(file: string, bytes: Buffer, reader: Reader<Response>, shared: SharedValues, tree: SearchTree) {
    const { databaseType, buildEpoch } = reader.metadata
    this.name = basename(file)
    this.type = typeof databaseType === 'string' ? databaseType : ''
    this.built = millis(buildEpoch.getTime() || 0)
    this.byteLength = bytes.length
    this.tree = tree
    this.#reader = reader
    this.#shared = shared
  }

  /** Distinct records that could not be decoded so far. */
  get faults(): number {
    return this.#unreadable.size
  }

  /** The decoded record that covers the address, of whatever shape the file has; null when there is none or it is corrupt. */
  lookup(address: AddressBytes): { record: unknown; length: number } | null {
    const found = this.tree.find(address)
    if (found.record === this.tree.shape.nodeCount) return null
    const record = this.decode(found.record, formatAddress(address))
    return record === null ? null : { record, length: found.length }
  }

  /** Decodes a data record of the tree. `address` must lie in a network that leads to it. */
  decode(record: number, address: string): unknown {
    if (this.#unreadable.has(record)) return null
    try {
      this.#shared.record = record - this.tree.shape.nodeCount + this.#reader.metadata.searchTreeSize
      if (this.tree.pointsToData(record)) return this.#reader.get(address)
    } catch {
      // Corrupt data end in a RangeError, a stack overflow or a complaint of the decoder: all mean the same here.
    }
    this.#unreadable.add(record)
    return null
  }

  /** Up to `count` records from all over the tree, half of them of IPv4 networks; the same ones each time. */
  sample(count: number): { address: AddressBytes; record: number }[] {
    const samples = []
    for (let seed = 1; seed <= count; seed++) {
      const sample = this.#descend(seed, seed % 2 === 0 ? 4 : 6)
      if (sample !== null) samples.push(sample)
    }
    return samples
  }

  /** Goes down the tree by the bits of a multiplicative sequence, away from empty records. */
  #descend(seed: number, family: Family): { address: AddressBytes; record: number } | null {
    const { nodeCount } = this.tree.shape
    const address = new Uint8Array(family === 4 ? 4 : 16)
    let record = this.tree.root(family)
    let bits = seed
    for (let depth = 0; record < nodeCount; depth++) {
      if (depth === address.length * 8) return null
      bits = (Math.imul(bits, 1664525) + 1013904223) >>> 0
      const wanted = bits >>> 31
      const bit = this.tree.child(record, wanted) === nodeCount ? 1 - wanted : wanted
      address[depth >>> 3]! |= bit << (7 - (depth & 7))
      record = this.tree.child(record, bit)
    }
    return record === nodeCount ? null : { address, record }
  }
}

/** Reads and checks a file; every way in which it can be wrong is a verdict. */
export async function openDatabase(file: string): Promise<OpenVerdict> {
  try {
    return parseDatabase(file, await readFile(file))
  } catch (error) {
    return { kind: 'bad', reason: whyUnreadable(error as NodeJS.ErrnoException) }
  }
}

/** {@link openDatabase} for bytes in hand; `file` only gives the name. */
export function parseDatabase(file: string, bytes: Buffer): OpenVerdict {
  if (bytes.length === 0) return bad('the file is empty; fetch it again')
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    return bad('the file is compressed; unpack it with gunzip (or tar -xzf) first')
  const tail = Math.max(0, bytes.length - METADATA_BYTES)
  const marker = bytes.subarray(tail).lastIndexOf(METADATA_MARKER)
  if (marker < 0)
    return bad(
      `not a MaxMind DB file, or cut short (${bytes.length} octets without the metadata at their end); fetch it again`,
    )
  try {
    const shared = new SharedValues()
    const reader = new Reader<Response>(bytes, { cache: shared })
    const shape = shapeOf(reader.metadata, bytes, tail + marker)
    if (typeof shape === 'string') return bad(`${shape}; the file is damaged, fetch it again`)
    return { kind: 'ok', database: new Database(file, bytes, reader, shared, new SearchTree(bytes, shape)) }
  } catch (error) {
    return bad(`its metadata cannot be read (${(error as Error).message}); the file is damaged, fetch it again`)
  }
}

const bad = (reason: string): OpenVerdict => ({ kind: 'bad', reason })

/** The shape of the tree, or what contradicts itself. */
function shapeOf(metadata: Reader<Response>['metadata'], bytes: Buffer, dataEnd: number) {
  const { nodeCount, recordSize, ipVersion, searchTreeSize, binaryFormatMajorVersion: format } = metadata
  if (format !== 2) return `format version ${format}, only version 2 is known`
  if (ipVersion !== 4 && ipVersion !== 6) return `IP version ${ipVersion} is neither 4 nor 6`
  if (!Number.isInteger(nodeCount) || nodeCount < 1) return `a tree of ${nodeCount} nodes`
  const dataStart = searchTreeSize + SEPARATOR_BYTES
  if (dataStart > dataEnd) return `a tree of ${searchTreeSize} octets does not fit into a file of ${bytes.length}`
  if (bytes.subarray(searchTreeSize, dataStart).some(octet => octet !== 0))
    return 'the separator behind the tree is missing'
  return { nodeCount, recordSize: recordSize as RecordSize, ipVersion, dataBytes: dataEnd - dataStart } as const
}

function whyUnreadable(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT')
    return 'no such file; `npm run geo-data` builds geo-data/*.mmdb, or name a GeoLite2 or DB-IP file'
  if (error.code === 'EACCES') return 'may not be read by this user; change its permissions'
  if (error.code === 'EISDIR') return 'is a folder; name the .mmdb file in it'
  return `cannot be read: ${error.message}`
}

/** What a record points at is shared by many (names, countries); the record itself is decoded once and would only push them out. */
class SharedValues {
  /** Offset in the file of the record being decoded. */
  record = 0
  readonly #values = new Map<string | number, unknown>()

  get(key: string | number): unknown {
    return this.#values.get(key)
  }

  /** Emptied when full: simpler than evicting, and as good here. */
  set(key: string | number, value: unknown): void {
    if (key === this.record) return
    if (this.#values.size >= CACHED_VALUES) this.#values.clear()
    this.#values.set(key, value)
  }
}
