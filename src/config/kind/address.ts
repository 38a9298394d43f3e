import { type Family, familyOf, formatAddress, parseAddress } from '../../base/ip.ts'
import { formatPrefix, LEAF_LENGTH, type Prefix, parsePrefix, prefixOf } from '../../base/prefix.ts'
import type { WhenAllDown } from '../../model/service.ts'
import { bad, good, kind, readWith, show } from '../option.ts'

/** Where a socket listens: canonical address text and port 0..65535 (0: any free one). */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

const asnNumber = (raw: unknown): unknown =>
  typeof raw === 'string' && /^AS[1-9][0-9]{0,9}$/.test(raw) ? Number(raw.slice(2)) : raw
export const asn = kind<number>({
  legal: 'a number from 1 to 4294967295, such as 4766 or AS4766',
  json: { type: ['integer', 'string'], minimum: 1, maximum: 4294967295, pattern: '^AS[1-9][0-9]{0,9}$' },
  read: raw => {
    const value = asnNumber(raw)
    return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 0xffffffff
      ? good(value as number)
      : bad('is not an AS number')
  },
})

/** An address a server can be reached at, in canonical text. */
export function address(family: Family) {
  const example = family === 4 ? '192.0.2.11' : '2001:db8:1::11'
  return kind<string>({
    legal: `an address such as ${example}`,
    json: { type: 'string', format: family === 4 ? 'ipv4' : 'ipv6' },
    read: raw => {
      const bytes = typeof raw === 'string' ? parseAddress(raw) : null
      if (bytes === null || familyOf(bytes) !== family) return bad(`is not an IPv${family} address`)
      if (!isUnicast(bytes)) return bad('is no address a server can have')
      return good(formatAddress(bytes))
    },
  })
}

/** A block of client addresses, at most a leaf long: decisions are never finer than /24 and /56. */
export const clientPrefix = kind<Prefix>({
  legal:
    'a prefix such as 203.0.113.0/24 or 2001:db8::/32, at most /24 (IPv4) or /56 (IPv6) long, no bits set past its length',
  json: { type: 'string' },
  read: raw => {
    const prefix = typeof raw === 'string' && raw.includes('/') ? parsePrefix(raw) : null
    if (prefix === null) return bad(prefixFault(raw))
    const leaf = LEAF_LENGTH[prefix.family]
    return prefix.length > leaf ? bad(`is longer than /${leaf}`) : good(prefix)
  },
})

/** An address or prefix of any length, as written: for access lists. */
export const addressOrPrefix = kind<string>({
  legal: 'an address or a prefix, such as 127.0.0.0/8 or ::1',
  json: { type: 'string' },
  read: raw => {
    const [host = '', digits, ...more] = typeof raw === 'string' ? raw.split('/') : []
    const bytes = parseAddress(host)
    if (bytes === null || more.length > 0) return bad('is not an address or a prefix')
    const bits = host.includes(':') ? 128 : 32
    // Of ::ffff:192.0.2.0/120 the first 96 bits belong to no IPv4 address.
    const fewest = familyOf(bytes) === 4 && bits === 128 ? 96 : 0
    const length = digits === undefined ? bits : /^\d{1,3}$/.test(digits) ? Number(digits) : -1
    return length >= fewest && length <= bits ? good(raw as string) : bad('is not an address or a prefix')
  },
})

export const endpoint = kind<Endpoint>({
  legal: 'address:port, such as 127.0.0.1:5300 or "[::1]:5300" (port 0: any free one)',
  json: { type: 'string', pattern: '^(\\[[0-9a-fA-F:.]+\\]|[0-9.]+):\\d{1,5}$' },
  read: raw => readWith(raw, parseEndpoint, 'is not address:port'),
})

const STORE_URL = /^(redis|rediss|redis\+sentinel|rediss\+sentinel|redis\+cluster|rediss\+cluster):\/\/[^\s]+$/
const storeLegal =
  'memory, or redis://host:6379/0 (also rediss://, redis+sentinel://, rediss+sentinel://, redis+cluster://, rediss+cluster://)'
export const store = kind<string>({
  legal: storeLegal,
  json: { type: 'string', pattern: `^memory$|${STORE_URL.source}` },
  read: raw =>
    raw === 'memory' || (typeof raw === 'string' && STORE_URL.test(raw)) ? good(raw) : bad('is not a store'),
  // It may hold a password, and this may be the misspelt scheme of one.
  show: raw => show(typeof raw === 'string' ? raw.replace(/^.*@/s, '...@') : raw),
})

export const whenAllDown = kind<WhenAllDown>({
  legal: 'all, last-good, backup:<cluster>, static:<address> or servfail',
  json: { type: 'string', pattern: '^(all|last-good|servfail|backup:[a-z0-9-]+|static:[0-9a-fA-F:.]+)$' },
  read: raw => readWith(raw, parseWhenAllDown, 'is not a way out'),
})

function parseWhenAllDown(text: string): WhenAllDown | null {
  if (text === 'all' || text === 'last-good' || text === 'servfail') return { kind: text }
  const [what, rest = ''] = splitOnce(text, ':')
  if (what === 'backup' && /^[a-z0-9-]{1,63}$/.test(rest)) return { kind: 'backup', cluster: rest }
  const bytes = what === 'static' ? parseAddress(rest) : null
  return bytes !== null && isUnicast(bytes) ? { kind: 'static', address: formatAddress(bytes) } : null
}

export function parseEndpoint(text: string): Endpoint | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text)
  if (match === null || Number(match[3]) > 65535) return null
  const host = match[1] ?? match[2]!
  const bytes = parseAddress(host)
  return bytes === null || host.includes(':') !== (match[1] !== undefined)
    ? null
    : { address: formatAddress(bytes), port: Number(match[3]) }
}

/** Not the unspecified address, multicast, or the broadcast address and its class E neighbours. */
function isUnicast(bytes: Uint8Array): boolean {
  if (bytes.length === 4) return bytes[0] !== 0 && bytes[0]! < 224
  return bytes[0] !== 0xff && bytes.some(octet => octet !== 0)
}

/** Tells a stray host bit, the commonest slip, from plain nonsense. */
function prefixFault(raw: unknown): string {
  if (typeof raw !== 'string') return 'is not a prefix'
  const [host = '', length = ''] = splitOnce(raw, '/')
  const bytes = parseAddress(host)
  if (bytes === null) return 'is not a prefix'
  if (length === '') return 'has no length'
  const bits = Number(length)
  if (!/^\d{1,3}$/.test(length) || bits > bytes.length * 8) return 'is not a prefix'
  if (bits > 64) return `is longer than /${LEAF_LENGTH[6]}`
  return `has bits set past /${bits} (meant ${formatPrefix(prefixOf(bytes, bits))}?)`
}

function splitOnce(text: string, by: string): [string, string?] {
  const at = text.indexOf(by)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
