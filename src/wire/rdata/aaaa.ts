import { formatAddress, parseAddress } from '../../base/ip.ts'
import { type Field, type RdataType, shown } from './field.ts'
import { RrType } from './type.ts'

const MAPPED = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255])

const address: Field = {
  label: 'address',
  parse(scanner, out) {
    const text = scanner.slice()
    const octets = text.includes(':') ? parseAddress(text) : null
    if (octets === null) return `address ${shown(scanner)} is not an IPv6 address; legal is 2001:db8::1`
    // The gate for addresses unwraps ::ffff:a.b.c.d; as zone data it stays what the zone's author wrote.
    if (octets.length === 4) out.octets(MAPPED)
    out.octets(octets)
    return null
  },
  format(rdata, at, end, parts) {
    if (at + 16 > end) return -1
    parts.push(formatAddress(rdata.subarray(at, at + 16)))
    return at + 16
  },
}

/**
 * RFC 3596 section 2.2:
 *
 *   ADDRESS (128)
 */
export const aaaa: RdataType = { name: 'AAAA', code: RrType.AAAA, fields: [address] }
