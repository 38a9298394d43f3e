import type { Clock } from '../base/clock.ts'
import { Failure } from './failure.ts'
import { isLoopback } from './guard.ts'
import { clientOf, Guesses, Limiter } from './rate-limit.ts'

/**
 * How often a call may be made. vitals: health and metrics, without limit from loopback · reads: all other reading · feeds: what programs report every
 * few seconds · changes: what people and their scripts decide.
 */
export type Pace = 'vitals' | 'reads' | 'feeds' | 'changes'

/** Calls per second and client; 0: no limit. */
export interface Rates {
  readonly reads: number
  readonly feeds: number
  readonly changes: number
}

/** A client that was silent for so long, in seconds, may call as often as that at once. */
const BURST_SECONDS = 10

export const NO_LIMIT: Rates = { reads: 0, feeds: 0, changes: 0 }

/** Lets in who does not call too often. Its memory does not grow with who calls. */
export class Gate {
  readonly #clock: Clock
  /** null: no limit. */
  readonly #limiters: Readonly<Record<Pace, Limiter | null>>
  readonly #guesses = new Guesses()
  readonly #told = new Limiter(1 / 60, 1)

  constructor(rates: Rates, clock: Clock) {
    this.#clock = clock
    const limiter = (perSecond: number) => (perSecond === 0 ? null : new Limiter(perSecond, perSecond * BURST_SECONDS))
    this.#limiters = {
      vitals: limiter(rates.reads),
      reads: limiter(rates.reads),
      feeds: limiter(rates.feeds),
      changes: limiter(rates.changes),
    }
  }

  /** Counts the call; fails with 429. */
  admit(remote: string, pace: Pace): void {
    const limiter = this.#limiters[pace]
    if (limiter === null || (pace === 'vitals' && isLoopback(remote))) return
    refuseFor(limiter.take(clientOf(remote), this.#clock.now()), 'this address calls too often')
  }

  /** To be asked before a token is looked at; fails with 429. */
  admitToken(remote: string): void {
    refuseFor(this.#guesses.wait(clientOf(remote), this.#clock.now()), 'too many wrong tokens came from this address')
  }

  wrongToken(remote: string, digest: string): void {
    this.#guesses.wrong(clientOf(remote), digest, this.#clock.now())
  }

  /** True once a minute for each client and `matter`: who is refused over and over does not fill the log. */
  mayTell(remote: string, matter: string): boolean {
    return this.#told.take(`${clientOf(remote)} ${matter}`, this.#clock.now()) === 0
  }
}

function refuseFor(waitMs: number, why: string): void {
  if (waitMs <= 0) return
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  throw new Failure('too-many-requests', `${why}; the next call in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  })
}
