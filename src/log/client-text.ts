import type { Family } from '../base/ip.ts'
import { formatAddress } from '../base/ip.ts'
import { LEAF_LENGTH } from '../base/prefix.ts'
import type { RingRecord } from '../model/query-ring.ts'
import type { Query } from '../wire/query.ts'

/** Octets of the client's address, 4 or 16; with `block` nothing is left of it behind its /24 or /56. */
export function clientOctets({ address, family }: RingRecord, block: boolean): Uint8Array {
  const octets = address.slice(0, family === 4 ? 4 : 16)
  return block ? cut(octets, family) : octets
}

/** `168.126.63.0/24`: address and SOURCE PREFIX-LENGTH of the ECS option (RFC 7871 section 6); null without one. */
export function ecsText({ ecsAt, view }: Query, block: boolean): string | null {
  if (ecsAt === 0) return null
  const family = view.getUint16(ecsAt)
  // The only family but those of IP is 0, with no address.
  if (family !== 1 && family !== 2) return '0/0'
  const source = view.getUint8(ecsAt + 2)
  const octets = new Uint8Array(family === 1 ? 4 : 16)
  for (let i = 0; i < (source + 7) >> 3; i++) octets[i] = view.getUint8(ecsAt + 4 + i)
  const kind = family === 1 ? 4 : 6
  const length = block ? Math.min(source, LEAF_LENGTH[kind]) : source
  return `${formatAddress(block ? cut(octets, kind) : octets)}/${length}`
}

/** Leaves are whole octets long. An IPv4-mapped address is cut like any IPv6 one: nothing is left of it. */
function cut(octets: Uint8Array, family: Family): Uint8Array {
  return octets.fill(0, LEAF_LENGTH[family] / 8)
}
