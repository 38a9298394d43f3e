import type { Arena } from '../base/arena.ts'
import { edgeHash, sameLabel } from './edge-hash.ts'
import {
  INDEX_WORDS,
  MAX_ROUTED_TYPE,
  NODE_WORDS,
  NodeWord,
  ROUTE_WORDS,
  RouteWord,
  RRSET_WORDS,
  RrsetWord,
  ZONE_WORDS,
  type ZoneInfo,
  ZoneWord,
} from './layout.ts'

/**
 * All zones, read by offset from an arena (see `layout.ts` for the drawing). Views only: cheap to open, nothing is copied but the zones' infos.
 * Nodes, RRsets and zones are numbers from 0; -1 = none. No accessor checks its argument.
 */
export class ZoneTables {
  /** Owner names and rdata, uncompressed wire form, names lower case. */
  readonly bytes: Uint8Array
  readonly zones: readonly ZoneInfo[]
  readonly #nodes: Int32Array
  readonly #index: Int32Array
  readonly #slotMask: number
  readonly #rrsets: Uint32Array
  readonly #rdata: Uint32Array
  readonly #routes: Uint32Array
  readonly #apexes: Int32Array

  private constructor(arena: Arena) {
    this.bytes = arena.u8('zone.bytes')
    this.zones = arena.json<ZoneInfo[]>('zone.zones')
    this.#nodes = arena.i32('zone.nodes')
    this.#index = arena.i32('zone.index')
    this.#slotMask = this.#index.length / INDEX_WORDS - 1
    this.#rrsets = arena.u32('zone.rrsets')
    this.#rdata = arena.u32('zone.rdata')
    this.#routes = arena.u32('zone.routes')
    this.#apexes = arena.i32('zone.apexes')
  }

  /** Views over the sections that `compileZones` wrote; throws when one is missing. */
  static open(arena: Arena): ZoneTables {
    return new ZoneTables(arena)
  }

  /** Node of the zone's apex; -1 for a zone that did not load. */
  zoneApex(zone: number): number {
    return this.#apexes[zone * ZONE_WORDS + ZoneWord.Apex]!
  }

  /** SOA RRset of the zone; -1 for a zone that did not load. */
  zoneSoa(zone: number): number {
    return this.#apexes[zone * ZONE_WORDS + ZoneWord.Soa]!
  }

  /** Seconds a negative answer may be kept: the lesser of the SOA's TTL and its MINIMUM field (RFC 2308 section 5). */
  negativeTtl(zone: number): number {
    const soa = this.zoneSoa(zone)
    const at = this.rdataOffset(soa, 0) + this.rdataLength(soa, 0) - 4
    const { bytes } = this
    const minimum = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    return Math.min(this.rrsetTtl(soa), minimum)
  }

  /** Offset of the node's owner name in {@link bytes}. */
  nodeName(node: number): number {
    return this.#nodes[node * NODE_WORDS + NodeWord.Name]!
  }

  /** The node's RRsets are `nodeFirstRrset .. nodeFirstRrset + nodeRrsetCount - 1`, by ascending type. */
  nodeFirstRrset(node: number): number {
    return this.#nodes[node * NODE_WORDS + NodeWord.FirstRrset]!
  }
  nodeRrsetCount(node: number): number {
    return this.#nodes[node * NODE_WORDS + NodeWord.RrsetCount]!
  }

  /** Bits of `NodeFlag`. */
  nodeFlags(node: number): number {
    return this.#nodes[node * NODE_WORDS + NodeWord.Flags]!
  }

  /** The child `*` of the node; -1 = none. */
  nodeWildcard(node: number): number {
    return this.#nodes[node * NODE_WORDS + NodeWord.Wildcard]!
  }

  /** Number of the zone whose tree holds the node. */
  nodeZone(node: number): number {
    return this.#nodes[node * NODE_WORDS + NodeWord.Zone]!
  }

  /** Signposts only: the zone whose origin this node is; -1 = none. */
  signpostZone(node: number): number {
    return this.#nodes[node * NODE_WORDS + NodeWord.Link]! - 1
  }

  /** Zone nodes only: the service number of a routed owner; -1 when not routed. */
  nodeRouted(node: number): number {
    const route = this.#nodes[node * NODE_WORDS + NodeWord.Link]! - 1
    return route < 0 ? -1 : this.#routes[route * ROUTE_WORDS + RouteWord.Id]!
  }

  /** True when the service at this routed owner answers `type`. */
  routedAnswers(node: number, type: number): boolean {
    const route = this.#nodes[node * NODE_WORDS + NodeWord.Link]! - 1
    if (route < 0 || type > MAX_ROUTED_TYPE) return false
    return ((this.#routes[route * ROUTE_WORDS + RouteWord.Types + (type >>> 5)]! >>> (type & 31)) & 1) === 1
  }

  /** Offset in {@link bytes} of what the HTTPS record of a routed owner says before its address hints. */
  bindingOffset(node: number): number {
    return this.#routes[(this.#nodes[node * NODE_WORDS + NodeWord.Link]! - 1) * ROUTE_WORDS + RouteWord.Binding]!
  }
  /** Octets of it; 0 = the service has none. */
  bindingLength(node: number): number {
    return this.#routes[(this.#nodes[node * NODE_WORDS + NodeWord.Link]! - 1) * ROUTE_WORDS + RouteWord.BindingLength]!
  }

  /** The child of `parent` whose label stands at `name[at]` (length octet first, lower case); -1 = none. */
  child(parent: number, name: Uint8Array, at: number): number {
    const hash = edgeHash(parent, name, at)
    for (let slot = hash & this.#slotMask; ; slot = (slot + 1) & this.#slotMask) {
      const node = this.#index[slot * INDEX_WORDS + 1]! - 1
      if (node < 0) return -1
      if (
        this.#index[slot * INDEX_WORDS] === hash &&
        this.#nodes[node * NODE_WORDS + NodeWord.Parent] === parent &&
        sameLabel(this.bytes, this.nodeName(node), name, at)
      )
        return node
    }
  }

  /** The RRset of `type` at the node; -1 = none. */
  rrsetAt(node: number, type: number): number {
    const first = this.nodeFirstRrset(node)
    const end = first + this.nodeRrsetCount(node)
    for (let i = first; i < end; i++) if (this.rrsetType(i) === type) return i
    return -1
  }

  rrsetNode(rrset: number): number {
    return this.#rrsets[rrset * RRSET_WORDS + RrsetWord.Node]!
  }
  rrsetType(rrset: number): number {
    return this.#rrsets[rrset * RRSET_WORDS + RrsetWord.Type]!
  }
  /** Seconds, 0..2^31-1. */
  rrsetTtl(rrset: number): number {
    return this.#rrsets[rrset * RRSET_WORDS + RrsetWord.Ttl]!
  }
  /** Offset of the owner name in {@link bytes}. */
  rrsetOwner(rrset: number): number {
    return this.nodeName(this.rrsetNode(rrset))
  }
  /** Number of records, at least 1. */
  rrsetCount(rrset: number): number {
    const at = rrset * RRSET_WORDS + RrsetWord.FirstRdata
    return this.#rrsets[at + RRSET_WORDS]! - this.#rrsets[at]!
  }
  /** Offset in {@link bytes} of the rdata of record `k` (0-based). */
  rdataOffset(rrset: number, k: number): number {
    return this.#rdata[this.#rrsets[rrset * RRSET_WORDS + RrsetWord.FirstRdata]! + k]!
  }
  /** Octets, 0..65535. */
  rdataLength(rrset: number, k: number): number {
    const at = this.#rrsets[rrset * RRSET_WORDS + RrsetWord.FirstRdata]! + k
    return this.#rdata[at + 1]! - this.#rdata[at]!
  }
}
