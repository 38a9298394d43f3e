import { formatAddress, parseAddress } from '../base/ip.ts'
import { formatPrefix, prefixOf } from '../base/prefix.ts'

/** A map that keeps the `most` keys that were set last. */
class Recent<V> {
  readonly #most: number
  readonly #values = new Map<string, V>()

  constructor(most: number) {
    this.#most = most
  }

  get(key: string): V | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: V): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size <= this.#most) return
    const { value: oldest } = this.#values.keys().next()
    if (oldest !== undefined) this.#values.delete(oldest)
  }
}

/** Clients that a limiter remembers. Beyond, the one that was silent for longest starts anew: memory stays what it is, whoever comes. */
const MOST_CLIENTS = 4096

/**
 * A token bucket for each client: `perSecond` calls in the long run, `burst` (>= 1) at once. Kept as one number, the moment at which the bucket is
 * full again (the generic cell rate algorithm, ITU-T I.371).
 */
export class Limiter {
  readonly #spacingMs: number
  readonly #depthMs: number
  readonly #full: Recent<number>

  constructor(perSecond: number, burst: number, most = MOST_CLIENTS) {
    this.#spacingMs = 1000 / perSecond
    this.#depthMs = burst * this.#spacingMs
    this.#full = new Recent(most)
  }

  /** ms until the client may call; 0: now. */
  wait(client: string, now: number): number {
    return Math.max(0, this.#next(client, now) - now - this.#depthMs)
  }

  /** Takes one call where there is one to take; ms to wait otherwise. */
  take(client: string, now: number): number {
    const wait = this.wait(client, now)
    if (wait === 0) this.#full.set(client, this.#next(client, now))
    return wait
  }

  #next(client: string, now: number): number {
    return Math.max(now, this.#full.get(client) ?? 0) + this.#spacingMs
  }
}

/** Wrong tokens that a client may try at once, and how many a second from then on. */
const GUESSES = 10
const GUESSES_PER_SECOND = 0.1

/**
 * Wrong tokens by client. The same one again is no guess: a program whose token went out of date does not shut out the others of its address.
 */
export class Guesses {
  readonly #limiter = new Limiter(GUESSES_PER_SECOND, GUESSES)
  readonly #last = new Recent<string>(MOST_CLIENTS)

  /** ms until the client's next token is looked at; 0: now. */
  wait(client: string, now: number): number {
    return this.#limiter.wait(client, now)
  }

  /** The client gave a token that is wrong; `digest`: of that token. */
  wrong(client: string, digest: string, now: number): void {
    if (this.#last.get(client) === digest) return
    this.#last.set(client, digest)
    this.#limiter.take(client, now)
  }
}

/** What counts as one client: an IPv4 address, or the /64 that an IPv6 address is in, all of which one machine may have. */
export function clientOf(remote: string): string {
  const address = parseAddress(remote.replace(/%.*$/, ''))
  if (address === null) return remote
  return address.length === 4 ? formatAddress(address) : formatPrefix(prefixOf(address, 64))
}
