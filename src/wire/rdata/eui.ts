import { encodeHex } from './encoding.ts'
import { type Field, type RdataType, shown } from './field.ts'
import { RrType } from './type.ts'

/** So many octets as pairs of hex digits with hyphens between. */
function hyphenated(label: string, octets: 6 | 8): Field {
  const legal = new RegExp(`^[0-9a-f]{2}(-[0-9a-f]{2}){${octets - 1}}$`, 'i')
  return {
    label,
    parse(scanner, out) {
      const text = scanner.slice()
      if (!legal.test(text)) return `${label} ${shown(scanner)} is not ${octets} pairs of hex digits with - between`
      for (const pair of text.split('-')) out.u8(Number.parseInt(pair, 16))
      return null
    },
    format(rdata, at, end, parts) {
      if (at + octets > end) return -1
      parts.push(
        encodeHex(rdata, at, at + octets)
          .toLowerCase()
          .replace(/..(?=.)/g, '$&-'),
      )
      return at + octets
    },
  }
}

/**
 * RFC 7043 sections 3.1 and 4.1:
 *
 *   ADDRESS (48 or 64)
 */
export const eui48: RdataType = { name: 'EUI48', code: RrType.EUI48, fields: [hyphenated('address', 6)] }
export const eui64: RdataType = { name: 'EUI64', code: RrType.EUI64, fields: [hyphenated('address', 8)] }
