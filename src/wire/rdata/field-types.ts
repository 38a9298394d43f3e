import { type Field, shown } from './field.ts'
import { readUnsigned } from './field-numbers.ts'
import { isMetaType, typeName, typeNumber } from './type.ts'

/** A TYPE number, written as mnemonic or `TYPEnnn`. */
export function typeCovered(label: string): Field {
  return {
    label,
    parse(scanner, out) {
      const type = typeNumber(scanner.slice())
      if (type === null)
        return `${label} ${shown(scanner)} is no record type; legal are mnemonics and TYPE0 to TYPE65535`
      out.u16(type)
      return null
    },
    format(rdata, at, end, parts) {
      if (at + 2 > end) return -1
      parts.push(typeName(readUnsigned(rdata, at, 2)))
      return at + 2
    },
  }
}

/**
 * Type bit maps (RFC 4034 section 4.1.2) up to the end of the record; may be empty:
 *
 *   ( window (8) | length 1..32 (8) | bitmap (length) )+     windows ascending, bit 0 is the first type of the window
 */
export function typeBitmap(label: string): Field {
  return {
    label,
    optional: true,
    parse(scanner, out) {
      const types = new Set<number>()
      do {
        const type = typeNumber(scanner.slice())
        if (type === null || type === 0)
          return `${label} ${shown(scanner)} is no record type; legal are mnemonics and TYPE1 to TYPE65535`
        types.add(type)
      } while (scanner.advance())
      for (const [window, bits] of windowsOf(types)) {
        out.u8(window)
        out.u8(bits.length)
        out.octets(bits)
      }
      return null
    },
    format(rdata, at, end, parts) {
      let last = -1
      let next = at
      while (next < end) {
        const window = rdata[next]!
        const length = rdata[next + 1] ?? 0
        if (window <= last || length < 1 || length > 32 || next + 2 + length > end) return -1
        // Trailing zero octets are left out, and there is no type 0.
        if (rdata[next + 1 + length] === 0 || (window === 0 && (rdata[next + 2]! & 0x80) !== 0)) return -1
        for (let bit = 0; bit < length * 8; bit++)
          if ((rdata[next + 2 + (bit >> 3)]! & (0x80 >> (bit & 7))) !== 0) parts.push(bitName(window * 256 + bit))
        last = window
        next += 2 + length
      }
      return end
    },
  }
}

/** NSD knows no mnemonic of a type that occurs in questions only. */
function bitName(type: number): string {
  return isMetaType(type) ? `TYPE${type}` : typeName(type)
}

function windowsOf(types: ReadonlySet<number>): Map<number, Uint8Array> {
  const windows = new Map<number, Uint8Array>()
  for (const type of [...types].sort((a, b) => b - a)) {
    const window = type >> 8
    // The highest type of a window comes first, so the bitmap has its length from the start: no trailing zero octets.
    const bits = windows.get(window) ?? new Uint8Array(((type & 255) >> 3) + 1)
    bits[(type & 255) >> 3]! |= 0x80 >> (type & 7)
    windows.set(window, bits)
  }
  return new Map([...windows].sort(([a], [b]) => a - b))
}
