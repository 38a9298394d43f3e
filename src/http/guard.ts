import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { parseAddress } from '../base/ip.ts'
import { Failure } from './failure.ts'

/** Who may call. `names` are host names beside localhost under which this API is reached. */
export interface Door {
  readonly host: string
  readonly token: string | null
  readonly names: () => readonly string[]
}

/** 127.0.0.0/8, ::1 and localhost: whoever connects there is on this machine. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  const address = parseAddress(unbracket(host))
  if (address === null) return false
  return address.length === 4 ? address[0] === 127 : address.every((octet, i) => octet === (i === 15 ? 1 : 0))
}

/**
 * DNS rebinding makes a victim's browser send requests here under a name of the attacker. So the Host header must be the listen
 * address, localhost or a configured name. While the server listens on every address (0.0.0.0, ::), any literal address will do:
 * an address cannot be rebound.
 */
export function checkHost(headers: IncomingHttpHeaders, door: Door): void {
  const host = hostOf(headers.host ?? '')
  if (host === null) throw new Failure('bad-request', 'the Host header is missing or malformed')
  if (isLoopback(host) || host === door.host.toLowerCase()) return
  const address = parseAddress(host)
  if (address !== null && (isWildcard(door.host) || sameAddress(address, door.host))) return
  if (door.names().some(name => name.toLowerCase().replace(/\.$/, '') === host)) return
  throw new Failure(
    'foreign-host',
    `Host ${JSON.stringify(host)} is not one of this server's names; legal: ${legalHosts(door)}`,
  )
}

/** A browser names the site whose page makes the call: only our own console may. Programs send no Origin. */
export function checkOrigin(headers: IncomingHttpHeaders): void {
  const origin = headers.origin
  if (origin === undefined) return
  const match = /^https?:\/\/([^/]+)$/.exec(origin)
  if (match === null || match[1]!.toLowerCase() !== (headers.host ?? '').toLowerCase())
    throw new Failure('foreign-origin', `calls from the web page ${JSON.stringify(origin.slice(0, 200))} are refused`)
}

/** A changing call needs the token whenever one is configured, and always once the address is not loopback. */
export function checkToken(headers: IncomingHttpHeaders, door: Door): void {
  if (door.token === null) {
    if (isLoopback(door.host)) return
    throw new Failure('forbidden', `changing calls on ${door.host} need a token: set http.token in the configuration`)
  }
  const given = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  if (given !== undefined && sameSecret(given, door.token)) return
  throw new Failure(
    'unauthorized',
    'this call needs the header "Authorization: Bearer <token>" with the configured token',
    {
      headers: { 'www-authenticate': 'Bearer realm="kingcdn"' },
    },
  )
}

/** Hashed first: timingSafeEqual wants equal lengths, and must not give away the token's. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/** Host name or address of `name:port`, lower case, without port, brackets and final dot; null when malformed. */
function hostOf(header: string): string | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header)
  if (match === null || header.length > 300) return null
  return unbracket(match[1]!.toLowerCase()).replace(/\.$/, '')
}

const unbracket = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

const isWildcard = (host: string): boolean => parseAddress(unbracket(host))?.every(octet => octet === 0) ?? false

function sameAddress(address: Uint8Array, host: string): boolean {
  const own = parseAddress(unbracket(host))
  return own !== null && own.length === address.length && own.every((octet, i) => octet === address[i])
}

const legalHosts = (door: Door): string => [...new Set(['localhost', door.host, ...door.names()])].join(', ')
