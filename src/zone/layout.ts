/**
 * The flat form of all zones: sections of an arena, read by offset.
 *
 *   zone.bytes   u8   owner names in wire form (whole, lower case), then rdata in wire form (names whole, lower case) and bindings
 *   zone.nodes   i32  NODE_WORDS per node:  Name Parent FirstRrset RrsetCount Flags Wildcard Link Zone
 *   zone.index   i32  open addressing, INDEX_WORDS per slot: edge hash, node + 1 (0 = free); a power of two of slots, at most half full
 *   zone.rrsets  u32  RRSET_WORDS per RRset: Node Type Ttl FirstRdata; one more row closes the last one. Sorted by node, then type; RRSIGs, then type covered
 *   zone.rdata   u32  offset into bytes of every rdata; one more closes the last one
 *   zone.routes  u32  ROUTE_WORDS per routed owner: id, then a bit per TYPE 0..95 that the service answers, then where its binding stands
 *   zone.zones   json ZoneInfo[]
 *   zone.apexes  i32  ZONE_WORDS per zone: Apex Soa
 *
 * Two kinds of trees share nodes and index. Node 0 is the root of the *signpost* tree, which holds nothing but the zones' origins:
 * its walk ends in the deepest zone of a name. Each zone has a tree of its own, whose apex has no parent: so a name may stand in a
 * parent zone (as glue, as a cut) and in a child zone with different data.
 *
 *   signposts:  . -> com -> example -> sub        zone 0:  example.com (apex) -> www    zone 1:  sub.example.com (apex) -> www
 *                            | zone 0   | zone 1                              -> sub (cut) -> ns (glue)
 */
export const NODE_WORDS = 8
export const NodeWord = {
  /** Offset of the owner name in `bytes`. */
  Name: 0,
  /** Node number; -1 at the signposts' root and at every apex. */
  Parent: 1,
  FirstRrset: 2,
  RrsetCount: 3,
  /** Bits of {@link NodeFlag}. */
  Flags: 4,
  /** The child `*`; -1 = none. */
  Wildcard: 5,
  /** In signposts: zone number + 1. In zones: route number + 1. 0 = none. */
  Link: 6,
  /** Number of the zone; -1 in signposts. */
  Zone: 7,
} as const

export const NodeFlag = {
  /** NS below the apex: a zone cut. */
  Cut: 1,
  Dname: 2,
  Cname: 4,
} as const

export const INDEX_WORDS = 2
export const RRSET_WORDS = 4
export const RrsetWord = { Node: 0, Type: 1, Ttl: 2, FirstRdata: 3 } as const
export const ROUTE_WORDS = 6
export const RouteWord = {
  /** Number of the service. */
  Id: 0,
  /** First of {@link TYPE_WORDS}. */
  Types: 1,
  /** Offset in `bytes` of the RDATA of its HTTPS record up to the address hints. */
  Binding: 4,
  /** Octets of it; 0 = it has none. */
  BindingLength: 5,
} as const
export const TYPE_WORDS = 3
/** Types a service may answer are below this number: one bit each. */
export const MAX_ROUTED_TYPE = 32 * TYPE_WORDS - 1
/** Longest that a binding may be: an HTTPS record is to fit into a datagram with its hints. */
export const MAX_BINDING_OCTETS = 512
export const ZONE_WORDS = 2
export const ZoneWord = {
  /** Node of the apex; -1 when the zone did not load. */
  Apex: 0,
  /** RRset of the SOA; -1 when the zone did not load. */
  Soa: 1,
} as const

export interface ZoneInfo {
  /** Presentation form, lower case, final dot. */
  readonly origin: string
  /** SOA serial; null when the zone did not load. */
  readonly serial: number | null
  /** Resource records, overlays not counted. */
  readonly records: number
  /** Why the zone did not load; null = it did. */
  readonly broken: string | null
}
