import { type Fault, type Field, type FieldScanner, type RdataType, shown } from './field.ts'
import { readUnsigned } from './field-numbers.ts'
import type { OctetWriter } from './octet-writer.ts'
import { RrType } from './type.ts'

/** Thousandths of a second of arc. */
const PER_SECOND = 1000
const PER_MINUTE = 60 * PER_SECOND
const PER_DEGREE = 60 * PER_MINUTE
/** The equator, and the meridian of Greenwich. */
const ORIGIN = 2 ** 31
/** Altitude 0 on the wire: the unit is the centimetre, the base 100000 m below the reference spheroid. */
const SPHEROID = 10_000_000
const LARGEST_SIZE = 9_000_000_000
/** In centimetres (section 3): a metre, ten kilometres, ten metres. */
const DEFAULT_SIZES = [100, 1_000_000, 1_000]
const LEGAL = 'legal is LOC 52 14 05.123 N 13 4 0 E 30m'

const location: Field = {
  label: 'location',
  syntax:
    '<degrees> [<minutes> [<seconds>]] N|S <degrees> [<minutes> [<seconds>]] E|W <altitude> [<size> [<horizontal> [<vertical precision>]]]',
  parse(scanner, out) {
    const latitude = readAngle(scanner, 90, 'N', 'S')
    if (typeof latitude === 'string') return latitude
    const longitude = scanner.advance() ? readAngle(scanner, 180, 'E', 'W') : `ends before its longitude; ${LEGAL}`
    if (typeof longitude === 'string') return longitude
    const altitude = scanner.advance() ? centimetres(scanner.slice()) : Number.NaN
    if (!(altitude >= -SPHEROID && altitude + SPHEROID < 2 ** 32))
      return `altitude is not -100000m to 42849672.95m; ${LEGAL}`
    out.u8(0)
    const fault = readSizes(scanner, out)
    if (fault !== null) return fault
    out.u32(latitude)
    out.u32(longitude)
    out.u32(altitude + SPHEROID)
    return null
  },
  format(rdata, at, end, parts) {
    if (at + 16 > end || rdata[at] !== 0) return -1
    const sizes = [1, 2, 3].map(i => formatSize(rdata[at + i]!))
    const latitude = formatAngle(readUnsigned(rdata, at + 4, 4), 90, 'N', 'S')
    const longitude = formatAngle(readUnsigned(rdata, at + 8, 4), 180, 'E', 'W')
    const altitude = readUnsigned(rdata, at + 12, 4) - SPHEROID
    if (sizes.includes('') || latitude === '' || longitude === '') return -1
    parts.push(latitude, longitude, `${(altitude / 100).toFixed(2)}m`, ...sizes)
    return at + 16
  },
}

/** `degrees [minutes [seconds]] hemisphere` from the current token to the hemisphere, in wire form. */
function readAngle(scanner: FieldScanner, most: number, plus: string, minus: string): number | Fault {
  const fault = `is not 0 to ${most} degrees with minutes, seconds and ${plus} or ${minus}; ${LEGAL}`
  let angle = 0
  for (let unit = PER_DEGREE; ; unit /= 60) {
    const word = scanner.slice()
    const side = word.toUpperCase()
    if (unit < PER_DEGREE && (side === plus || side === minus)) return side === plus ? ORIGIN + angle : ORIGIN - angle
    const amount = unit === PER_SECOND ? thousandths(word) : scanner.number(unit === PER_DEGREE ? most : 59)
    if (unit < PER_SECOND || !(amount >= 0)) return `angle ${shown(scanner)} ${fault}`
    angle += unit === PER_SECOND ? amount : amount * unit
    if (angle > most * PER_DEGREE || !scanner.advance()) return `angle ${fault}`
  }
}

/** Seconds below 60 in thousandths; NaN when malformed. */
function thousandths(text: string): number {
  const match = /^([0-5]?[0-9])(?:\.([0-9]{1,3}))?$/.exec(text)
  return match === null ? Number.NaN : Number(match[1]) * PER_SECOND + Number((match[2] ?? '').padEnd(3, '0'))
}

/** Metres with at most two decimals, the unit or none; NaN when malformed. */
function centimetres(text: string): number {
  const match = /^(-?)([0-9]{1,8})(?:\.([0-9]{1,2}))?m?$/i.exec(text)
  if (match === null) return Number.NaN
  const amount = Number(match[2]) * 100 + Number((match[3] ?? '').padEnd(2, '0'))
  return match[1] === '-' ? -amount : amount
}

function readSizes(scanner: FieldScanner, out: OctetWriter): Fault | null {
  let more = true
  for (const standard of DEFAULT_SIZES) {
    more = more && scanner.advance()
    const size = more ? centimetres(scanner.slice()) : standard
    if (!(size >= 0 && size <= LARGEST_SIZE)) return `size ${shown(scanner)} is not 0m to 90000000.00m; ${LEGAL}`
    out.u8(encodeSize(size))
  }
  return null
}

/** A digit and a power of ten, four bits each, cut off as in appendix A. */
function encodeSize(size: number): number {
  let exponent = 0
  while (size >= 10) {
    size = Math.floor(size / 10)
    exponent++
  }
  return size * 16 + exponent
}

/** Empty when undefined. Zero has one form: that of appendix A. */
function formatSize(octet: number): string {
  const [digit, exponent] = [octet >> 4, octet & 15]
  if (digit > 9 || exponent > 9 || (digit === 0 && exponent > 0)) return ''
  const size = digit * 10 ** exponent
  return `${size % 100 === 0 ? size / 100 : (size / 100).toFixed(2)}m`
}

/** Empty when out of range. */
function formatAngle(wire: number, most: number, plus: string, minus: string): string {
  const angle = Math.abs(wire - ORIGIN)
  if (angle > most * PER_DEGREE) return ''
  const [degrees, minutes] = [Math.floor(angle / PER_DEGREE), Math.floor((angle % PER_DEGREE) / PER_MINUTE)]
  const seconds = ((angle % PER_MINUTE) / PER_SECOND).toFixed(3)
  return `${degrees} ${minutes} ${seconds} ${wire < ORIGIN ? minus : plus}`
}

/**
 * RFC 1876 section 2:
 *
 *   VERSION (8) = 0 | SIZE (8) | HORIZ PRE (8) | VERT PRE (8) | LATITUDE (32) | LONGITUDE (32) | ALTITUDE (32)
 *
 * In presentation (section 3) the sizes come last and may be left out.
 */
export const loc: RdataType = { name: 'LOC', code: RrType.LOC, fields: [location] }
