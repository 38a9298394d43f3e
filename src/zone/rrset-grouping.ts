import { octetText } from '../wire/rdata/encoding.ts'
import { OctetWriter } from '../wire/rdata/octet-writer.ts'
import { RrType, typeName } from '../wire/rdata/type.ts'
import { Column } from './column.ts'
import { nodeText, type RrsetColumns } from './parsed-zone.ts'
import type { ProblemList } from './problem-list.ts'
import type { CollectedRecords } from './record-columns.ts'
import { columnOf, lineOf } from './record-place.ts'

/** Turns the records of a zone, in file order, into RRsets sorted by node and type. */
export class RrsetGrouping {
  readonly #zone: CollectedRecords
  readonly #files: readonly string[]
  readonly #problems: ProblemList
  readonly #node: Column
  readonly #type: Column
  readonly #ttl: Column
  readonly #first: Column
  readonly #place: Column
  readonly #file: Column
  readonly #rdata: Column
  readonly #bytes: OctetWriter

  constructor(zone: CollectedRecords, files: readonly string[], problems: ProblemList) {
    this.#zone = zone
    this.#files = files
    this.#problems = problems
    const most = zone.records.node.length + 1
    this.#node = new Column(most)
    this.#type = new Column(most)
    this.#ttl = new Column(most)
    this.#first = new Column(most)
    this.#place = new Column(most)
    this.#file = new Column(most)
    this.#rdata = new Column(most)
    this.#bytes = new OctetWriter(zone.rdata.length)
  }

  group(): RrsetColumns {
    const order = this.#sorted()
    for (let from = 0; from < order.length; ) {
      let to = from + 1
      while (to < order.length && this.#sameSet(order[from]!, order[to]!)) to++
      this.#append(order, from, to)
      from = to
    }
    this.#first.push(this.#rdata.length)
    this.#rdata.push(this.#bytes.length)
    return {
      count: this.#node.length,
      node: this.#node.rows(),
      type: this.#type.rows(),
      ttl: this.#ttl.rows(),
      first: this.#first.rows(),
      rdata: this.#rdata.rows(),
      bytes: this.#bytes.bytes.subarray(0, this.#bytes.length),
      place: this.#place.rows(),
      file: this.#file.rows(),
    }
  }

  /** Record numbers by node (counting sort), then type, then what an RRSIG covers, then place in the file. */
  #sorted(): Uint32Array {
    const { records, tree } = this.#zone
    const start = new Uint32Array(tree.size + 1)
    for (let i = 0; i < records.node.length; i++) start[records.node.get(i) + 1]!++
    for (let n = 0; n < tree.size; n++) start[n + 1]! += start[n]!
    const order = new Uint32Array(records.node.length)
    const next = start.slice()
    for (let i = 0; i < order.length; i++) order[next[records.node.get(i)]!++] = i
    const byType = (a: number, b: number): number =>
      records.type.get(a) - records.type.get(b) || this.#covered(a) - this.#covered(b) || a - b
    for (let n = 0; n < tree.size; n++)
      if (start[n + 1]! - start[n]! > 1) order.subarray(start[n], start[n + 1]).sort(byType)
    return order
  }

  #sameSet(a: number, b: number): boolean {
    const { node, type } = this.#zone.records
    return node.get(a) === node.get(b) && type.get(a) === type.get(b) && this.#covered(a) === this.#covered(b)
  }

  /**
   * The type that an RRSIG covers; 0 for other records. The signatures of one owner are no RRset (RFC 4035 section 2.2): each has the TTL of
   * what it covers (RFC 4034 section 3), so they are kept in a set for each type.
   */
  #covered(record: number): number {
    const { records, rdata } = this.#zone
    if (records.type.get(record) !== RrType.RRSIG) return 0
    const at = record === 0 ? 0 : records.rdataEnd.get(record - 1)
    return (rdata.bytes[at]! << 8) | rdata.bytes[at + 1]!
  }

  /** One RRset of the records `order[from..to)`, which are in file order. */
  #append(order: Uint32Array, from: number, to: number): void {
    const { records } = this.#zone
    const head = order[from]!
    this.#node.push(records.node.get(head))
    this.#type.push(records.type.get(head))
    this.#place.push(records.place.get(head))
    this.#file.push(records.file.get(head))
    this.#first.push(this.#rdata.length)
    // Nearly all RRsets of a large zone have one record: for them no object is made.
    if (to - from === 1) {
      this.#ttl.push(records.ttl.get(head))
      this.#appendRecord(head, null)
      return
    }
    const members = order.subarray(from, to)
    this.#ttl.push(this.#oneTtl(members))
    const seen = new Set<string>()
    for (const member of members) this.#appendRecord(member, seen)
  }

  /** RFC 2181 section 5.2: the TTLs of an RRset must be equal; where they differ the lowest is the safe one. */
  #oneTtl(members: Uint32Array): number {
    const { ttl } = this.#zone.records
    const first = ttl.get(members[0]!)
    const odd = members.find(member => ttl.get(member) !== first)
    if (odd === undefined) return first
    const lowest = members.reduce((least, member) => Math.min(least, ttl.get(member)), first)
    this.#warn(odd, `has TTL ${ttl.get(odd)}, the RRset began with ${first}; all get ${lowest}`)
    return lowest
  }

  /** RFC 2181 section 5: an RRset has no record twice. `seen` holds the RDATA of those before. */
  #appendRecord(record: number, seen: Set<string> | null): void {
    const { records, rdata } = this.#zone
    const from = record === 0 ? 0 : records.rdataEnd.get(record - 1)
    const to = records.rdataEnd.get(record)
    if (seen !== null) {
      const key = octetText(rdata.bytes, from, to)
      if (seen.has(key)) {
        this.#warn(record, 'stands twice; the second is dropped')
        return
      }
      seen.add(key)
    }
    this.#rdata.push(this.#bytes.length)
    this.#bytes.octets(rdata.bytes, from, to)
  }

  #warn(record: number, what: string): void {
    const { records, tree } = this.#zone
    const subject = `${nodeText(tree, records.node.get(record))} ${typeName(records.type.get(record))}`
    const file = this.#files[records.file.get(record)]!
    const place = records.place.get(record)
    this.#problems.add('warning', file, lineOf(place), columnOf(place), `${subject} ${what}`)
  }
}
