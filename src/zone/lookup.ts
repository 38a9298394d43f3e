import { wholeNameLength } from '../wire/name.ts'
import { RrType } from '../wire/rdata/type.ts'
import { NodeFlag } from './layout.ts'
import { type Lookup, Outcome } from './outcome.ts'
import type { ZoneTables } from './tables.ts'

/** The name asked for, taken apart. One per thread, written anew by every call: a lookup allocates nothing. */
const asked = {
  bytes: new Uint8Array(1) as Uint8Array,
  /** Offset of the name in `bytes`. */
  at: 0,
  /** Number of labels, the root not counted. */
  labels: 0,
  /** Offsets of the labels from the start of the name; the one after the last is the root's. A name has at most 127 labels. */
  labelAt: new Uint8Array(128),
  /** The zone that {@link deepestOrigin} found. */
  zone: -1,
}

/**
 * Looks a name up as RFC 1034 section 4.3.2 says, steps 2 and 3, over all zones; allocates nothing.
 *
 * `name[at..at+length)` is a valid wire name, whole and lower case. `result` is written anew: see `outcome.ts`. `soa` is set whenever a loaded
 * zone holds the name; `routed` whenever the matched owner belongs to a service (also when the type asked for is static data or NoData).
 * For Delegation and FollowDname `node` is the owner of `rrset`.
 */
export function lookup(
  tables: ZoneTables,
  name: Uint8Array,
  at: number,
  length: number,
  qtype: number,
  result: Lookup,
): void {
  clear(result)
  takeApart(name, at, length)
  let depth = deepestOrigin(tables, asked.labels)
  if (depth < 0) return
  // RFC 4035 section 3.1.4.1: DS at a cut is the parent's to answer, so the child steps back where the parent is ours too.
  if (qtype === RrType.DS && depth === asked.labels && depth > 0) depth = parentOrigin(tables)
  result.zone = asked.zone
  const apex = tables.zoneApex(asked.zone)
  if (apex < 0) {
    result.outcome = Outcome.Broken
    return
  }
  result.soa = tables.zoneSoa(asked.zone)
  walk(tables, apex, depth, qtype, result)
}

/**
 * The RRset of `type` that stands exactly at the name in `tables.bytes[nameOffset]` and is its zone's own: what lies at or below a cut is
 * not. For the additional section. -1 = none. Allocates nothing.
 */
export function findOwn(tables: ZoneTables, nameOffset: number, type: number): number {
  takeApart(tables.bytes, nameOffset, wholeNameLength(tables.bytes, nameOffset))
  const depth = deepestOrigin(tables, asked.labels)
  return depth < 0 ? -1 : rrsetBelow(tables, tables.zoneApex(asked.zone), depth, type, NodeFlag.Cut)
}

/**
 * The same for the addresses of name servers, where data below a cut counts (RFC 1034 section 4.3.2 step 3b: "using glue RRs if the addresses
 * are not available from authoritative data"): so the deepest zone that has some wins.
 */
export function findGlue(tables: ZoneTables, nameOffset: number, type: number): number {
  takeApart(tables.bytes, nameOffset, wholeNameLength(tables.bytes, nameOffset))
  for (let depth = deepestOrigin(tables, asked.labels); depth >= 0; depth = deepestOrigin(tables, depth - 1)) {
    const rrset = rrsetBelow(tables, tables.zoneApex(asked.zone), depth, type, 0)
    if (rrset >= 0) return rrset
  }
  return -1
}

function clear(result: Lookup): void {
  result.outcome = Outcome.NotOurs
  result.zone = -1
  result.node = -1
  result.rrset = -1
  result.soa = -1
  result.cut = 0
  result.routed = -1
  result.wildcard = false
}

function takeApart(name: Uint8Array, at: number, length: number): void {
  let labels = 0
  let i = 0
  for (; i < length - 1; i += name[at + i]! + 1) asked.labelAt[labels++] = i
  asked.labelAt[labels] = i
  asked.bytes = name
  asked.at = at
  asked.labels = labels
}

/** Offset from the start of the name of its suffix of `depth` labels. */
function suffixAt(depth: number): number {
  return asked.labelAt[asked.labels - depth]!
}

/** The child of `node`, itself at `depth` labels, on the way to the name. */
function step(tables: ZoneTables, node: number, depth: number): number {
  return tables.child(node, asked.bytes, asked.at + suffixAt(depth + 1))
}

/** Labels of the longest origin that is a suffix of the name, at most `most`; -1 = no zone of ours. Sets `asked.zone`. */
function deepestOrigin(tables: ZoneTables, most: number): number {
  let best = -1
  let signpost = 0
  for (let depth = 0; depth <= most && signpost >= 0; depth++) {
    const zone = tables.signpostZone(signpost)
    if (zone >= 0) {
      best = depth
      asked.zone = zone
    }
    if (depth < most) signpost = step(tables, signpost, depth)
  }
  return best
}

/** For DS at an origin: the enclosing zone of ours that delegates it, else the origin itself. */
function parentOrigin(tables: ZoneTables): number {
  const child = asked.zone
  const depth = deepestOrigin(tables, asked.labels - 1)
  if (depth >= 0 && delegates(tables, tables.zoneApex(asked.zone), depth)) return depth
  asked.zone = child
  return asked.labels
}

/**
 * True when the zone has a cut on the way to the name, or did not load. A parent that forgot the delegation must not answer DS:
 * it would say NXDOMAIN, and a resolver that believes RFC 8020 would take the whole child zone away.
 */
function delegates(tables: ZoneTables, apex: number, originDepth: number): boolean {
  let node = apex
  if (node < 0) return true
  for (let depth = originDepth; depth < asked.labels; depth++) {
    node = step(tables, node, depth)
    if (node < 0) return false
    if ((tables.nodeFlags(node) & NodeFlag.Cut) !== 0) return true
  }
  return false
}

/** The RRset of `type` at the name, reached from the apex by nodes that have none of the `barred` flags; -1 = none. */
function rrsetBelow(tables: ZoneTables, apex: number, originDepth: number, type: number, barred: number): number {
  let node = apex
  for (let depth = originDepth; node >= 0 && depth < asked.labels; depth++) {
    node = step(tables, node, depth)
    if (node >= 0 && (tables.nodeFlags(node) & barred) !== 0) return -1
  }
  return node < 0 ? -1 : tables.rrsetAt(node, type)
}

/** RFC 1034 section 4.3.2 step 3: matches down, label by label, from the apex at `originDepth` labels. */
function walk(tables: ZoneTables, apex: number, originDepth: number, qtype: number, result: Lookup): void {
  let node = apex
  for (let depth = originDepth; depth < asked.labels; depth++) {
    const flags = tables.nodeFlags(node)
    // Step 3b: a cut on the way.
    if ((flags & NodeFlag.Cut) !== 0) {
      leave(tables, node, depth, RrType.NS, Outcome.Delegation, result)
      return
    }
    // RFC 6672 section 3.2 step 3c: the owner itself is not redirected, everything below is.
    if ((flags & NodeFlag.Dname) !== 0) {
      leave(tables, node, depth, RrType.DNAME, Outcome.FollowDname, result)
      return
    }
    const child = step(tables, node, depth)
    if (child < 0) {
      belowEncloser(tables, node, qtype, result)
      return
    }
    node = child
  }
  // Of a cut only the DS RRset is this zone's own, authoritative data (RFC 4035 section 3.1.4.1).
  if ((tables.nodeFlags(node) & NodeFlag.Cut) !== 0 && qtype !== RrType.DS)
    leave(tables, node, asked.labels, RrType.NS, Outcome.Delegation, result)
  else atNode(tables, node, qtype, result)
}

/** The search leaves the zone at `node`, whose name has `depth` labels. */
function leave(
  tables: ZoneTables,
  node: number,
  depth: number,
  type: number,
  outcome: typeof Outcome.Delegation | typeof Outcome.FollowDname,
  result: Lookup,
): void {
  result.outcome = outcome
  result.node = node
  result.rrset = tables.rrsetAt(node, type)
  result.cut = suffixAt(depth)
}

/** The name does not exist and `encloser` is its closest encloser: only `*.<encloser>` may answer (RFC 4592 section 3.3.1). */
function belowEncloser(tables: ZoneTables, encloser: number, qtype: number, result: Lookup): void {
  const source = tables.nodeWildcard(encloser)
  if (source < 0) {
    result.outcome = Outcome.NxDomain
    return
  }
  result.wildcard = true
  atNode(tables, source, qtype, result)
}

/** Step 3a: the node is the name, or the wildcard that stands in for it. */
function atNode(tables: ZoneTables, node: number, qtype: number, result: Lookup): void {
  result.node = node
  result.routed = tables.nodeRouted(node)
  const cname = (tables.nodeFlags(node) & NodeFlag.Cname) !== 0
  if (cname && result.routed >= 0 && followsCname(qtype)) {
    result.outcome = Outcome.Shared
    result.rrset = tables.rrsetAt(node, RrType.CNAME)
    return
  }
  if (qtype === RrType.ANY) {
    result.outcome = result.routed >= 0 || tables.nodeRrsetCount(node) > 0 ? Outcome.Any : Outcome.NoData
    return
  }
  if (result.routed >= 0 && tables.routedAnswers(node, qtype)) {
    result.outcome = Outcome.Routed
    return
  }
  result.rrset = tables.rrsetAt(node, qtype)
  if (result.rrset >= 0) result.outcome = Outcome.Hit
  else if (cname && followsCname(qtype)) {
    result.outcome = Outcome.FollowCname
    result.rrset = tables.rrsetAt(node, RrType.CNAME)
  } else result.outcome = Outcome.NoData
}

/** RFC 4035 section 2.5: RRSIG and NSEC may stand beside a CNAME, so it redirects neither. */
function followsCname(qtype: number): boolean {
  return qtype !== RrType.RRSIG && qtype !== RrType.NSEC
}
