import { formatAddress } from '../../base/ip.ts'
import { decodeBase64, encodeBase64, octetText } from './encoding.ts'
import { ipv4Octets, ipv6Octets } from './field-addresses.ts'
import { readUnsigned } from './field-numbers.ts'
import { quote } from './field-strings.ts'
import { OctetWriter } from './octet-writer.ts'

/** The value of one SvcParamKey (RFC 9460 section 7, RFC 9461, RFC 9540), between presentation octets (escapes resolved once) and wire form. */
export interface SvcParamValue {
  /** What may stand behind the equals sign. */
  readonly legal: string
  /** Wire form; null when `value` is not legal. `null` as value: the key stands alone. */
  parse(value: Uint8Array | null): Uint8Array | null
  /** What to print behind the key, equals sign included; null when the wire form is malformed. */
  format(wire: Uint8Array): string | null
}

/** A key that stands alone. */
const flag: SvcParamValue = {
  legal: 'no value',
  parse: value => (value === null || value.length === 0 ? new Uint8Array(0) : null),
  format: wire => (wire.length === 0 ? '' : null),
}

const port: SvcParamValue = {
  legal: 'a number from 0 to 65535',
  parse(value) {
    if (value === null || !/^[0-9]{1,5}$/.test(octetText(value)) || Number(octetText(value)) > 65535) return null
    return new Uint8Array([Number(octetText(value)) >> 8, Number(octetText(value)) & 255])
  },
  format: wire => (wire.length === 2 ? `=${readUnsigned(wire, 0, 2)}` : null),
}

/** Section 7.3: addresses in network order, at least one. */
function addresses(octets: 4 | 16): SvcParamValue {
  const [family, octetsOf] = octets === 4 ? (['IPv4', ipv4Octets] as const) : (['IPv6', ipv6Octets] as const)
  return {
    legal: `${family} addresses with commas between`,
    parse(value) {
      const list = value === null ? [] : octetText(value).split(',').map(octetsOf)
      if (list.length === 0 || list.includes(null)) return null
      const out = new OctetWriter(list.length * octets)
      for (const address of list) out.octets(address!)
      return out.slice()
    },
    format(wire) {
      if (wire.length === 0 || wire.length % octets !== 0) return null
      const list: string[] = []
      for (let at = 0; at < wire.length; at += octets) list.push(formatAddress(wire.subarray(at, at + octets)))
      return `=${list.join(',')}`
    },
  }
}

/** Section 7.1.1: protocol ids, each behind a length octet. In presentation a comma or backslash inside an id has a backslash of its own. */
const alpn: SvcParamValue = {
  legal: 'protocol ids of 1 to 255 octets with commas between, as in h2,h3',
  parse(value) {
    const ids = value === null ? null : splitList(value)
    if (ids === null || ids.some(id => id.length === 0 || id.length > 255)) return null
    const out = new OctetWriter(64)
    for (const id of ids) {
      out.u8(id.length)
      for (const octet of id) out.u8(octet)
    }
    return out.slice()
  },
  format(wire) {
    const ids: string[] = []
    for (let at = 0; at < wire.length; at += wire[at]! + 1) {
      const id = wire.subarray(at + 1, at + 1 + wire[at]!)
      if (id.length === 0 || id.length !== wire[at]) return null
      ids.push(octetText(id).replace(/[\\,]/g, '\\$&'))
    }
    const octets = Uint8Array.from(ids.join(','), character => character.charCodeAt(0))
    return ids.length === 0 ? null : `=${quote(octets, 0, octets.length)}`
  },
}

/** Appendix A.1: a comma separates, `\,` and `\\` are a comma and a backslash. null when a backslash stands before anything else. */
function splitList(value: Uint8Array): number[][] | null {
  const items: number[][] = [[]]
  for (let i = 0; i < value.length; i++) {
    let octet = value[i]!
    if (octet === 0x2c) {
      items.push([])
      continue
    }
    if (octet === 0x5c) {
      octet = value[++i] ?? 0
      if (octet !== 0x2c && octet !== 0x5c) return null
    }
    items.at(-1)!.push(octet)
  }
  return items
}

const ech: SvcParamValue = {
  legal: 'base64 with its padding',
  parse: value => (value === null || value.length === 0 ? null : decodeBase64(octetText(value))),
  format: wire => (wire.length === 0 ? null : `="${encodeBase64(wire)}"`),
}

/** RFC 9461 section 5: a relative URI template with the variable `dns`. */
const dohpath: SvcParamValue = {
  legal: 'a path with the variable dns, as in /dns-query{?dns}',
  parse: value => (value !== null && isDnsTemplate(value) ? value : null),
  format: wire => (isDnsTemplate(wire) ? `=${quote(wire, 0, wire.length)}` : null),
}

function isDnsTemplate(path: Uint8Array): boolean {
  const text = octetText(path)
  const closed = /^\/[^{]*(\{[^}]*\}[^{]*)*$/.test(text)
  return closed && /\{[?&/.;+#]?([^{}]*,)?dns(\*|:[0-9]+)?(,[^{}]*)?\}/.test(text)
}

/** Any octets: the form of keys without one of their own (section 2.1). */
export const opaque: SvcParamValue = {
  legal: 'text',
  parse: value => value ?? new Uint8Array(0),
  format: wire => (wire.length === 0 ? '' : `=${quote(wire, 0, wire.length)}`),
}

/** By key number; `mandatory` (0) is a list of keys and lives with the parameters themselves. */
export const SVC_PARAM_VALUES: Readonly<Record<number, SvcParamValue>> = {
  1: alpn,
  2: flag,
  3: port,
  4: addresses(4),
  5: ech,
  6: addresses(16),
  7: dohpath,
  8: flag,
}
