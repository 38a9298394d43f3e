import { RrType } from '../wire/rdata/type.ts'
import { type ParsedZone, rrsetOf } from './parsed-zone.ts'

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

export function hasDname(zone: ParsedZone, node: number): boolean {
  return !isWildcard(zone, node) && rrsetOf(zone, node, RrType.DNAME) >= 0
}

export function isWildcard(zone: ParsedZone, node: number): boolean {
  const at = zone.tree.nameAt.get(node)
  const { bytes } = zone.tree.names
  return bytes[at] === 1 && bytes[at + 1] === 0x2a
}
