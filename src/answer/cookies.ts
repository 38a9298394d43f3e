import type { Clock } from '../base/clock.ts'
import type { Peer } from '../base/peer.ts'
import { parseSipKey, type SipKey, sipHash24 } from '../base/siphash.ts'
import type { CookieSettings } from '../model/answer-settings.ts'
import { AT } from '../model/counters.ts'
import { Rcode } from '../wire/constants.ts'
import { SERVER_COOKIE_OCTETS } from '../wire/opt-encode.ts'
import { type Exchange, fail, Transport } from './exchange.ts'

/** RFC 9018 section 4.3, seconds: how old a cookie may be, how far in the future, and from which age on it is made anew. */
const OLDEST = 3600
const FURTHEST = 300
const RENEWED_FROM = 1800

const VERSION = 1
/** Where the parts of the hashed octets begin. */
const SERVER_COOKIE = 8
const ADDRESS = 16

/**
 * DNS cookies as every server of an anycast set makes them that knows the same secrets.
 *
 *   COOKIE option = client cookie(8)  VERSION(1)=1  RESERVED(3)=0  TIMESTAMP(4)  HASH(8)                    RFC 9018 section 4
 *   HASH          = SipHash-2-4( client cookie | VERSION | RESERVED | TIMESTAMP | client address(4 or 16) )          section 4.4
 *
 * TIMESTAMP is Unix seconds modulo 2^32, compared in serial arithmetic (RFC 1982).
 */
export class Cookies {
  readonly #secrets: readonly SipKey[]
  readonly #active: number
  readonly #require: boolean
  readonly #clock: Clock
  readonly #counters: Float64Array
  /** What is hashed, in the order of the drawing. */
  readonly #octets = new Uint8Array(ADDRESS + 16)
  readonly #hash = new Uint32Array(2)

  /** Throws RangeError when a secret is none. */
  constructor(settings: CookieSettings, clock: Clock, counters: Float64Array) {
    this.#secrets = settings.secrets.map(readSecret)
    this.#active = settings.active
    this.#require = settings.require
    this.#clock = clock
    this.#counters = counters
  }

  /** Finds out whether the query's cookie is good, and writes the server cookie of the reply. Nothing for a query without one. */
  judge(x: Exchange, message: Uint8Array): void {
    const { cookieAt, serverCookieLength } = x.query
    if (cookieAt <= 0) return
    const now = (this.#clock.now() / 1000) | 0
    const length = this.#load(message, cookieAt, x.peer)
    const signer = serverCookieLength === SERVER_COOKIE_OCTETS ? this.#signer(message, cookieAt, length, now) : -1
    x.cookieGood = signer >= 0
    this.#counters[x.cookieGood ? AT.cookiesGood : serverCookieLength > 0 ? AT.cookiesBad : AT.cookiesNew]!++
    // RFC 7873 section 5.2.5: a young cookie of ours goes back as it is; RFC 9018 section 5: one of a former secret does not.
    if (signer === this.#active && this.#age(now) <= RENEWED_FROM) copy(message, cookieAt, x.says.serverCookie)
    else this.#make(length, now, x.says.serverCookie)
  }

  /**
   * True when the query gets no answer for want of a good cookie. RFC 7873 section 5.2.3: a client that speaks cookies learns its own by
   * BADCOOKIE and asks again; one that does not, by TC, over TCP, which shows its address as well and is therefore never turned away.
   */
  turnsAway(x: Exchange): boolean {
    if (!this.#require || x.cookieGood || x.transport !== Transport.Udp) return false
    if (x.query.cookieAt > 0) fail(x, Rcode.BADCOOKIE)
    else x.truncated = true
    return true
  }

  /** Puts client cookie, what follows it, and the address into `#octets`; returns how many of them are hashed. */
  #load(message: Uint8Array, cookieAt: number, peer: Peer): number {
    const octets = this.#octets
    for (let i = 0; i < ADDRESS; i++) octets[i] = message[cookieAt + i]!
    putWord32(octets, ADDRESS, peer.hi)
    if (peer.family === 4) return ADDRESS + 4
    putWord32(octets, ADDRESS + 4, peer.lo)
    putWord32(octets, ADDRESS + 8, peer.hostHi)
    putWord32(octets, ADDRESS + 12, peer.hostLo)
    return ADDRESS + 16
  }

  /** Index of the secret that the loaded server cookie was made with; -1 when it is too old, too new, or none of ours. */
  #signer(message: Uint8Array, cookieAt: number, length: number, now: number): number {
    const age = this.#age(now)
    if (this.#octets[SERVER_COOKIE] !== VERSION || age > OLDEST || age < -FURTHEST) return -1
    const low = littleEndian(message, cookieAt + ADDRESS)
    const high = littleEndian(message, cookieAt + ADDRESS + 4)
    for (let i = 0; i < this.#secrets.length; i++) {
      sipHash24(this.#secrets[i]!, this.#octets, length, this.#hash)
      // All bits at once: how long it takes says nothing of how many agree.
      if (((this.#hash[0]! ^ low) | (this.#hash[1]! ^ high)) === 0) return i
    }
    return -1
  }

  /** Seconds since the loaded server cookie was made, -2^31..2^31-1. */
  #age(now: number): number {
    const at = SERVER_COOKIE + 4
    const octets = this.#octets
    return (now - ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!)) | 0
  }

  #make(length: number, now: number, serverCookie: Uint8Array): void {
    const octets = this.#octets
    putWord32(octets, SERVER_COOKIE, VERSION << 24)
    putWord32(octets, SERVER_COOKIE + 4, now)
    sipHash24(this.#secrets[this.#active]!, octets, length, this.#hash)
    for (let i = 0; i < 8; i++) {
      serverCookie[i] = octets[SERVER_COOKIE + i]!
      serverCookie[8 + i] = this.#hash[i >> 2]! >>> (8 * (i & 3))
    }
  }
}

/** RFC 7873 section 5.4: the answer to a query for a server cookie alone says whether the one it brought, if any, is good. */
export function confirmCookie(x: Exchange): void {
  if (x.query.serverCookieLength > 0 && !x.cookieGood) x.rcode = Rcode.BADCOOKIE
}

function readSecret(text: string, i: number): SipKey {
  const key = parseSipKey(text)
  // The text is not shown: it may be a secret with a slip of the pen.
  if (key === null) throw new RangeError(`cookies: secret ${i + 1} is not 32 hexadecimal digits`)
  return key
}

function copy(message: Uint8Array, cookieAt: number, serverCookie: Uint8Array): void {
  for (let i = 0; i < SERVER_COOKIE_OCTETS; i++) serverCookie[i] = message[cookieAt + SERVER_COOKIE + i]!
}

function putWord32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24
  octets[at + 1] = value >>> 16
  octets[at + 2] = value >>> 8
  octets[at + 3] = value
}

function littleEndian(octets: Uint8Array, at: number): number {
  return octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24)
}
