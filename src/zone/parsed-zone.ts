import { formatName, type Name } from '../wire/name.ts'
import type { NameTree } from './name-tree.ts'

/** RRsets in columns, sorted by node, then by type. Records of an RRset lie one behind the other, without duplicates. */
export interface RrsetColumns {
  readonly count: number
  readonly node: Uint32Array
  readonly type: Uint32Array
  /** Seconds; one per RRset (RFC 2181 section 5.2). */
  readonly ttl: Uint32Array
  /** Per RRset the row of {@link rdata} of its first record; one more row closes the last. */
  readonly first: Uint32Array
  /** Per record the offset in {@link bytes}; one more row closes the last. */
  readonly rdata: Uint32Array
  readonly bytes: Uint8Array
  /** Per RRset: where its first record stands (`record-place.ts`), and in which of the zone's files. */
  readonly place: Uint32Array
  readonly file: Uint32Array
}

/** A zone as its master file says it, in flat columns: a million records are some dozens of megabytes. */
export interface ParsedZone {
  readonly origin: Name
  /** Of the SOA, 0..2^32-1. */
  readonly serial: number
  readonly records: number
  /** Node 0 is the apex. */
  readonly tree: NameTree
  readonly rrsets: RrsetColumns
  /** Per node the first of its RRsets; one more row closes the last. */
  readonly nodeFirst: Uint32Array
  /** The zone's file and those it includes. */
  readonly files: readonly string[]
}

/** One record, taken out of the columns. */
export interface ZoneRecord {
  readonly owner: Name
  readonly type: number
  readonly ttl: number
  /** Wire form, names whole. */
  readonly rdata: Uint8Array
}

/** The name of a node in presentation form. */
export function nodeText(tree: NameTree, node: number): string {
  return formatName(tree.names.bytes, tree.nameAt.get(node))
}

/** The RRset of `type` at the node; -1 = none. */
export function rrsetOf(zone: Pick<ParsedZone, 'rrsets' | 'nodeFirst'>, node: number, type: number): number {
  for (let i = zone.nodeFirst[node]!; i < zone.nodeFirst[node + 1]!; i++) if (zone.rrsets.type[i] === type) return i
  return -1
}

/** Every record, RRset by RRset. Copies; for tools and tests, not for the compiler. */
export function* recordsOf(zone: ParsedZone): Generator<ZoneRecord> {
  const { rrsets, tree } = zone
  for (let i = 0; i < rrsets.count; i++) {
    const node = rrsets.node[i]!
    const owner = tree.names.bytes.slice(tree.nameAt.get(node), tree.nameEnd(node)) as Name
    for (let k = rrsets.first[i]!; k < rrsets.first[i + 1]!; k++)
      yield {
        owner,
        type: rrsets.type[i]!,
        ttl: rrsets.ttl[i]!,
        rdata: rrsets.bytes.slice(rrsets.rdata[k]!, rrsets.rdata[k + 1]!),
      }
  }
}
