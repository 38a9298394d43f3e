import type { Clock } from '../base/clock.ts'
import type { RateLimitSettings } from '../model/answer-settings.ts'
import type { Exchange } from './exchange.ts'

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
}

export class RateLimiter {
  readonly #options: RateLimiterOptions

  constructor(options: RateLimiterOptions) {
    this.#options = options
  }

  /** `octets`: length of the reply to the query of `queryOctets`. */
  decide(_x: Exchange, _queryOctets: number, _octets: number): Limit {
    void this.#options
    return Limit.Send
  }
}
