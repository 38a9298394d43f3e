import { encodeName, formatName, MAX_NAME_OCTETS, NAME_FAULTS, nameEnd } from '../name.ts'
import { type Field, shown } from './field.ts'

const encoded = new Uint8Array(MAX_NAME_OCTETS)

/**
 * A domain name, uncompressed and lower case on the wire. Presentation may be relative to the origin; it is shown absolute.
 * Case is not kept: every name of the program is compared byte by byte (RFC 4343 asks no more), and lower case is the canonical form of RFC 4034.
 */
export function domainName(label: string): Field {
  return {
    label,
    parse(scanner, out) {
      const { text, from, to } = scanner
      const length = encodeName(text, from, to, scanner.origin, encoded)
      if (length < 0) return `${label} ${shown(scanner)} ${NAME_FAULTS[length]}`
      if (scanner.origin === null && !isAbsolute(text, from, to))
        return `${label} ${shown(scanner)} is relative and no origin is known; end it with a dot or put $ORIGIN before it`
      out.octets(encoded, 0, length)
      return null
    },
    format(rdata, at, end, parts) {
      const next = nameEnd(rdata, at, end)
      if (next >= 0) parts.push(formatName(rdata, at))
      return next
    },
  }
}

/** True when the (sound) name ends with a dot that no backslash protects. */
export function isAbsolute(text: string, from: number, to: number): boolean {
  if (text.charCodeAt(to - 1) !== 0x2e) return false
  let backslashes = 0
  while (to - 2 - backslashes >= from && text.charCodeAt(to - 2 - backslashes) === 0x5c) backslashes++
  return backslashes % 2 === 0
}
