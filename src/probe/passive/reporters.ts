import type { Reporter } from '../../model/passive.ts'

/** Reporters that are remembered; beyond, the one that has been silent for longest is forgotten. */
const MOST_REPORTERS = 10_000
/** What a reporter may have saved up, in seconds of its rate. */
const BURST_S = 60
/** A batch costs at least so much, however few samples are in it. */
const LEAST_COST = 50
/** Between two lines of the log about one reporter. */
const LOG_EVERY_MS = 3_600_000

interface Account {
  samples: number
  at: number
  saidAt: number
}

/** How much each reporter may still send, and what the log has been told of it. A reporter is an address that speaks for a cluster. */
export class Reporters {
  readonly #perSecond: number
  readonly #accounts = new Map<string, Account>()

  /** `perSecond`: samples, on average. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Takes `samples` from what the reporter has left; ms until it has so much when it has not. A batch as large as all it may save passes some day. */
  charge(reporter: Reporter, samples: number, now: number): number {
    const account = this.#account(reporter, now)
    const most = this.#perSecond * BURST_S
    account.samples = Math.min(most, account.samples + (Math.max(0, now - account.at) * this.#perSecond) / 1000)
    account.at = now
    const cost = Math.min(most, Math.max(LEAST_COST, samples))
    if (account.samples < cost) return ((cost - account.samples) * 1000) / this.#perSecond
    account.samples -= cost
    return 0
  }

  /** True when the log has not heard of this reporter for an hour, and from then on counts as told. */
  isNews(reporter: Reporter, now: number): boolean {
    const account = this.#account(reporter, now)
    if (now - account.saidAt < LOG_EVERY_MS) return false
    account.saidAt = now
    return true
  }

  #account(reporter: Reporter, now: number): Account {
    const key = `${reporter.cluster} ${reporter.address}`
    const account = this.#accounts.get(key) ?? {
      samples: this.#perSecond * BURST_S,
      at: now,
      saidAt: Number.NEGATIVE_INFINITY,
    }
    // Last in the order of the map: heard of last.
    this.#accounts.delete(key)
    this.#accounts.set(key, account)
    for (const oldest of this.#accounts.keys()) {
      if (this.#accounts.size <= MOST_REPORTERS) break
      this.#accounts.delete(oldest)
    }
    return account
  }
}
