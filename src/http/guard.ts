import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { parseAddress } from '../base/ip.ts'
import { Failure } from './failure.ts'

/**
 * The secrets that calls must bring. Of each kind any one will do, so that an old one and its successor are good at the same time; [] = one is wanted,
 * but none could be read: nobody gets in.
 */
export interface Tokens {
  /** For changing calls. null: they need none on a loopback address, and are refused on any other. */
  readonly change: readonly string[] | null
  /** For reading, which those for changing calls may as well. null: reading is open. */
  readonly read: readonly string[] | null
}

export const NO_TOKENS: Tokens = { change: null, read: null }

/** Who may call. `names` are host names beside localhost under which this API is reached. */
export interface Door {
  readonly host: string
  readonly tokens: () => Tokens
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

/** How the token of a call was found; `digest` of a wrong one. */
export type TokenVerdict = { readonly kind: 'good' | 'none' } | { readonly kind: 'wrong'; readonly digest: string }

/** The token of the header against all that would do. */
export function judgeToken(headers: IncomingHttpHeaders, legal: readonly string[]): TokenVerdict {
  const given = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  if (given === undefined) return { kind: 'none' }
  const digest = digestOf(given)
  // Hashed, since timingSafeEqual wants equal lengths and must not give away the token's; and all of them are compared, whichever it is.
  const good = legal.map(token => timingSafeEqual(digest, digestOf(token))).includes(true)
  return good ? { kind: 'good' } : { kind: 'wrong', digest: digest.toString('base64') }
}

/** What a call needs: null where it may be made without a token. Fails where a changing call is never taken. */
export function neededTokens(isChange: boolean, { host, tokens }: Door): readonly string[] | null {
  const { change, read } = tokens()
  if (!isChange) return read && [...read, ...(change ?? [])]
  if (change === null && !isLoopback(host))
    throw new Failure('forbidden', `changing calls on ${host} need a token: set http.token in the configuration`)
  return change
}

export const unauthorized = (): Failure =>
  new Failure('unauthorized', 'this call needs the header "Authorization: Bearer <token>" with a configured token', {
    headers: { 'www-authenticate': 'Bearer realm="kingcdn"' },
  })

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

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
