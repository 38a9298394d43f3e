import { formatName } from '../wire/name.ts'
import { RrType, typeName } from '../wire/rdata/type.ts'
import { nodeText, type ParsedZone, rrsetOf } from './parsed-zone.ts'
import type { ProblemList } from './problem-list.ts'
import { tell } from './rrset-problem.ts'
import { checkTargets } from './target-checks.ts'
import { coveringNodes, hasDname, isCut, isWildcard } from './zone-shape.ts'

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
    if (whole) checkTargets(zone, node, above, problems)
  }
}

function checkApex(zone: ParsedZone, whole: boolean, problems: ProblemList): void {
  const soa = rrsetOf(zone, 0, RrType.SOA)
  const file = zone.files[0]!
  if (soa < 0) {
    if (whole) problems.add('error', file, 0, 0, `no SOA record at ${formatName(zone.origin)}; a zone has exactly one`)
  } else if (countOf(zone, soa) > 1) tell('error', zone, soa, 'stands more than once; a zone has exactly one', problems)
  if (whole && rrsetOf(zone, 0, RrType.NS) < 0)
    problems.add('error', file, 0, 0, `no NS record at ${formatName(zone.origin)}; a zone has at least one`)
  const ds = rrsetOf(zone, 0, RrType.DS)
  // RFC 4035 section 2.4.
  if (ds >= 0)
    tell('warning', zone, ds, "stands at the zone's apex; it belongs at the cut in the parent zone", problems)
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
  const redirects = dname >= 0 ? dname : rrsetOf(zone, node, RrType.NS)
  if (redirects >= 0) tell('warning', zone, redirects, AT_WILDCARD, problems)
}

/** RFC 4592 sections 4.2 and 4.4 discourage both and define neither; NSD and Knot load them, BIND only the DNAME. */
const AT_WILDCARD = 'stands at a wildcard, where it has no defined meaning (RFC 4592): it is plain data here'

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

function typesAt(zone: ParsedZone, node: number): number[] {
  return [...zone.rrsets.type.subarray(zone.nodeFirst[node], zone.nodeFirst[node + 1])]
}

function countOf(zone: ParsedZone, rrset: number): number {
  return zone.rrsets.first[rrset + 1]! - zone.rrsets.first[rrset]!
}
