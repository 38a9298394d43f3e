import type { Name } from '../wire/name.ts'
import { readUnsigned } from '../wire/rdata/field-numbers.ts'
import { OctetWriter } from '../wire/rdata/octet-writer.ts'
import { RrType, typeName } from '../wire/rdata/type.ts'
import { Column } from './column.ts'
import { NameTree } from './name-tree.ts'
import { nodeText, type ParsedZone, rrsetOf } from './parsed-zone.ts'
import type { ProblemList } from './problem-list.ts'

/** Collects records in the order of the file; {@link seal} sorts them into RRsets. */
export class ZoneBuilder {
  readonly origin: Name
  readonly tree = new NameTree()
  /** Where the next record's RDATA is to be appended before {@link add}. */
  readonly rdata = new OctetWriter()
  readonly #node = new Column()
  readonly #type = new Column()
  readonly #ttl = new Column()
  readonly #rdataEnd = new Column()
  readonly #line = new Column()
  readonly #file = new Column()

  constructor(origin: Name) {
    this.origin = origin
    this.tree.plantRoot(origin)
  }

  /** The node of the name at the start of `bytes`; -1 when it does not lie in the zone. */
  node(bytes: Uint8Array, length: number): number {
    const { origin } = this
    const skip = length - origin.length
    if (skip < 0) return -1
    let at = 0
    while (at < skip) at += bytes[at]! + 1
    if (at !== skip) return -1
    for (let i = 0; i < origin.length; i++) if (bytes[skip + i] !== origin[i]) return -1
    return this.tree.plant(0, origin.length, bytes, 0, length)
  }

  /** Takes what was appended to {@link rdata} since the last call as one record. `file` is an index into the list given to {@link seal}. */
  add(node: number, type: number, ttl: number, line: number, file: number): void {
    this.#node.push(node)
    this.#type.push(type)
    this.#ttl.push(ttl)
    this.#rdataEnd.push(this.rdata.length)
    this.#line.push(line)
    this.#file.push(file)
  }

  /** RRsets by node and type; duplicates dropped, one TTL per RRset; both are warned of. */
  seal(files: readonly string[], problems: ProblemList): ParsedZone {
    const records = this.#node.length
    const order = this.#byNodeAndType()
    const out = { node: new Column(), type: new Column(), ttl: new Column(), first: new Column() }
    const place = { line: new Column(), file: new Column() }
    const rdata = new Column(records + 1)
    const bytes = new OctetWriter(this.rdata.length)
    for (let from = 0; from < records; ) {
      const head = order[from]!
      let to = from + 1
      while (to < records && this.#sameSet(head, order[to]!)) to++
      const members = order.subarray(from, to)
      out.node.push(this.#node.get(head))
      out.type.push(this.#type.get(head))
      out.ttl.push(this.#oneTtl(members, files, problems))
      out.first.push(rdata.length)
      place.line.push(this.#line.get(head))
      place.file.push(this.#file.get(head))
      this.#appendDistinct(members, rdata, bytes, files, problems)
      from = to
    }
    const count = out.node.length
    out.first.push(rdata.length)
    rdata.push(bytes.length)
    const rrsets = {
      count,
      node: out.node.rows(),
      type: out.type.rows(),
      ttl: out.ttl.rows(),
      first: out.first.rows(),
      rdata: rdata.rows(),
      bytes: bytes.bytes.subarray(0, bytes.length),
      line: place.line.rows(),
      file: place.file.rows(),
    }
    const nodeFirst = firstPerNode(rrsets.node, this.tree.size)
    const zone = {
      origin: this.origin,
      serial: 0,
      records: rdata.length - 1,
      tree: this.tree,
      rrsets,
      nodeFirst,
      files,
    }
    return { ...zone, serial: serialOf(zone) }
  }

  /** Record numbers sorted by node, type and, within an RRset, place in the file. */
  #byNodeAndType(): Uint32Array {
    const records = this.#node.length
    const start = new Uint32Array(this.tree.size + 1)
    for (let i = 0; i < records; i++) start[this.#node.get(i) + 1]!++
    for (let n = 0; n < this.tree.size; n++) start[n + 1]! += start[n]!
    const order = new Uint32Array(records)
    const next = start.slice()
    for (let i = 0; i < records; i++) order[next[this.#node.get(i)]!++] = i
    for (let n = 0; n < this.tree.size; n++)
      if (start[n + 1]! - start[n]! > 1)
        order.subarray(start[n], start[n + 1]).sort((a, b) => this.#type.get(a) - this.#type.get(b) || a - b)
    return order
  }

  #sameSet(a: number, b: number): boolean {
    return this.#node.get(a) === this.#node.get(b) && this.#type.get(a) === this.#type.get(b)
  }

  /** RFC 2181 section 5.2: the TTLs of an RRset must be equal; where they differ the lowest is the safe one. RRSIGs go with what they cover. */
  #oneTtl(members: Uint32Array, files: readonly string[], problems: ProblemList): number {
    const head = members[0]!
    const first = this.#ttl.get(head)
    let lowest = first
    let odd = -1
    for (const member of members) {
      const ttl = this.#ttl.get(member)
      if (ttl !== first && odd < 0) odd = member
      lowest = Math.min(lowest, ttl)
    }
    const type = this.#type.get(head)
    if (odd >= 0 && type !== RrType.RRSIG)
      this.#warn(
        odd,
        files,
        problems,
        `has TTL ${this.#ttl.get(odd)}, the RRset began with ${first}; all get ${lowest}`,
      )
    return lowest
  }

  #appendDistinct(
    members: Uint32Array,
    rdata: Column,
    bytes: OctetWriter,
    files: readonly string[],
    problems: ProblemList,
  ): void {
    const seen = members.length > 1 ? new Set<string>() : null
    for (const member of members) {
      const from = member === 0 ? 0 : this.#rdataEnd.get(member - 1)
      const to = this.#rdataEnd.get(member)
      if (seen !== null) {
        const key = String.fromCharCode(...this.rdata.bytes.subarray(from, to))
        if (seen.has(key)) {
          this.#warn(member, files, problems, 'stands twice; the second is dropped')
          continue
        }
        seen.add(key)
      }
      rdata.push(bytes.length)
      bytes.octets(this.rdata.bytes, from, to)
    }
  }

  #warn(record: number, files: readonly string[], problems: ProblemList, what: string): void {
    const message = `${nodeText(this.tree, this.#node.get(record))} ${typeName(this.#type.get(record))} ${what}`
    problems.add('warning', files[this.#file.get(record)]!, this.#line.get(record), 0, message)
  }
}

function firstPerNode(rrsetNodes: Uint32Array, nodes: number): Uint32Array {
  const first = new Uint32Array(nodes + 1)
  for (const node of rrsetNodes) first[node + 1]!++
  for (let n = 0; n < nodes; n++) first[n + 1]! += first[n]!
  return first
}

/** SERIAL is the fifth field from the end of the SOA's RDATA, 32 bits each. */
function serialOf(zone: Omit<ParsedZone, 'serial'>): number {
  const soa = rrsetOf(zone, 0, RrType.SOA)
  if (soa < 0) return 0
  return readUnsigned(zone.rrsets.bytes, zone.rrsets.rdata[zone.rrsets.first[soa]! + 1]! - 20, 4)
}
