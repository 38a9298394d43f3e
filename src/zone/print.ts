import { formatRdata } from '../wire/rdata/presentation.ts'
import { RrType, typeName } from '../wire/rdata/type.ts'
import { nodeText, type ParsedZone, rrsetOf } from './parsed-zone.ts'

/**
 * The zone as a master file in normal form: one record per line, names absolute and lower case, TTL and class always stated, SOA first,
 * then names in the canonical order of RFC 4034 section 6.1 and types by number. Any nameserver loads it; equal zones print equal text.
 */
export function printZone(zone: ParsedZone): string {
  const lines: string[] = []
  const soa = rrsetOf(zone, 0, RrType.SOA)
  if (soa >= 0) printRrset(zone, soa, lines)
  for (const node of canonicalOrder(zone))
    for (let i = zone.nodeFirst[node]!; i < zone.nodeFirst[node + 1]!; i++) if (i !== soa) printRrset(zone, i, lines)
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function printRrset({ rrsets, tree }: ParsedZone, rrset: number, lines: string[]): void {
  const type = rrsets.type[rrset]!
  const head = `${nodeText(tree, rrsets.node[rrset]!)}\t${rrsets.ttl[rrset]}\tIN\t${typeName(type)}\t`
  const data: string[] = []
  for (let k = rrsets.first[rrset]!; k < rrsets.first[rrset + 1]!; k++)
    data.push(formatRdata(type, rrsets.bytes, rrsets.rdata[k]!, rrsets.rdata[k + 1]!))
  for (const text of data.sort()) lines.push(head + text)
}

/** Nodes parent before child, siblings by the octets of their label, a whole family before the next sibling. */
function canonicalOrder({ tree }: ParsedZone): number[] {
  const children: number[][] = Array.from({ length: tree.size }, () => [])
  for (let node = 1; node < tree.size; node++) children[tree.parentOf(node)]!.push(node)
  const { bytes } = tree.names
  const order: number[] = []
  const pending = [0]
  while (pending.length > 0) {
    const node = pending.pop()!
    order.push(node)
    // The stack gives back the last one first, hence the descending sort.
    for (const child of children[node]!.sort((a, b) => compareLabels(bytes, tree.nameAt.get(b), tree.nameAt.get(a))))
      pending.push(child)
  }
  return order
}

/** Octet by octet; of two that begin alike the shorter first. */
function compareLabels(bytes: Uint8Array, a: number, b: number): number {
  const lengthA = bytes[a]!
  const lengthB = bytes[b]!
  for (let i = 1; i <= lengthA && i <= lengthB; i++) {
    const difference = bytes[a + i]! - bytes[b + i]!
    if (difference !== 0) return difference
  }
  return lengthA - lengthB
}
