import { type Field, shown } from './field.ts'
import { parseTtl } from './ttl.ts'

/** An unsigned decimal number of 1, 2 or 4 octets, in network order. */
function unsigned(label: string, octets: 1 | 2 | 4): Field {
  const max = 2 ** (8 * octets) - 1
  return {
    label,
    parse(scanner, out) {
      const value = scanner.number(max)
      if (value < 0) return `${label} ${shown(scanner)} is not a number from 0 to ${max}`
      if (octets === 1) out.u8(value)
      else if (octets === 2) out.u16(value)
      else out.u32(value)
      return null
    },
    format(rdata, at, end, parts) {
      if (at + octets > end) return -1
      parts.push(String(readUnsigned(rdata, at, octets)))
      return at + octets
    },
  }
}

export const u8 = (label: string): Field => unsigned(label, 1)
export const u16 = (label: string): Field => unsigned(label, 2)
export const u32 = (label: string): Field => unsigned(label, 4)

/** Seconds in 4 octets; units as in `1h30m` are understood. */
export function seconds(label: string, max = 0xffffffff): Field {
  return {
    ...u32(label),
    parse(scanner, out) {
      const value = parseTtl(scanner.text, scanner.from, scanner.to, max)
      if (value < 0)
        return `${label} ${shown(scanner)} is not a time from 0 to ${max} seconds; legal are 3600, 1h, 1h30m, 2d`
      out.u32(value)
      return null
    },
  }
}

/** A number of one or two octets, also written as one of `mnemonics`; shown as a number. */
export function mnemonic(label: string, octets: 1 | 2, mnemonics: Readonly<Record<string, number>>): Field {
  const plain = unsigned(label, octets)
  const max = 2 ** (8 * octets) - 1
  const known = new Map(Object.entries(mnemonics))
  return {
    ...plain,
    parse(scanner, out) {
      const value = known.get(scanner.slice().toUpperCase())
      if (value === undefined && scanner.number(max) < 0)
        return `${label} ${shown(scanner)} is neither a number from 0 to ${max} nor one of ${[...known.keys()].join(', ')}`
      if (value === undefined) return plain.parse(scanner, out)
      if (octets === 2) out.u8(value >> 8)
      out.u8(value & 255)
      return null
    },
  }
}

/** RFC 4034 section 3.2: seconds since 1970 modulo 2^32, or YYYYMMDDHHmmSS in UTC, in which form they are shown. */
export function timestamp(label: string): Field {
  return {
    label,
    parse(scanner, out) {
      const value = scanner.to - scanner.from === 14 ? fromCalendar(scanner.slice()) : scanner.number(0xffffffff)
      if (value < 0) return `${label} ${shown(scanner)} is neither YYYYMMDDHHmmSS nor seconds since 1970`
      out.u32(value)
      return null
    },
    format(rdata, at, end, parts) {
      if (at + 4 > end) return -1
      const moment = new Date(readUnsigned(rdata, at, 4) * 1000)
      parts.push(moment.toISOString().slice(0, 19).replace(/[-:T]/g, ''))
      return at + 4
    },
  }
}

function fromCalendar(text: string): number {
  if (!/^[0-9]{14}$/.test(text)) return -1
  const [year, month, day, hour, minute, second] = text
    .match(/^(....)(..)(..)(..)(..)(..)$/)!
    .slice(1)
    .map(Number) as [number, number, number, number, number, number]
  const moment = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  const roundTrip = moment.toISOString().slice(0, 19).replace(/[-:T]/g, '') === text
  const value = moment.getTime() / 1000
  return roundTrip && value >= 0 ? value % 2 ** 32 : -1
}

export function readUnsigned(bytes: Uint8Array, at: number, octets: number): number {
  let value = 0
  for (let i = 0; i < octets; i++) value = value * 256 + bytes[at + i]!
  return value
}
