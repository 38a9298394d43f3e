import type { Fault, Field, FieldScanner } from './field.ts'
import { shown } from './field.ts'
import type { OctetWriter } from './octet-writer.ts'
import { decodeOctets } from './scanner.ts'

const ESCAPE_FAULT = 'has a broken escape or a character above \\255; legal are \\DDD from \\000 to \\255 and \\X'

/** `<character-string>` of RFC 1035 section 3.3: a length octet and at most 255 octets. Shown between quotes. */
export function characterString(label: string): Field {
  return {
    label,
    parse: (scanner, out) => parseString(label, scanner, out),
    format: (rdata, at, end, parts) => formatString(rdata, at, end, parts),
  }
}

/** One or more character-strings up to the end of the record. */
export function characterStrings(label: string): Field {
  return {
    label,
    parse(scanner, out) {
      do {
        const fault = parseString(label, scanner, out)
        if (fault !== null) return fault
      } while (scanner.advance())
      return null
    },
    format(rdata, at, end, parts) {
      if (at === end) return -1
      let next = at
      while (next >= 0 && next < end) next = formatString(rdata, next, end, parts)
      return next
    },
  }
}

/** Octets without a length, up to the end of the RDATA: one token. Shown between quotes. */
export function remainingText(label: string): Field {
  return {
    label,
    parse: (scanner, out) =>
      decodeOctets(scanner.text, scanner.from, scanner.to, out) ? null : `${label} ${shown(scanner)} ${ESCAPE_FAULT}`,
    format(rdata, at, end, parts) {
      parts.push(quote(rdata, at, end))
      return end
    },
  }
}

function parseString(label: string, scanner: FieldScanner, out: OctetWriter): Fault | null {
  const lengthAt = out.length
  out.u8(0)
  if (!decodeOctets(scanner.text, scanner.from, scanner.to, out)) return `${label} ${shown(scanner)} ${ESCAPE_FAULT}`
  const length = out.length - lengthAt - 1
  if (length > 255) return `${label} ${shown(scanner)} has ${length} octets; a string holds at most 255, write several`
  out.bytes[lengthAt] = length
  return null
}

function formatString(rdata: Uint8Array, at: number, end: number, parts: string[]): number {
  if (at >= end) return -1
  const next = at + 1 + rdata[at]!
  if (next > end) return -1
  parts.push(quote(rdata, at + 1, next))
  return next
}

/** The octets between quotes; quote and backslash escaped, what is not printable as `\DDD`. */
export function quote(bytes: Uint8Array, from: number, to: number): string {
  let text = '"'
  for (let i = from; i < to; i++) {
    const octet = bytes[i]!
    if (octet < 0x20 || octet > 0x7e) text += `\\${String(octet).padStart(3, '0')}`
    else text += octet === 0x22 || octet === 0x5c ? `\\${String.fromCharCode(octet)}` : String.fromCharCode(octet)
  }
  return `${text}"`
}
