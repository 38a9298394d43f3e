import type { Answerer } from '../answer/answerer.ts'
import type { Transport } from '../answer/exchange.ts'
import { newPeer, type Peer } from '../base/peer.ts'
import { LOG_DECISIONS, LOG_DNSTAP, LOG_QUERIES, NO_SAMPLING, type Sampling } from '../model/query-logs.ts'
import { type Exchanged, newDecision, type QueryRing } from '../model/query-ring.ts'

/** Dice show 0..2^31-1. */
const SIDES = 2 ** 31
const NONE_OF = new Uint8Array(0)

/**
 * Answers, and puts a sample of what comes by into the ring. One throw of the dice decides for all logs, so that what is in the smaller sample of
 * one is in the larger one of another, too. The dice are seeded at random: nobody can tell which of their queries go unseen.
 *
 *    0 ...... queries .................. decisions ........................... dnstap ........ 2^31
 *      dice: in all three                 in two                               in one           in none
 */
export class QueryTap {
  readonly #answerer: Answerer
  readonly #ring: QueryRing
  readonly #exchanged: Exchanged = {
    ...{ message: NONE_OF, length: 0, peer: newPeer(), transport: 0, reply: NONE_OF, written: 0, time: 0, took: 0 },
  }
  readonly #decision = newDecision()
  #dice: number
  /** Dice up to these are in; -1 = none is. */
  #queries = -1
  #decisions = -1
  #dnstap = -1
  #most = -1

  /** `seed`: any random number. */
  constructor(answerer: Answerer, ring: QueryRing, seed: number) {
    this.#answerer = answerer
    this.#ring = ring
    // Xorshift stands still at 0.
    this.#dice = seed | 1
    this.configure(NO_SAMPLING)
  }

  /** From the next message on. */
  configure({ queries, decisions, dnstap }: Sampling): void {
    this.#queries = highest(queries)
    this.#decisions = highest(decisions)
    this.#dnstap = highest(dnstap)
    this.#most = Math.max(this.#queries, this.#decisions, this.#dnstap)
  }

  /** As {@link Answerer.answer}. */
  answer(message: Uint8Array, length: number, peer: Peer, transport: Transport, out: Uint8Array): number {
    if (this.#most < 0) return this.#answerer.answer(message, length, peer, transport, out)
    const dice = this.#throwDice()
    if (dice > this.#most) return this.#answerer.answer(message, length, peer, transport, out)
    const time = Date.now()
    const start = performance.now()
    const written = this.#answerer.answer(message, length, peer, transport, out)
    const took = ((performance.now() - start) * 1e6) | 0
    const x = this.#exchanged
    x.message = message
    x.length = length
    x.peer = peer
    x.transport = transport
    x.reply = out
    x.written = written
    x.time = time
    x.took = took
    this.#put(dice)
    return written
  }

  #put(dice: number): void {
    const decided = this.#exchanged.written > 0 && this.#answerer.decided(this.#decision)
    const logs =
      (dice <= this.#queries ? LOG_QUERIES : 0) |
      (decided && dice <= this.#decisions ? LOG_DECISIONS : 0) |
      (dice <= this.#dnstap ? LOG_DNSTAP : 0)
    if (logs === 0) return
    this.#ring.put(logs, this.#exchanged, decided ? this.#decision : null)
  }

  /** 0..2^31-1. */
  #throwDice(): number {
    let dice = this.#dice
    dice ^= dice << 13
    dice ^= dice >>> 17
    dice ^= dice << 5
    this.#dice = dice
    return dice >>> 1
  }
}

/** The highest throw that is in, for a share of 0..1. */
const highest = (share: number): number => Math.round(share * SIDES) - 1
