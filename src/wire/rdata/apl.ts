import { formatAddress } from '../../base/ip.ts'
import { type Field, type RdataType, shown } from './field.ts'
import { ipv4Octets, ipv6Octets } from './field-addresses.ts'
import { readUnsigned } from './field-numbers.ts'
import { RrType } from './type.ts'

const NEGATED = 0x80
/** Octets of an address by ADDRESSFAMILY: IPv4, IPv6. */
const WIDTH: Readonly<Record<number, number>> = { 1: 4, 2: 16 }

const items: Field = {
  label: 'prefix',
  optional: true,
  parse(scanner, out) {
    do {
      const match = /^(!?)([12]):([^/]+)\/([0-9]{1,3})$/.exec(scanner.slice())
      const family = Number(match?.[2])
      const octets = match === null ? null : family === 1 ? ipv4Octets(match[3]!) : ipv6Octets(match[3]!)
      const prefix = Number(match?.[4])
      if (match === null || octets === null || prefix > 8 * octets.length)
        return `prefix ${shown(scanner)} is not [!]family:address/length; legal are 1:192.0.2.0/24, !2:2001:db8::/32`
      const used = octets.findLastIndex(octet => octet !== 0) + 1
      out.u16(family)
      out.u8(prefix)
      out.u8((match[1] === '!' ? NEGATED : 0) | used)
      out.octets(octets, 0, used)
    } while (scanner.advance())
    return null
  },
  format(rdata, at, end, parts) {
    let next = at
    while (next < end) {
      if (next + 4 > end) return -1
      const family = readUnsigned(rdata, next, 2)
      const prefix = rdata[next + 2]!
      const sign = (rdata[next + 3]! & NEGATED) !== 0 ? '!' : ''
      const used = rdata[next + 3]! & ~NEGATED
      const from = next + 4
      next = from + used
      const width = WIDTH[family] ?? 0
      // Section 4: trailing zero octets are left out.
      if (next > end || used > width || prefix > 8 * width || (used > 0 && rdata[next - 1] === 0)) return -1
      const address = new Uint8Array(width)
      address.set(rdata.subarray(from, next))
      parts.push(`${sign}${family}:${formatAddress(address)}/${prefix}`)
    }
    return next
  },
}

/**
 * RFC 3123 section 4, may be empty:
 *
 *   ( ADDRESSFAMILY (16), 1 = IPv4, 2 = IPv6 | PREFIX (8) | N (1) = negated, AFDLENGTH (7) | AFDPART (AFDLENGTH octets) )*
 */
export const apl: RdataType = { name: 'APL', code: RrType.APL, fields: [items] }
