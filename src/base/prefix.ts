import { type AddressBytes, type Family, familyOf, formatAddress, high32, low32, parseAddress } from './ip.ts'

/**
 * An IP prefix of at most 64 bits: nothing in routing decides finer than /24 (IPv4) or /56 (IPv6), so two 32-bit words carry it.
 * Bits past `length` are zero.
 */
export interface Prefix {
  readonly family: Family
  /** Octets 0..3 as an unsigned 32-bit number. */
  readonly hi: number
  /** Octets 4..7 as an unsigned 32-bit number; always 0 for IPv4. */
  readonly lo: number
  /** 0..32 for IPv4, 0..64 for IPv6. */
  readonly length: number
}

/** The finest prefix a decision is ever made for: ECS scopes are capped here (RFC 7871 section 11.1 advises /24 and /56). */
export const LEAF_LENGTH: Readonly<Record<Family, number>> = { 4: 24, 6: 56 }

/** The first `bits` (0..32) of a 32-bit word as a mask. */
export function mask32(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0
}

/** Parses `address/length`; a bare address is its leaf (/24 or /56). null when malformed, longer than 64 bits, or when bits past the length are set. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (address === null) return null
  const family = familyOf(address)
  if (slash < 0) return prefixOf(address, LEAF_LENGTH[family])
  const digits = text.slice(slash + 1)
  if (!/^(0|[1-9][0-9]{0,2})$/.test(digits)) return null
  // ::ffff:192.0.2.0/120 is 192.0.2.0/24: its length counts from the beginning of the IPv6 address it is written as.
  const length = Number(digits) - (family === 4 && text.includes(':') ? 96 : 0)
  if (length < 0 || length > (family === 4 ? 32 : 64)) return null
  const prefix = prefixOf(address, length)
  const exact =
    prefix.hi === high32(address) && prefix.lo === low32(address) && address.slice(8).every(octet => octet === 0)
  return exact ? prefix : null
}

/** The prefix of `length` bits that contains the address. */
export function prefixOf(address: AddressBytes, length: number): Prefix {
  const family = familyOf(address)
  return {
    family,
    hi: (high32(address) & mask32(length)) >>> 0,
    lo: family === 4 ? 0 : (low32(address) & mask32(length - 32)) >>> 0,
    length,
  }
}

/** The first address of the prefix. */
export function firstAddress(prefix: Prefix): AddressBytes {
  const bytes = new Uint8Array(prefix.family === 4 ? 4 : 16)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, prefix.hi)
  if (prefix.family === 6) view.setUint32(4, prefix.lo)
  return bytes
}

/** `192.0.2.0/24`, `2001:db8::/32`. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(firstAddress(prefix))}/${prefix.length}`
}

export function containsPrefix(outer: Prefix, inner: Prefix): boolean {
  return (
    outer.family === inner.family &&
    outer.length <= inner.length &&
    outer.hi === (inner.hi & mask32(outer.length)) >>> 0 &&
    outer.lo === (inner.lo & mask32(outer.length - 32)) >>> 0
  )
}

/** IPv4 first, then by address, then the shorter first: a prefix comes before everything it contains. */
export function comparePrefix(a: Prefix, b: Prefix): number {
  return a.family - b.family || a.hi - b.hi || a.lo - b.lo || a.length - b.length
}
