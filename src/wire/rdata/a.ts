import { formatAddress } from '../../base/ip.ts'
import { type Field, type FieldScanner, type RdataType, shown } from './field.ts'
import { RrType } from './type.ts'

const address: Field = {
  label: 'address',
  parse(scanner, out) {
    const value = dottedQuad(scanner)
    if (value < 0) return `address ${shown(scanner)} is not an IPv4 address; legal is 192.0.2.1, no leading zeros`
    out.u32(value)
    return null
  },
  format(rdata, at, end, parts) {
    if (at + 4 > end) return -1
    parts.push(formatAddress(rdata.subarray(at, at + 4)))
    return at + 4
  },
}

/**
 * RFC 1035 section 3.4.1:
 *
 *   ADDRESS (32)
 */
export const a: RdataType = { name: 'A', code: RrType.A, fields: [address] }

/** The token as a 32-bit number; -1 when it is no dotted quad. By hand because most records of large zones are of this type. */
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
