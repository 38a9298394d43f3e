import { decodeBase32Hex, decodeBase64, decodeHex, encodeBase32Hex, encodeBase64, encodeHex } from './encoding.ts'
import { type Field, shown } from './field.ts'

/** Hex digits up to the end of the record, in one token or several; at least one octet. */
export function remainingHex(label: string): Field {
  return remaining(label, decodeHex, encodeHex, 'an even number of hex digits')
}

/** Padded base64 up to the end of the record, in one token or several; at least one octet. */
export function remainingBase64(label: string): Field {
  return remaining(label, decodeBase64, encodeBase64, 'base64 with its padding')
}

/** {@link remainingBase64}, or nothing at all. */
export function optionalBase64(label: string): Field {
  const some = remainingBase64(label)
  return {
    ...some,
    optional: true,
    format: (rdata, at, end, parts) => (at === end ? end : some.format(rdata, at, end, parts)),
  }
}

function remaining(
  label: string,
  decode: (text: string) => Uint8Array | null,
  encode: (bytes: Uint8Array, from: number, to: number) => string,
  legal: string,
): Field {
  return {
    label,
    parse(scanner, out) {
      let text = scanner.slice()
      while (scanner.advance()) text += scanner.slice()
      const octets = decode(text)
      if (octets === null || octets.length === 0) return `${label} is not ${legal}`
      out.octets(octets)
      return null
    },
    format(rdata, at, end, parts) {
      if (at >= end) return -1
      parts.push(encode(rdata, at, end))
      return end
    },
  }
}

/** A length octet, then so many octets as hex digits; `-` for none (RFC 5155 section 3.3). */
export function salt(label: string): Field {
  return {
    label,
    parse(scanner, out) {
      const text = scanner.slice()
      const octets = text === '-' ? new Uint8Array(0) : decodeHex(text)
      if (octets === null || octets.length > 255)
        return `${label} ${shown(scanner)} is neither - nor 1 to 255 octets in hex`
      out.u8(octets.length)
      out.octets(octets)
      return null
    },
    format: (rdata, at, end, parts) =>
      formatCounted(rdata, at, end, parts, (bytes, from, to) => (from === to ? '-' : encodeHex(bytes, from, to))),
  }
}

/** A length octet, then so many octets as base32hex (RFC 5155 section 3.3). */
export function ownerHash(label: string): Field {
  return {
    label,
    parse(scanner, out) {
      const octets = decodeBase32Hex(scanner.slice())
      if (octets === null || octets.length === 0 || octets.length > 255)
        return `${label} ${shown(scanner)} is not 1 to 255 octets in base32hex`
      out.u8(octets.length)
      out.octets(octets)
      return null
    },
    format: (rdata, at, end, parts) =>
      at < end && rdata[at] === 0 ? -1 : formatCounted(rdata, at, end, parts, encodeBase32Hex),
  }
}

function formatCounted(
  rdata: Uint8Array,
  at: number,
  end: number,
  parts: string[],
  encode: (bytes: Uint8Array, from: number, to: number) => string,
): number {
  if (at >= end) return -1
  const next = at + 1 + rdata[at]!
  if (next > end) return -1
  parts.push(encode(rdata, at + 1, next))
  return next
}
