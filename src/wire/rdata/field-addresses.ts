import { formatAddress, parseAddress } from '../../base/ip.ts'
import { type Field, type FieldScanner, shown } from './field.ts'

const MAPPED = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255])

/** An IPv4 address of 4 octets. */
export function ipv4(label: string): Field {
  return {
    label,
    parse(scanner, out) {
      const value = dottedQuad(scanner)
      if (value < 0) return `${label} ${shown(scanner)} is not an IPv4 address; legal is 192.0.2.1, no leading zeros`
      out.u32(value)
      return null
    },
    format: (rdata, at, end, parts) => format(rdata, at, at + 4, end, parts),
  }
}

/** An IPv6 address of 16 octets. */
export function ipv6(label: string): Field {
  return {
    label,
    parse(scanner, out) {
      const octets = ipv6Octets(scanner.slice())
      if (octets === null) return `${label} ${shown(scanner)} is not an IPv6 address; legal is 2001:db8::1`
      out.octets(octets)
      return null
    },
    format: (rdata, at, end, parts) => format(rdata, at, at + 16, end, parts),
  }
}

function format(rdata: Uint8Array, at: number, next: number, end: number, parts: string[]): number {
  if (next > end) return -1
  parts.push(formatAddress(rdata.subarray(at, next)))
  return next
}

/** The 4 octets of an IPv4 address; null when it is none, also where it is mapped into IPv6. */
export function ipv4Octets(text: string): Uint8Array | null {
  return text.includes(':') ? null : parseAddress(text)
}

/** The 16 octets of an IPv6 address; null when it is none. */
export function ipv6Octets(text: string): Uint8Array | null {
  const octets = text.includes(':') ? parseAddress(text) : null
  // The gate for addresses unwraps ::ffff:a.b.c.d; as zone data it stays what the zone's author wrote.
  return octets?.length === 4 ? Uint8Array.from([...MAPPED, ...octets]) : octets
}

/** The token as a 32-bit number; -1 when it is no dotted quad. By hand because most records of large zones are of type A. */
function dottedQuad(scanner: FieldScanner): number {
  const { text, from, to } = scanner
  let value = 0
  let octet = -1
  let dots = 0
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x2e) {
      if (octet < 0) return -1
      value = value * 256 + octet
      octet = -1
      dots++
      continue
    }
    if (code < 0x30 || code > 0x39 || octet === 0) return -1
    octet = (octet < 0 ? 0 : octet * 10) + code - 0x30
    if (octet > 255) return -1
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1
}
