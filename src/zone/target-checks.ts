import { formatName, isWithin, type Name, nameEnd } from '../wire/name.ts'
import { RrType, typeName } from '../wire/rdata/type.ts'
import { type ParsedZone, rrsetOf } from './parsed-zone.ts'
import type { ProblemList } from './problem-list.ts'
import { tell } from './rrset-problem.ts'
import { isCut } from './zone-shape.ts'

/** Octets in front of the EXCHANGE of an MX and of the TARGET of a SRV. */
const MX_HOST_AT = 2
const SRV_HOST_AT = 6

/** Warns of hosts that the node's NS, MX and SRV records name in vain. `above` is that of `coveringNodes`. */
export function checkTargets(zone: ParsedZone, node: number, above: Int32Array, problems: ProblemList): void {
  if (above[node]! >= 0) return
  for (let rrset = zone.nodeFirst[node]!; rrset < zone.nodeFirst[node + 1]!; rrset++) {
    const type = zone.rrsets.type[rrset]!
    if (type === RrType.NS) checkNameServers(zone, rrset, above, problems)
    else if (type === RrType.MX) checkHosts(zone, rrset, MX_HOST_AT, above, problems)
    else if (type === RrType.SRV) checkHosts(zone, rrset, SRV_HOST_AT, above, problems)
  }
}

/** RFC 1034 section 4.2.1, RFC 2181 section 10.3: name servers inside the zone must have addresses in it. */
function checkNameServers(zone: ParsedZone, ns: number, above: Int32Array, problems: ProblemList): void {
  const { rrsets, tree, origin } = zone
  const node = rrsets.node[ns]!
  for (let k = rrsets.first[ns]!; k < rrsets.first[ns + 1]!; k++) {
    const target = targetOf(zone, k, 0)
    if (!isWithin(target, origin)) continue
    const found = find(zone, target, above)
    if (found >= 0 && (rrsetOf(zone, found, RrType.A) >= 0 || rrsetOf(zone, found, RrType.AAAA) >= 0)) continue
    const glue = found >= 0 && (above[found]! >= 0 || isCut(zone, found))
    const why = found >= 0 && rrsetOf(zone, found, RrType.CNAME) >= 0 ? 'is a CNAME' : 'has no address here'
    const demand = glue || below(target, node, tree) ? 'glue is missing' : 'an A or AAAA record is missing'
    tell('warning', zone, ns, `names ${formatName(target)}, which ${why}: ${demand}`, problems)
  }
}

/** RFC 2181 section 10.3 and RFC 2782: the host is no alias. A host without any record is not told: services of the configuration may be laid over it. */
function checkHosts(zone: ParsedZone, rrset: number, hostAt: number, above: Int32Array, problems: ProblemList): void {
  const { rrsets, origin } = zone
  for (let k = rrsets.first[rrset]!; k < rrsets.first[rrset + 1]!; k++) {
    const target = targetOf(zone, k, hostAt)
    if (!isWithin(target, origin)) continue
    const found = find(zone, target, above)
    if (found < 0 || above[found]! >= 0 || rrsetOf(zone, found, RrType.CNAME) < 0) continue
    const type = typeName(rrsets.type[rrset]!)
    tell('warning', zone, rrset, `names ${formatName(target)}, which is a CNAME; ${type} names a host itself`, problems)
  }
}

/** The name that stands `skip` octets into a record's RDATA. */
function targetOf({ rrsets }: ParsedZone, record: number, skip: number): Name {
  const at = rrsets.rdata[record]! + skip
  return rrsets.bytes.subarray(at, nameEnd(rrsets.bytes, at, rrsets.rdata[record + 1]!)) as Name
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
