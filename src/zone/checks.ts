import { formatName, isWithin, type Name, nameEnd } from '../wire/name.ts'
import { RrType, typeName } from '../wire/rdata/type.ts'
import { nodeText, type ParsedZone, rrsetOf } from './parsed-zone.ts'
import type { ProblemList } from './problem-list.ts'

/** RFC 4035 section 2.5 and RFC 2181 section 10.1: what may stand beside a CNAME. */
const BESIDE_CNAME = new Set<number>([RrType.CNAME, RrType.RRSIG, RrType.NSEC])
/** What a parent may hold at a cut; all else is data of the child. (DNAME there is an error of its own.) */
const AT_CUT = new Set<number>([RrType.NS, RrType.DS, RrType.NSEC, RrType.RRSIG, RrType.A, RrType.AAAA, RrType.DNAME])

/**
 * Says what keeps a zone from being served (errors) and what its author hardly meant (warnings). Where the text already had errors, rules about
 * what is missing keep silent: the line that was refused may have been it.
 */
export function checkZone(zone: ParsedZone, problems: ProblemList): void {
  const whole = problems.errors === 0
  checkApex(zone, whole, problems)
  const above = coveringNodes(zone)
  for (let node = 0; node < zone.tree.size; node++) {
    if (zone.nodeFirst[node] === zone.nodeFirst[node + 1]) continue
    checkAliases(zone, node, problems)
    checkCovered(zone, node, above[node]!, problems)
    if (whole) checkNameServers(zone, node, above, problems)
  }
}

/** Per node the nearest zone cut or DNAME owner above it; -1 = none: the node's data is the zone's own. */
export function coveringNodes(zone: ParsedZone): Int32Array {
  const above = new Int32Array(zone.tree.size).fill(-1)
  // Parents have lower numbers than their children, so one pass is enough.
  for (let node = 1; node < zone.tree.size; node++) {
    const parent = zone.tree.parentOf(node)
    above[node] = above[parent]! >= 0 ? above[parent]! : isCut(zone, parent) || hasDname(zone, parent) ? parent : -1
  }
  return above
}

export function isCut(zone: ParsedZone, node: number): boolean {
  return node > 0 && !isWildcard(zone, node) && rrsetOf(zone, node, RrType.NS) >= 0
}

function hasDname(zone: ParsedZone, node: number): boolean {
  return !isWildcard(zone, node) && rrsetOf(zone, node, RrType.DNAME) >= 0
}

function isWildcard(zone: ParsedZone, node: number): boolean {
  const at = zone.tree.nameAt.get(node)
  const { bytes } = zone.tree.names
  return bytes[at] === 1 && bytes[at + 1] === 0x2a
}

function checkApex(zone: ParsedZone, whole: boolean, problems: ProblemList): void {
  const soa = rrsetOf(zone, 0, RrType.SOA)
  const file = zone.files[0]!
  if (soa < 0) {
    if (whole) problems.add('error', file, 0, 0, `no SOA record at ${formatName(zone.origin)}; a zone has exactly one`)
  } else if (countOf(zone, soa) > 1) tell('error', zone, soa, 'stands more than once; a zone has exactly one', problems)
  if (whole && rrsetOf(zone, 0, RrType.NS) < 0)
    problems.add('error', file, 0, 0, `no NS record at ${formatName(zone.origin)}; a zone has at least one`)
}

/** CNAME (RFC 1034 section 3.6.2, RFC 2181 section 10.1) and DNAME (RFC 6672 sections 2.3 and 2.4). */
function checkAliases(zone: ParsedZone, node: number, problems: ProblemList): void {
  const cname = rrsetOf(zone, node, RrType.CNAME)
  if (cname >= 0) {
    if (countOf(zone, cname) > 1) tell('error', zone, cname, 'has more than one target; legal is one', problems)
    const other = typesAt(zone, node).find(type => !BESIDE_CNAME.has(type))
    if (other !== undefined)
      tell('error', zone, cname, `stands beside ${typeName(other)}; nothing may stand beside a CNAME`, problems)
  }
  const dname = rrsetOf(zone, node, RrType.DNAME)
  if (dname >= 0) {
    if (countOf(zone, dname) > 1) tell('error', zone, dname, 'has more than one target; legal is one', problems)
    if (isCut(zone, node)) tell('error', zone, dname, 'stands at a zone cut; it belongs in the child zone', problems)
  }
  if (!isWildcard(zone, node)) return
  // RFC 4592 sections 4.2 and 4.4 leave both without a meaning that servers agree on.
  const bad = dname >= 0 ? dname : rrsetOf(zone, node, RrType.NS)
  if (bad >= 0) tell('error', zone, bad, 'stands at a wildcard, where it has no defined meaning (RFC 4592)', problems)
}

/** Data that no query can reach. */
function checkCovered(zone: ParsedZone, node: number, above: number, problems: ProblemList): void {
  const first = zone.nodeFirst[node]!
  if (above >= 0 && hasDname(zone, above)) {
    const message = `lies below the DNAME at ${nodeText(zone.tree, above)}; nothing may stand there (RFC 6672 section 2.4)`
    tell('error', zone, first, message, problems)
    return
  }
  const cut = above >= 0 ? above : isCut(zone, node) ? node : -1
  if (cut < 0) return
  for (let i = first; i < zone.nodeFirst[node + 1]!; i++) {
    const type = zone.rrsets.type[i]!
    const reachable = cut === node ? AT_CUT.has(type) : type === RrType.A || type === RrType.AAAA
    if (!reachable)
      tell(
        'warning',
        zone,
        i,
        `is not served: the zone is cut at ${nodeText(zone.tree, cut)}, only glue counts`,
        problems,
      )
  }
}

/** RFC 1034 section 4.2.1, RFC 2181 section 10.3: name servers inside the zone must have addresses in it. */
function checkNameServers(zone: ParsedZone, node: number, above: Int32Array, problems: ProblemList): void {
  const ns = rrsetOf(zone, node, RrType.NS)
  if (ns < 0 || above[node]! >= 0) return
  const { rrsets, tree, origin } = zone
  for (let k = rrsets.first[ns]!; k < rrsets.first[ns + 1]!; k++) {
    const at = rrsets.rdata[k]!
    const target = rrsets.bytes.subarray(at, nameEnd(rrsets.bytes, at, rrsets.rdata[k + 1]!)) as Name
    if (!isWithin(target, origin)) continue
    const found = find(zone, target, above)
    if (found >= 0 && (rrsetOf(zone, found, RrType.A) >= 0 || rrsetOf(zone, found, RrType.AAAA) >= 0)) continue
    const glue = found >= 0 && (above[found]! >= 0 || isCut(zone, found))
    const why = found >= 0 && rrsetOf(zone, found, RrType.CNAME) >= 0 ? 'is a CNAME' : 'has no address here'
    const demand = glue || below(target, node, tree) ? 'glue is missing' : 'an A or AAAA record is missing'
    tell('warning', zone, ns, `names ${formatName(target)}, which ${why}: ${demand}`, problems)
  }
}

function below(target: Name, node: number, tree: ParsedZone['tree']): boolean {
  const owner = tree.names.bytes.subarray(tree.nameAt.get(node), tree.nameEnd(node)) as Name
  return node > 0 && isWithin(target, owner)
}

const WILDCARD = Uint8Array.from([1, 0x2a])

/** The node of a name that lies in the zone, or of the wildcard that answers for it; -1 = neither. */
function find(zone: ParsedZone, name: Name, above: Int32Array): number {
  const labels: number[] = []
  for (let at = 0; at < name.length - zone.origin.length; at += name[at]! + 1) labels.push(at)
  let node = 0
  for (const label of labels.reverse()) {
    const child = zone.tree.child(node, name, label)
    // Glue is never synthesised: below a cut a wildcard is the child's affair.
    if (child < 0) return above[node]! >= 0 || isCut(zone, node) ? -1 : zone.tree.child(node, WILDCARD, 0)
    node = child
  }
  return node
}

function typesAt(zone: ParsedZone, node: number): number[] {
  return [...zone.rrsets.type.subarray(zone.nodeFirst[node], zone.nodeFirst[node + 1])]
}

function countOf(zone: ParsedZone, rrset: number): number {
  return zone.rrsets.first[rrset + 1]! - zone.rrsets.first[rrset]!
}

function tell(severity: 'error' | 'warning', zone: ParsedZone, rrset: number, what: string, problems: ProblemList) {
  const { rrsets, files } = zone
  const subject = `${nodeText(zone.tree, rrsets.node[rrset]!)} ${typeName(rrsets.type[rrset]!)}`
  problems.add(severity, files[rrsets.file[rrset]!]!, rrsets.line[rrset]!, 0, `${subject} ${what}`)
}
