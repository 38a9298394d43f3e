import { setTimeout as sleep } from 'node:timers/promises'
import { type Millis, millis } from '../base/brand.ts'
import { type Family, formatAddress } from '../base/ip.ts'
import { heaviest, MOST_RESOLVERS, type ResolverCounter, type ResolverList } from '../model/resolver.ts'
import type { ResolverSketch } from '../model/resolver-sketch.ts'

/** A query of so long ago counts half. Longer than that of demand: a target that comes and goes is never known well. */
const HALF_LIFE_MS = 15 * 60_000
/** An answer takes microseconds: after this long no worker is in the half that it left. */
const LEAVE_MS = 20
/** Resolvers that are remembered between two collections; what is lighter than the least is forgotten. */
const MOST_HELD = 2 * MOST_RESOLVERS
const LEAST_HELD = 0.01
/** Who did not ask three times within some minutes is not told of: it may have been a forged address, which nobody should probe. */
const LEAST_TOLD = 2.5

interface Held {
  readonly address: readonly [family: Family, hi: number, lo: number, hostHi: number, hostLo: number]
  sum: number
}

/** Adds up the sketches of all workers, in the main thread. */
export class ResolverCollector implements ResolverCounter {
  readonly #sketches: () => readonly ResolverSketch[]
  /** By the address: IPv4 as a number, since nearly all are. */
  readonly #held = new Map<number | string, Held>()
  /** Fade like the sums. */
  #seconds = 0
  #at: number
  #collecting: Promise<void> | null = null

  constructor(sketches: () => readonly ResolverSketch[], now: Millis) {
    this.#sketches = sketches
    this.#at = now
  }

  collect(now: Millis): Promise<void> {
    this.#collecting ??= this.#collect(now).finally(() => {
      this.#collecting = null
    })
    return this.#collecting
  }

  list(now: Millis): ResolverList {
    const seconds = Math.max(1, this.#seconds)
    const told = [...this.#held.values()].filter(({ sum }) => sum >= LEAST_TOLD)
    const most = told.sort((a, b) => b.sum - a.sum).slice(0, MOST_RESOLVERS)
    const rows = most.map(({ address, sum }) => ({ address: formatWords(...address), qps: sum / seconds }))
    return { at: now, rows: heaviest(rows, MOST_RESOLVERS) }
  }

  async #collect(now: Millis): Promise<void> {
    const sketches = this.#sketches()
    for (const sketch of sketches) sketch.turn()
    await sleep(LEAVE_MS)
    const elapsed = Math.max(0, now - this.#at)
    this.#fade(2 ** (-elapsed / HALF_LIFE_MS))
    this.#at = millis(now)
    this.#seconds += elapsed / 1000
    for (const sketch of sketches) sketch.drain((...row) => this.#add(...row))
    if (this.#held.size > MOST_HELD) this.#forgetLightest()
  }

  #fade(factor: number): void {
    this.#seconds *= factor
    for (const [key, held] of this.#held) {
      held.sum *= factor
      if (held.sum < LEAST_HELD) this.#held.delete(key)
    }
  }

  #add(family: Family, hi: number, lo: number, hostHi: number, hostLo: number, count: number): void {
    const key = family === 4 ? hi : `${hi} ${lo} ${hostHi} ${hostLo}`
    const held = this.#held.get(key)
    if (held === undefined) this.#held.set(key, { address: [family, hi, lo, hostHi, hostLo], sum: count })
    else held.sum += count
  }

  #forgetLightest(): void {
    const lightest = [...this.#held].sort(([, a], [, b]) => a.sum - b.sum)
    for (const [key] of lightest.slice(0, lightest.length - MOST_HELD)) this.#held.delete(key)
  }
}

function formatWords(family: Family, ...words: readonly number[]): string {
  const octets = new Uint8Array(family === 4 ? 4 : 16)
  const view = new DataView(octets.buffer)
  for (let i = 0; i < octets.length / 4; i++) view.setUint32(4 * i, words[i]!)
  return formatAddress(octets)
}
