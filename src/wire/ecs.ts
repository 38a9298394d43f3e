import type { Query } from './query.ts'

const FIXED_OCTETS = 4
/** Bits of an IPv6 address before the IPv4 address that is mapped into it. */
const MAPPED_BITS = 96

/**
 * Reads the EDNS Client Subnet option whose data are `message[at..at+length)`. False = FORMERR.
 *
 *   FAMILY(2)  SOURCE PREFIX-LENGTH(1)  SCOPE PREFIX-LENGTH(1)  ADDRESS(ceil(SOURCE/8))      RFC 7871 section 6
 */
export function decodeEcs(message: Uint8Array, at: number, length: number, query: Query): boolean {
  if (length < FIXED_OCTETS) return false
  const family = (message[at]! << 8) | message[at + 1]!
  const source = message[at + 2]!
  // Section 6: SCOPE MUST be 0 in queries; to refuse what is not is our choice.
  if (message[at + 3] !== 0) return false
  // Section 7.2.1: an unknown family is a MUST for FORMERR. Family 0 is what clients send with "no subnet, please" (SOURCE 0).
  if (family > 2 || (family === 0 && source > 0)) return false
  if (source > (family === 1 ? 32 : 128)) return false
  const octets = (source + 7) >> 3
  if (length !== FIXED_OCTETS + octets) return false
  const address = at + FIXED_OCTETS
  // Bits past SOURCE MUST be zero, and a server SHOULD answer FORMERR where they are not.
  if ((source & 7) !== 0 && (message[address + octets - 1]! & (0xff >> (source & 7))) !== 0) return false
  query.ecsAt = at
  query.ecsLength = length
  query.ecsMapped = source >= MAPPED_BITS && family === 2 && isMapped(message, address)
  if (query.ecsMapped) {
    query.ecsFamily = 4
    query.ecsHi = octetsAt(message, address + MAPPED_BITS / 8, octets - MAPPED_BITS / 8) >>> 0
    query.ecsLo = 0
    return true
  }
  query.ecsFamily = source === 0 ? 0 : family === 1 ? 4 : 6
  query.ecsHi = octetsAt(message, address, Math.min(octets, 4)) >>> 0
  query.ecsLo = octets > 4 ? octetsAt(message, address + 4, Math.min(octets - 4, 4)) >>> 0 : 0
  return true
}

/** ::ffff:0:0/96, RFC 4291 section 2.5.5.2. */
function isMapped(message: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (message[at + i] !== 0) return false
  return message[at + 10] === 255 && message[at + 11] === 255
}

/** `count` octets, 0..4, as the top of a signed 32-bit number: an unsigned one would be boxed to be returned. */
function octetsAt(message: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let i = 0; i < count; i++) value |= message[at + i]! << (24 - 8 * i)
  return value
}
