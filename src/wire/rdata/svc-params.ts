import { octetText } from './encoding.ts'
import { type Fault, type Field, type FieldScanner, shown } from './field.ts'
import { readUnsigned } from './field-numbers.ts'
import { OctetWriter } from './octet-writer.ts'
import { decodeOctets } from './scanner.ts'
import { opaque, SVC_PARAM_VALUES, type SvcParamValue } from './svc-param-values.ts'

/** By number. The first seven are of RFC 9460 itself; the others are shown as `keyNNN`, which every nameserver reads. */
const KEYS = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath', 'ohttp']
const SHOWN_BY_NAME = 7
const MANDATORY = 0
const ALPN = 1
const NO_DEFAULT_ALPN = 2

/**
 * SvcParams (RFC 9460 section 2.2) up to the end of the record; may be empty:
 *
 *   ( SvcParamKey (16) | length (16) | SvcParamValue (length) )*     keys strictly ascending
 */
export const svcParams: Field = {
  label: 'parameter',
  optional: true,
  parse(scanner, out) {
    const params = new Map<number, Uint8Array>()
    do {
      const fault = parseParam(scanner, params)
      if (fault !== null) return fault
    } while (scanner.advance())
    const fault = together(params)
    if (fault !== null) return fault
    for (const [key, value] of [...params].sort(([a], [b]) => a - b)) {
      if (value.length > 65535) return `parameter ${keyName(key)} is longer than 65535 octets`
      out.u16(key)
      out.u16(value.length)
      out.octets(value)
    }
    return null
  },
  format(rdata, at, end, parts) {
    const params = new Map<number, Uint8Array>()
    let last = -1
    let next = at
    while (next < end) {
      if (next + 4 > end) return -1
      const key = readUnsigned(rdata, next, 2)
      const from = next + 4
      next = from + readUnsigned(rdata, next + 2, 2)
      if (next > end || key <= last) return -1
      last = key
      const value = rdata.subarray(from, next)
      const shownValue = svcParamValue(key).format(value)
      if (shownValue === null) return -1
      params.set(key, value)
      parts.push(keyName(key) + shownValue)
    }
    return together(params) === null ? next : -1
  },
}

function parseParam(scanner: FieldScanner, params: Map<number, Uint8Array>): Fault | null {
  const token = scanner.slice()
  const equals = token.indexOf('=')
  const name = equals < 0 ? token : token.slice(0, equals)
  const key = keyNumber(name)
  if (key < 0) return `parameter ${shown(scanner)} has no known key; legal are ${KEYS.join(', ')} and key0 to key65534`
  if (params.has(key)) return `parameter ${name} stands twice`
  const octets = equals < 0 ? null : presented(token.slice(equals + 1))
  if (octets === undefined) return `parameter ${shown(scanner)} has a broken escape or quotes in the wrong place`
  // Section 2.1: what stands behind keyNNN is the wire form itself, whatever the key.
  const wire = /^key[0-9]/i.test(name) ? soundWire(key, octets) : svcParamValue(key).parse(octets)
  if (wire === null)
    return `parameter ${shown(scanner)} does not have a legal value; ${name} takes ${svcParamValue(key).legal}`
  params.set(key, wire)
  return null
}

function soundWire(key: number, octets: Uint8Array | null): Uint8Array | null {
  const wire = octets ?? new Uint8Array(0)
  return svcParamValue(key).format(wire) === null ? null : wire
}

/** The octets of a value, with or without quotes around the whole of it; undefined when broken. */
function presented(value: string): Uint8Array | undefined {
  const quoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"')
  const bare = quoted ? value.slice(1, -1) : value
  const out = new OctetWriter(64)
  if (!quoted && /(^|[^\\])"/.test(bare)) return undefined
  return decodeOctets(bare, 0, bare.length, out) ? out.slice() : undefined
}

/** Rules that span parameters: sections 7.1.1 and 8. */
function together(params: ReadonlyMap<number, Uint8Array>): Fault | null {
  if (params.has(NO_DEFAULT_ALPN) && !params.has(ALPN)) return 'no-default-alpn needs alpn beside it'
  const mandatory = params.get(MANDATORY)
  if (mandatory === undefined) return null
  for (let at = 0; at < mandatory.length; at += 2) {
    const key = readUnsigned(mandatory, at, 2)
    if (!params.has(key)) return `mandatory names ${keyName(key)}, which is not among the parameters`
  }
  return null
}

/** Section 8: key numbers, ascending, without duplicates and without `mandatory` itself. */
const mandatoryKeys: SvcParamValue = {
  legal: 'other keys with commas between, each once',
  parse(value) {
    const names = value === null ? [] : octetText(value).split(',')
    const keys = names.map(keyNumber).sort((a, b) => a - b)
    if (keys.length === 0 || keys[0]! <= MANDATORY || new Set(keys).size !== keys.length) return null
    return Uint8Array.from(keys.flatMap(key => [key >> 8, key & 255]))
  },
  format(wire) {
    if (wire.length === 0 || wire.length % 2 !== 0) return null
    const keys = Array.from({ length: wire.length / 2 }, (_, i) => readUnsigned(wire, 2 * i, 2))
    const ascending = keys.every((key, i) => key > (keys[i - 1] ?? MANDATORY))
    return ascending ? `=${keys.map(keyName).join(',')}` : null
  },
}

function svcParamValue(key: number): SvcParamValue {
  return key === MANDATORY ? mandatoryKeys : (SVC_PARAM_VALUES[key] ?? opaque)
}

function keyName(key: number): string {
  return (key < SHOWN_BY_NAME ? KEYS[key] : undefined) ?? `key${key}`
}

/** -1 when unknown; `key65535` is reserved (section 14.3.2). */
function keyNumber(name: string): number {
  const known = KEYS.indexOf(name.toLowerCase())
  if (known >= 0) return known
  const digits = /^key(0|[1-9][0-9]{0,4})$/i.exec(name)?.[1]
  return digits !== undefined && Number(digits) < 65535 ? Number(digits) : -1
}
