import type { Clock } from '../base/clock.ts'
import { copyOctets, newOctets } from '../base/octets.ts'
import type { Peer } from '../base/peer.ts'
import { parseSipKey, type SipKey, sipHash24 } from '../base/siphash.ts'
import type { CookieSettings } from '../model/answer-settings.ts'
import { AT } from '../model/counters.ts'
import { Rcode } from '../wire/constants.ts'
import { SERVER_COOKIE_OCTETS } from '../wire/opt-encode.ts'
import type { Query } from '../wire/query.ts'
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
  readonly #octets = newOctets(ADDRESS + 16)
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
  judge(x: Exchange): void {
    const { query, says } = x
    if (query.cookieAt <= 0) return
    const now = (this.#clock.now() / 1000) | 0
    const length = this.#load(query, x.peer)
    const signer = query.serverCookieLength === SERVER_COOKIE_OCTETS ? this.#signer(query, length, now) : -1
    x.cookieGood = signer >= 0
    this.#counters[x.cookieGood ? AT.cookiesGood : query.serverCookieLength > 0 ? AT.cookiesBad : AT.cookiesNew]!++
    // RFC 7873 section 5.2.5: a young cookie of ours goes back as it is; RFC 9018 section 5: one of a former secret does not.
    if (signer === this.#active && this.#age(now) <= RENEWED_FROM)
      copyOctets(query.view, query.cookieAt + SERVER_COOKIE, says.serverCookie, 0, SERVER_COOKIE_OCTETS)
    else this.#make(length, now, says.serverCookie)
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

  /** Puts client cookie, what is hashed of the server cookie, and the address into `#octets`; returns how many of them are hashed. */
  #load({ view, cookieAt, serverCookieLength }: Query, peer: Peer): number {
    const to = this.#octets.view
    copyOctets(view, cookieAt, to, 0, serverCookieLength === SERVER_COOKIE_OCTETS ? ADDRESS : SERVER_COOKIE)
    to.setInt32(ADDRESS, peer.hi)
    if (peer.family === 4) return ADDRESS + 4
    to.setInt32(ADDRESS + 4, peer.lo)
    to.setInt32(ADDRESS + 8, peer.hostHi)
    to.setInt32(ADDRESS + 12, peer.hostLo)
    return ADDRESS + 16
  }

  /** Index of the secret that the loaded server cookie was made with; -1 when it is too old, too new, or none of ours. */
  #signer({ view, cookieAt }: Query, length: number, now: number): number {
    const age = this.#age(now)
    if (this.#octets[SERVER_COOKIE] !== VERSION || age > OLDEST || age < -FURTHEST) return -1
    const low = view.getInt32(cookieAt + ADDRESS, true)
    const high = view.getInt32(cookieAt + ADDRESS + 4, true)
    for (let i = 0; i < this.#secrets.length; i++) {
      sipHash24(this.#secrets[i]!, this.#octets, length, this.#hash)
      // All bits at once: how long it takes says nothing of how many agree.
      if (((this.#hash[0]! ^ low) | (this.#hash[1]! ^ high)) === 0) return i
    }
    return -1
  }

  /** Seconds since the loaded server cookie was made, -2^31..2^31-1. */
  #age(now: number): number {
    return (now - this.#octets.view.getInt32(SERVER_COOKIE + 4)) | 0
  }

  #make(length: number, now: number, serverCookie: DataView): void {
    const { view } = this.#octets
    view.setInt32(SERVER_COOKIE, VERSION << 24)
    view.setInt32(SERVER_COOKIE + 4, now)
    sipHash24(this.#secrets[this.#active]!, this.#octets, length, this.#hash)
    copyOctets(view, SERVER_COOKIE, serverCookie, 0, 8)
    serverCookie.setInt32(8, this.#hash[0]!, true)
    serverCookie.setInt32(12, this.#hash[1]!, true)
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
