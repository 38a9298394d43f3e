import { AddressSet } from '../base/address-set.ts'
import type { Clock } from '../base/clock.ts'
import type { SipKey } from '../base/siphash.ts'
import type { RateLimitSettings } from '../model/answer-settings.ts'
import { AT } from '../model/counters.ts'
import type { Exchange } from './exchange.ts'
import { Buckets } from './rate/buckets.ts'
import { classOf, imputedName } from './rate/impute.ts'
import { ResponseClass } from './rate/response-class.ts'
import { SampledNote } from './rate/sampled-note.ts'

/** What becomes of a finished reply. */
export const Limit = {
  Send: 0,
  /** Only its header, question and OPT leave, with TC set: a real client asks again over TCP. */
  Slip: 1,
  /** Silence. */
  Drop: 2,
} as const
export type Limit = (typeof Limit)[keyof typeof Limit]

export interface RateLimiterOptions {
  readonly settings: RateLimitSettings
  readonly clock: Clock
  /** Laid out as model/counters says. */
  readonly counters: Float64Array
  /** Gets a sentence for the log, seldom. */
  readonly note: (sentence: string) => void
  /** Random and known to nobody else, or a client can choose names and addresses whose buckets push out each other. */
  readonly secret: SipKey
}

/**
 * Response rate limiting: a server that answers whatever a forged address asks is a weapon against that address (RFC 5358). What a client
 * block (/24 or /56) is told of one name is limited; errors are, whatever the name. See docs/rate-limiting.md.
 */
export class RateLimiter {
  readonly #settings: RateLimitSettings
  readonly #clock: Clock
  readonly #counters: Float64Array
  readonly #exempt: AddressSet
  readonly #buckets: Buckets
  readonly #note: SampledNote
  /** The milliseconds of this limiter at the moment when the clock was read last, and what it said then, Unix ms. */
  readonly #time = new Float64Array(2)

  constructor({ settings, clock, counters, note, secret }: RateLimiterOptions) {
    this.#settings = settings
    this.#clock = clock
    this.#counters = counters
    this.#exempt = new AddressSet(settings.exempt)
    this.#time[1] = clock.now()
    this.#buckets = new Buckets(settings.perSecond, secret)
    this.#note = new SampledNote(note, settings.dryRun)
  }

  /** True when a limiter with these settings would be no different, so that this one can stay and nobody's account begins anew. */
  goesBy(settings: RateLimitSettings): boolean {
    return JSON.stringify(settings) === JSON.stringify(this.#settings)
  }

  /** What becomes of the reply, finished with `octets`, to the query of `queryOctets`. To be asked once for each UDP reply. */
  decide(x: Exchange, queryOctets: number, octets: number): Limit {
    const { peer } = x
    if (x.cookieGood || this.#exempt.has(peer)) return Limit.Send
    const remembered = x.kind >= 0
    const kind = remembered ? (x.kind as ResponseClass) : classOf(x)
    const name = remembered ? x.imputed : imputedName(x, kind)
    this.#pass()
    // The tag stands in the last octet of the second word, which a block of /56 leaves free.
    const tag = (kind << 4) | peer.family
    const bucket =
      peer.family === 4
        ? this.#buckets.charge(peer.hi & 0xffffff00, tag, name, this.#time)
        : this.#buckets.charge(peer.hi | 0, (peer.lo & 0xffffff00) | tag, name, this.#time)
    if (bucket < 0 || isSmallServiceAnswer(x, kind, queryOctets, octets)) return Limit.Send
    return this.#suppress(x, kind, bucket)
  }

  #suppress(x: Exchange, kind: ResponseClass, bucket: number): Limit {
    const counters = this.#counters
    const { slip, dryRun } = this.#settings
    const slips = slip > 0 && this.#buckets.isNth(bucket, slip)
    this.#note.add(x, kind, slips, this.#time)
    if (dryRun) {
      counters[AT.rateSpared]!++
      return Limit.Send
    }
    counters[slips ? AT.rateSlipped : AT.rateDropped]!++
    return slips ? Limit.Slip : Limit.Drop
  }

  /** Reads the clock. One that is put back stands still for a moment: nobody owes what it was put back by. */
  #pass(): void {
    const time = this.#time
    const read = this.#clock.now()
    if (read > time[1]!) time[0]! += read - time[1]!
    time[1] = read
  }
}

/**
 * A public resolver asks for one service name on behalf of many client blocks, with ECS, from one block of its own: that is no attack, and
 * an answer of at most twice the query's size is no weapon.
 */
function isSmallServiceAnswer({ lookup }: Exchange, kind: ResponseClass, query: number, octets: number): boolean {
  return kind <= ResponseClass.Alias && lookup.routed >= 0 && octets <= 2 * query
}
