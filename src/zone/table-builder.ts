import type { ArenaWriter } from '../base/arena.ts'
import type { Name } from '../wire/name.ts'
import { ROOT } from '../wire/name.ts'
import { OctetWriter } from '../wire/rdata/octet-writer.ts'
import { RrType } from '../wire/rdata/type.ts'
import { Column } from './column.ts'
import {
  NODE_WORDS,
  NodeFlag,
  NodeWord,
  ROUTE_WORDS,
  RouteWord,
  RRSET_WORDS,
  RrsetWord,
  TYPE_WORDS,
  type ZoneInfo,
} from './layout.ts'
import { NameTree } from './name-tree.ts'
import type { ParsedZone } from './parsed-zone.ts'

/** Where an owner name would stand: the zone, its apex, and the labels of its origin. */
export interface Place {
  readonly zone: number
  /** Node; -1 when the zone did not load. */
  readonly apex: number
  /** Octets of the origin in wire form. */
  readonly originOctets: number
}

/** The tables of `layout.ts` while they grow: signposts, then the zones' trees, then what services add. */
export class TableBuilder {
  readonly zones: ZoneInfo[] = []
  readonly #tree: NameTree
  readonly #firstRrset: Column
  readonly #rrsetCount: Column
  readonly #link: Column
  readonly #zone: Column
  readonly #rrsets = new Column()
  readonly #rdata = new Column()
  readonly #rdataBytes = new OctetWriter()
  readonly #routes = new Column()
  readonly #bindings = new OctetWriter()
  readonly #apexes: number[] = []
  readonly #aliases = new Set<number>()

  /** `nodes`: how many are expected. */
  constructor(nodes: number) {
    this.#tree = new NameTree(nodes + 1)
    this.#firstRrset = new Column(nodes + 1)
    this.#rrsetCount = new Column(nodes + 1)
    this.#link = new Column(nodes + 1)
    this.#zone = new Column(nodes + 1)
    this.#tree.plantRoot(ROOT)
    this.#fillColumns(-1)
  }

  /** The next zone's origin; -1 when there is one already, else its signpost node. */
  addSignpost(origin: Name): number {
    const node = this.#tree.plant(0, ROOT.length, origin, 0, origin.length)
    this.#fillColumns(-1)
    if (this.#link.get(node) !== 0) return -1
    this.#link.values[node] = this.zones.length + 1
    return node
  }

  addBroken(info: ZoneInfo): void {
    this.zones.push(info)
    this.#apexes.push(-1, -1)
  }

  addZone(zone: ParsedZone, info: ZoneInfo): void {
    const number = this.zones.push(info) - 1
    const base = this.#copyTree(zone)
    this.#fillColumns(number)
    const firstRrset = this.#rrsetTotal()
    this.#copyRrsets(zone, base)
    for (let node = 0; node < zone.tree.size; node++) {
      this.#firstRrset.values[base + node] = firstRrset + zone.nodeFirst[node]!
      this.#rrsetCount.values[base + node] = zone.nodeFirst[node + 1]! - zone.nodeFirst[node]!
    }
    this.#apexes.push(base, this.rrsetAt(base, RrType.SOA))
  }

  /** The deepest zone that holds the name; null = none. */
  placeOf(name: Name): Place | null {
    const labels = labelOffsets(name)
    let place: Place | null = null
    let signpost = 0
    for (let i = labels.length - 1; signpost >= 0; i--) {
      const zone = this.#link.get(signpost) - 1
      const originOctets = name.length - labels[i]!
      if (zone >= 0) place = { zone, apex: this.#apexes[zone * 2]!, originOctets }
      if (i === 0) break
      signpost = this.#tree.child(signpost, name, labels[i - 1]!)
    }
    return place
  }

  /** The existing nodes from the apex towards the name; the last one is the name's own when `exact`. */
  path(place: Place, name: Name): { nodes: number[]; exact: boolean } {
    const labels = labelOffsets(name).filter(at => at < name.length - place.originOctets)
    const nodes = [place.apex]
    for (let i = labels.length - 1; i >= 0; i--) {
      const child = this.#tree.child(nodes.at(-1)!, name, labels[i]!)
      if (child < 0) return { nodes, exact: false }
      nodes.push(child)
    }
    return { nodes, exact: true }
  }

  /** The node of the name, planted where it is missing. */
  plant(place: Place, name: Name): number {
    const node = this.#tree.plant(place.apex, place.originOctets, name, 0, name.length)
    this.#fillColumns(place.zone)
    return node
  }

  rrsetAt(node: number, type: number): number {
    const first = this.#firstRrset.get(node)
    for (let i = first; i < first + this.#rrsetCount.get(node); i++)
      if (this.#rrsets.get(i * RRSET_WORDS + RrsetWord.Type) === type) return i
    return -1
  }

  typesAt(node: number): number[] {
    const first = this.#firstRrset.get(node)
    return Array.from({ length: this.#rrsetCount.get(node) }, (_, i) =>
      this.#rrsets.get((first + i) * RRSET_WORDS + RrsetWord.Type),
    )
  }

  /** Bits of NodeFlag. */
  flagsOf(node: number): number {
    // NS and DNAME at a wildcard are data like any other: RFC 4592 sections 4.2 and 4.4 define neither.
    if (this.#isWildcard(node)) return this.rrsetAt(node, RrType.CNAME) >= 0 ? NodeFlag.Cname : 0
    let flags = 0
    const first = this.#firstRrset.get(node)
    for (let i = first; i < first + this.#rrsetCount.get(node); i++) {
      const type = this.#rrsets.get(i * RRSET_WORDS + RrsetWord.Type)
      if (type === RrType.NS && this.#tree.parentOf(node) >= 0) flags |= NodeFlag.Cut
      else if (type === RrType.DNAME) flags |= NodeFlag.Dname
      else if (type === RrType.CNAME) flags |= NodeFlag.Cname
    }
    return flags
  }

  /** False for an empty non-terminal. */
  hasData(node: number): boolean {
    return this.#rrsetCount.get(node) > 0 || this.isRouted(node)
  }

  /** True when names below the node that do not exist get the data of `*` there. */
  hasWildcard(node: number): boolean {
    return this.#tree.child(node, WILDCARD, 0) >= 0
  }

  isRouted(node: number): boolean {
    return this.#link.get(node) !== 0
  }

  /** True when {@link addRrset} made the node's data: a service's alias, or several of them to choose from. */
  isAlias(node: number): boolean {
    return this.#aliases.has(node)
  }

  /** Gives a node without RRsets its only one. */
  addRrset(node: number, type: number, ttl: number, records: readonly Uint8Array[]): void {
    this.#aliases.add(node)
    this.#firstRrset.values[node] = this.#rrsetTotal()
    this.#rrsetCount.values[node] = 1
    this.#pushRrset(node, type, ttl)
    for (const rdata of records) {
      this.#rdata.push(this.#rdataBytes.length)
      this.#rdataBytes.octets(rdata)
    }
  }

  /** Marks the node as owned by service `id`, which answers `types`, each at most MAX_ROUTED_TYPE; `binding`: see `RouteWord.Binding`. */
  addRoute(node: number, id: number, types: readonly number[], binding: Uint8Array): void {
    this.#link.values[node] = this.#routes.length / ROUTE_WORDS + 1
    this.#routes.push(id)
    for (let word = 0; word < TYPE_WORDS; word++)
      this.#routes.push(types.filter(type => type >>> 5 === word).reduce((bits, type) => bits | (1 << (type & 31)), 0))
    this.#routes.push(this.#bindings.length)
    this.#routes.push(binding.length)
    this.#bindings.octets(binding)
  }

  counts(): { nodes: number; rrsets: number; records: number } {
    return { nodes: this.#tree.size, rrsets: this.#rrsetTotal(), records: this.#rdata.length }
  }

  write(writer: ArenaWriter): void {
    const names = this.#tree.names
    const rdataAt = names.length
    const bindingsAt = rdataAt + this.#rdataBytes.length
    writer.addFilled('zone.bytes', 'u8', bindingsAt + this.#bindings.length, bytes => {
      bytes.set(names.bytes.subarray(0, rdataAt))
      bytes.set(this.#rdataBytes.bytes.subarray(0, this.#rdataBytes.length), rdataAt)
      bytes.set(this.#bindings.bytes.subarray(0, this.#bindings.length), bindingsAt)
    })
    writer.addFilled('zone.nodes', 'i32', this.#tree.size * NODE_WORDS, rows => this.#writeNodes(rows))
    writer.add('zone.index', this.#tree.index)
    writer.addFilled('zone.rrsets', 'u32', this.#rrsets.length + RRSET_WORDS, rows => {
      rows.set(this.#rrsets.rows())
      rows.set([0, 0, 0, this.#rdata.length], this.#rrsets.length)
    })
    writer.addFilled('zone.rdata', 'u32', this.#rdata.length + 1, offsets => {
      for (let row = 0; row < this.#rdata.length; row++) offsets[row] = this.#rdata.get(row) + rdataAt
      offsets[this.#rdata.length] = this.#rdataBytes.length + rdataAt
    })
    writer.addFilled('zone.routes', 'u32', this.#routes.length, rows => {
      rows.set(this.#routes.rows())
      for (let at: number = RouteWord.Binding; at < rows.length; at += ROUTE_WORDS) rows[at]! += bindingsAt
    })
    writer.add('zone.apexes', Int32Array.from(this.#apexes))
    writer.addJson('zone.zones', this.zones)
  }

  #rrsetTotal(): number {
    return this.#rrsets.length / RRSET_WORDS
  }

  /** Empty values for the nodes planted since the last call. */
  #fillColumns(zone: number): void {
    while (this.#zone.length < this.#tree.size) {
      this.#firstRrset.push(0)
      this.#rrsetCount.push(0)
      this.#link.push(0)
      this.#zone.push(zone)
    }
  }

  /** Appends the zone's nodes in their order; returns the number of the first, its apex. */
  #copyTree({ tree }: ParsedZone): number {
    const { bytes } = tree.names
    const base = this.#tree.plantRoot(bytes, 0, tree.nameEnd(0))
    for (let node = 1; node < tree.size; node++)
      this.#tree.plantChild(base + tree.parentOf(node), bytes, tree.nameAt.get(node), tree.nameEnd(node))
    return base
  }

  #copyRrsets({ rrsets }: ParsedZone, base: number): void {
    let row = 0
    for (let i = 0; i < rrsets.count; i++) {
      this.#pushRrset(base + rrsets.node[i]!, rrsets.type[i]!, rrsets.ttl[i]!)
      for (; row < rrsets.first[i + 1]!; row++) this.#rdata.push(this.#rdataBytes.length + rrsets.rdata[row]!)
    }
    this.#rdataBytes.octets(rrsets.bytes)
  }

  #pushRrset(node: number, type: number, ttl: number): void {
    this.#rrsets.push(node)
    this.#rrsets.push(type)
    this.#rrsets.push(ttl)
    this.#rrsets.push(this.#rdata.length)
  }

  #writeNodes(rows: Int32Array): void {
    const tree = this.#tree
    for (let node = 0; node < tree.size; node++) {
      const at = node * NODE_WORDS
      rows[at + NodeWord.Name] = tree.nameAt.get(node)
      rows[at + NodeWord.Parent] = tree.parentOf(node)
      rows[at + NodeWord.FirstRrset] = this.#firstRrset.get(node)
      rows[at + NodeWord.RrsetCount] = this.#rrsetCount.get(node)
      rows[at + NodeWord.Flags] = this.flagsOf(node)
      rows[at + NodeWord.Wildcard] = -1
      rows[at + NodeWord.Link] = this.#link.get(node)
      rows[at + NodeWord.Zone] = this.#zone.get(node)
      // A child comes after its parent, whose row is written already.
      if (this.#isWildcard(node) && tree.parentOf(node) >= 0)
        rows[tree.parentOf(node) * NODE_WORDS + NodeWord.Wildcard] = node
    }
  }

  #isWildcard(node: number): boolean {
    const at = this.#tree.nameAt.get(node)
    const { bytes } = this.#tree.names
    return bytes[at] === 1 && bytes[at + 1] === 0x2a
  }
}

/** The label `*`. */
const WILDCARD = Uint8Array.of(1, 0x2a)

/** Offsets of the labels, the root's included, leftmost first. */
function labelOffsets(name: Name): number[] {
  const offsets: number[] = []
  let at = 0
  for (; name[at] !== 0; at += name[at]! + 1) offsets.push(at)
  offsets.push(at)
  return offsets
}
