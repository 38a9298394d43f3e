import type { Clock } from '../base/clock.ts'
import { HeldClock } from '../base/held-clock.ts'
import type { Peer } from '../base/peer.ts'
import type { SipKey } from '../base/siphash.ts'
import type { AnswerSettings, RateLimitSettings } from '../model/answer-settings.ts'
import { AT, countAnswerTime, countQtype, countRcode, countScope, countZone } from '../model/counters.ts'
import type { DemandSketch } from '../model/demand-sketch.ts'
import type { Decision } from '../model/query-ring.ts'
import type { ResolverSketch } from '../model/resolver-sketch.ts'
import {
  Class,
  Ede,
  Flag,
  HEADER_OCTETS,
  Known,
  MAX_MESSAGE_OCTETS,
  PLAIN_UDP_OCTETS,
  Rcode,
} from '../wire/constants.ts'
import { decodeQuery, Verdict } from '../wire/decode-query.ts'
import { type OptFacts, optOctets, writeOpt } from '../wire/opt-encode.ts'
import { Outcome } from '../zone/outcome.ts'
import { admit } from './admit.ts'
import { AnswerCache, Recall } from './cache.ts'
import { Chaos } from './chaos.ts'
import { Cookies, confirmCookie } from './cookies.ts'
import { readDecision } from './decided.ts'
import { type AnswerTables, begin, type Exchange, fail, newExchange, Transport } from './exchange.ts'
import { Limit, RateLimiter } from './rate-limit.ts'
import { resolve } from './resolve.ts'
import { answerRouted } from './routed.ts'
import { answerShared } from './shared.ts'

export interface AnswererOptions {
  /** Payload of the NSID option (RFC 5001): the node's name; cut at 128 octets. */
  readonly nsid: string
  /** False: the ECS option is unknown to this server and routing goes by the resolver's address. */
  readonly ecs: boolean
  /** Longest UDP reply, and the payload size that our OPT records announce; octets, 512..4096. */
  readonly maxPayload: number
  /** Laid out as model/counters says; only ever added to. */
  readonly counters: Float64Array
  /** Counts routed answers by client block; left out: nobody does. */
  readonly demand?: DemandSketch
  /** The same by the address of the resolver. */
  readonly resolvers?: ResolverSketch
  readonly settings: AnswerSettings
  readonly clock: Clock
  /** Random, and known to nobody else: see {@link RateLimiter}. */
  readonly secret: SipKey
  /** How long an idle TCP connection is kept, milliseconds (RFC 7828). */
  readonly idleMs: number
  /** Gets a sentence for the log, seldom. */
  readonly note: (sentence: string) => void
  /** Questions whose answers are remembered: a power of two from 8 on, 576 octets each; 0 = none. Left out: {@link CACHE_SLOTS}. */
  readonly cacheSlots?: number
  /** Milliseconds since whenever, to well below a microsecond: times one answer in {@link TIMED_ONE_IN}. Left out: none is timed. */
  readonly stopwatch?: () => number
  /** True: {@link Answerer.tick} is called before each batch of messages. Else the clock is read for every message. */
  readonly batched?: boolean
}

/** 4.5 MiB: some thousand names that are asked all the time. */
const CACHE_SLOTS = 8_192

const MOST_NSID_OCTETS = 128
/** TIMEOUT has 16 bits (RFC 7828 section 3.1). */
const LONGEST_KEEPALIVE = 65535
/** Two readings of the clock cost some 0.1 us. A prime number, so that datagrams of all places in a batch have their turn. */
const TIMED_ONE_IN = 97
/** Where queries are counted, by transport. */
const QUERIES = [AT.queriesUdp, AT.queriesTcp, AT.queriesTls] as const

/**
 * Message in, message out: the road of one query.
 *
 *   bytes -> decode -> cookie -> admit -> resolve (recall, or lookup, route, restart at a CNAME) -> fit -> limit -> bytes
 *              |          |        |
 *              |          |        +- class CH: what the server says of itself
 *              |          +- required and not good: come back with one, or over TCP
 *              +- malformed, or nothing but a cookie asked for
 *
 * Synchronous and without I/O; one per worker. What it works on is made once and written anew by every query.
 */
export class Answerer {
  readonly #options: AnswererOptions
  readonly #counters: Float64Array
  readonly #clock: HeldClock
  readonly #batched: boolean
  readonly #opt: OptFacts
  readonly #exchange: Exchange
  readonly #cache: AnswerCache | null
  #tables: AnswerTables | null = null
  /** Answers until the next that is timed. */
  #untilTimed = TIMED_ONE_IN
  #limiter: RateLimiter | null = null
  #cookies: Cookies | null = null
  #chaos = new Chaos({ version: null, id: null })
  /** Options known over each transport: bits of `Known`. */
  #known: readonly [udp: number, tcp: number, tls: number] = [0, 0, 0]

  constructor(options: AnswererOptions) {
    const { cacheSlots = CACHE_SLOTS, batched = false, counters, secret } = options
    this.#options = options
    this.#counters = counters
    this.#clock = new HeldClock(options.clock)
    this.#batched = batched
    this.#exchange = newExchange(secret[0], options.demand, options.resolvers)
    this.#cache = cacheSlots === 0 ? null : new AnswerCache(cacheSlots, counters)
    this.#opt = {
      payload: options.maxPayload,
      nsid: new TextEncoder().encode(options.nsid).subarray(0, MOST_NSID_OCTETS),
      keepalive: Math.min(Math.floor(options.idleMs / 100), LONGEST_KEEPALIVE),
    }
    this.configure(options.settings)
  }

  /** From the next query on, these settings hold. Throws, and the former hold, when a cookie secret is none. */
  configure({ rateLimit, cookies, chaos }: AnswerSettings): void {
    const { counters, ecs } = this.#options
    this.#cache?.forget()
    this.#cookies = cookies === null ? null : new Cookies(cookies, this.#clock, counters)
    this.#chaos = new Chaos(chaos)
    this.#limiter = rateLimit === null ? null : this.#limiterFor(rateLimit)
    const udp = (ecs ? Known.ECS : 0) | (cookies === null ? 0 : Known.COOKIE)
    // RFC 7828 section 3.3: over UDP keepalive is ignored; RFC 7830 section 6: padding hides nothing where all can read along.
    const tcp = udp | Known.KEEPALIVE
    this.#known = [udp, tcp, tcp | Known.PADDING]
  }

  /** The limiter stays, with its accounts, where it is not the rate limit that has changed. */
  #limiterFor(settings: RateLimitSettings): RateLimiter {
    const { counters, note, secret } = this.#options
    if (this.#limiter?.goesBy(settings)) return this.#limiter
    return new RateLimiter({ settings, clock: this.#clock, counters, note, secret })
  }

  /** From the next query on, these tables answer. */
  use(tables: AnswerTables): void {
    this.#cache?.forget()
    this.#tables = tables
  }

  /** Reads the clock, for the messages that follow: once for a batch is enough for limits and cookies, which go by seconds. */
  tick(): void {
    this.#clock.tick()
  }

  /**
   * Answers `message[0..length)`, which came from `peer`, into `out` (at least 512 octets; for TCP 65535). Returns the length of the
   * reply; 0 = silence. Never throws: a fault of ours is counted and the client sees SERVFAIL.
   */
  answer(message: Uint8Array, length: number, peer: Peer, transport: Transport, out: Uint8Array): number {
    if (--this.#untilTimed > 0) return this.#answerOrApologise(message, length, peer, transport, out)
    this.#untilTimed = TIMED_ONE_IN
    const { stopwatch } = this.#options
    if (stopwatch === undefined) return this.#answerOrApologise(message, length, peer, transport, out)
    const start = stopwatch()
    const octets = this.#answerOrApologise(message, length, peer, transport, out)
    countAnswerTime(this.#counters, (stopwatch() - start) / 1000)
    return octets
  }

  #answerOrApologise(message: Uint8Array, length: number, peer: Peer, transport: Transport, out: Uint8Array): number {
    try {
      if (!this.#batched) this.#clock.tick()
      return this.#answer(message, length, peer, transport, out)
    } catch {
      this.#exchange.lookup.outcome = Outcome.NotOurs
      this.#counters[AT.internalErrors]!++
      countRcode(this.#counters, Rcode.SERVFAIL)
      return apologise(message, out)
    }
  }

  /** What was decided for the message answered last, which got a reply; false where nothing was: its name is no service's. */
  decided(out: Decision): boolean {
    return this.#tables !== null && readDecision(this.#exchange, this.#tables, out)
  }

  #answer(message: Uint8Array, length: number, peer: Peer, transport: Transport, out: Uint8Array): number {
    const x = this.#exchange
    const verdict = decodeQuery(message, length, this.#known[transport], x.query)
    if (verdict === Verdict.Ignore) {
      this.#counters[AT.ignored]!++
      return 0
    }
    this.#counters[QUERIES[transport]]!++
    begin(x, peer, transport)
    const size = this.#sizeLimit(out)
    this.#open(out, size)
    if (this.#cookies !== null) this.#cookies.judge(x)
    if (verdict === Verdict.Query) this.#respond(x)
    else if (verdict === Verdict.CookieFetch) confirmCookie(x)
    const octets = this.#close(size)
    this.#count()
    return this.#limit(length, out, size, octets)
  }

  /** Fills the sections of the reply, or says why not. */
  #respond(x: Exchange): void {
    if (this.#cookies?.turnsAway(x) || !admit(x)) return
    if (x.query.qclass === Class.CH) this.#chaos.answer(x)
    else if (this.#tables === null) fail(x, Rcode.SERVFAIL, Ede.NotReady)
    else this.#resolve(x, this.#tables)
  }

  /** What the zones say: remembered, or looked up. */
  #resolve(x: Exchange, tables: AnswerTables): void {
    if (this.#cache === null) {
      resolve(x, tables, this.#counters)
      return
    }
    switch (this.#cache.recall(x)) {
      case Recall.Answer:
        return
      case Recall.Service:
        answerRouted(x, tables, this.#counters)
        return
      case Recall.Shared:
        answerShared(x, tables, this.#counters)
        return
      case Recall.Nothing:
        resolve(x, tables, this.#counters)
        this.#cache.offer(x)
    }
  }

  /** Length of what leaves in place of the finished reply of `octets`; 0 = silence. */
  #limit(length: number, out: Uint8Array, size: number, octets: number): number {
    const x = this.#exchange
    if (this.#limiter === null || x.transport !== Transport.Udp) return octets
    switch (this.#limiter.decide(x, length, octets)) {
      case Limit.Drop:
        return 0
      case Limit.Slip:
        x.truncated = true
        // What leaves in place of a reply is to be no longer than the query.
        x.query.nsid = false
        x.says.ede = Ede.None
        this.#open(out, size)
        return this.#close(size)
      default:
        return octets
    }
  }

  /** Octets that the reply may have: over UDP what the client takes (RFC 6891 section 6.2.3), but no fragments (RFC 9715). */
  #sizeLimit(out: Uint8Array): number {
    const { query, transport } = this.#exchange
    if (transport !== Transport.Udp) return Math.min(out.length, MAX_MESSAGE_OCTETS)
    return Math.min(out.length, query.edns ? Math.min(query.payload, this.#opt.payload) : PLAIN_UDP_OCTETS)
  }

  #open(out: Uint8Array, size: number): void {
    const { reply, query } = this.#exchange
    reply.begin(out, size, optOctets(query, this.#opt), query)
  }

  #close(size: number): number {
    const { reply, query, rcode, says, authoritative, truncated } = this.#exchange
    writeOpt(reply, size, query, this.#opt, rcode, says)
    return reply.finish(query, (authoritative ? Flag.AA : 0) | (truncated ? Flag.TC : 0), rcode)
  }

  #count(): void {
    const counters = this.#counters
    const { query, rcode, truncated, says, zone } = this.#exchange
    if (query.nameLength > 0) countQtype(counters, query.qtype)
    countRcode(counters, rcode)
    if (rcode === Rcode.FORMERR) counters[AT.formErr]!++
    if (query.edns) counters[AT.ednsQueries]!++
    countZone(counters, zone < 0 ? -1 : (this.#tables?.zoneNumbers?.[zone] ?? zone))
    if (query.ecsAt > 0) {
      counters[AT.ecsQueries]!++
      countScope(counters, query.view.getUint16(query.ecsAt), says.scope)
    }
    if (truncated) counters[AT.truncated]!++
  }
}

/** SERVFAIL, header only: touches nothing that may have been the fault. */
function apologise(message: Uint8Array, out: Uint8Array): number {
  for (let i = 0; i < HEADER_OCTETS; i++) out[i] = 0
  out[0] = message[0]!
  out[1] = message[1]!
  out[2] = 0x80 | (message[2]! & 0x79)
  out[3] = Rcode.SERVFAIL
  return HEADER_OCTETS
}
