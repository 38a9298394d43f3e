import type { Clock } from '../base/clock.ts'
import type { Peer } from '../base/peer.ts'
import type { AnswerSettings } from '../model/answer-settings.ts'
import { AT, countQtype, countRcode } from '../model/counters.ts'
import { Ede, Flag, HEADER_OCTETS, MAX_MESSAGE_OCTETS, PLAIN_UDP_OCTETS, Rcode } from '../wire/constants.ts'
import { decodeQuery, Verdict } from '../wire/decode-query.ts'
import { optOctets, writeOpt } from '../wire/opt-encode.ts'
import { admit } from './admit.ts'
import { type AnswerTables, fail, NO_TEXT, newExchange, Transport } from './exchange.ts'
import { Limit, RateLimiter } from './rate-limit.ts'
import { resolve } from './resolve.ts'

export interface AnswererOptions {
  /** Payload of the NSID option (RFC 5001): the node's name; cut at 128 octets. */
  readonly nsid: string
  /** False: the ECS option is unknown to this server and routing goes by the resolver's address. */
  readonly ecs: boolean
  /** Longest UDP reply, and the payload size that our OPT records announce; octets, 512..4096. */
  readonly maxPayload: number
  /** Laid out as model/counters says; only ever added to. */
  readonly counters: Float64Array
  readonly settings: AnswerSettings
  readonly clock: Clock
  /** How long an idle TCP connection is kept, milliseconds (RFC 7828). */
  readonly idleMs: number
  /** Gets a sentence for the log, seldom. */
  readonly note: (sentence: string) => void
}

const MOST_NSID_OCTETS = 128
/** Where queries are counted, by transport. */
const QUERIES = [AT.queriesUdp, AT.queriesTcp, AT.queriesTls] as const

/**
 * Message in, message out: the road of one query.
 *
 *   bytes -> decode -> admit -> resolve (lookup, route, restart at a CNAME) -> fit -> bytes
 *
 * Synchronous and without I/O; one per worker. What it works on is made once and written anew by every query.
 */
export class Answerer {
  readonly #options: AnswererOptions
  readonly #counters: Float64Array
  readonly #nsid: Uint8Array
  readonly #ecs: boolean
  readonly #maxPayload: number
  readonly #exchange = newExchange()
  #tables: AnswerTables | null = null
  #limiter: RateLimiter | null = null

  constructor(options: AnswererOptions) {
    this.#options = options
    this.#counters = options.counters
    this.#nsid = new TextEncoder().encode(options.nsid).subarray(0, MOST_NSID_OCTETS)
    this.#ecs = options.ecs
    this.#maxPayload = options.maxPayload
    this.configure(options.settings)
  }

  /** From the next query on, these settings hold. */
  configure({ rateLimit }: AnswerSettings): void {
    const { clock, counters, note } = this.#options
    this.#limiter = rateLimit === null ? null : new RateLimiter({ settings: rateLimit, clock, counters, note })
  }

  /** From the next query on, these tables answer. */
  use(tables: AnswerTables): void {
    this.#tables = tables
  }

  /**
   * Answers `message[0..length)`, which came from `peer`, into `out` (at least 512 octets; for TCP 65535). Returns the length of the
   * reply; 0 = silence. Never throws: a fault of ours is counted and the client sees SERVFAIL.
   */
  answer(message: Uint8Array, length: number, peer: Peer, transport: Transport, out: Uint8Array): number {
    try {
      return this.#answer(message, length, peer, transport, out)
    } catch {
      this.#counters[AT.internalErrors]!++
      countRcode(this.#counters, Rcode.SERVFAIL)
      return apologise(message, out)
    }
  }

  #answer(message: Uint8Array, length: number, peer: Peer, transport: Transport, out: Uint8Array): number {
    const x = this.#exchange
    const { query } = x
    const verdict = decodeQuery(message, length, this.#ecs, query)
    if (verdict === Verdict.Ignore) {
      this.#counters[AT.ignored]!++
      return 0
    }
    this.#counters[QUERIES[transport]]!++
    x.peer = peer
    x.transport = transport
    x.rcode = query.rcode
    x.authoritative = false
    x.truncated = false
    x.cookieGood = false
    x.says.scope = 0
    x.says.ede = Ede.None
    x.says.edeText = NO_TEXT
    const size = this.#sizeLimit(out)
    x.reply.begin(out, size, optOctets(query, this.#nsid), query, message)
    if (verdict === Verdict.Query && admit(x)) {
      if (this.#tables === null) fail(x, Rcode.SERVFAIL, Ede.NotReady)
      else resolve(x, this.#tables, this.#counters)
    }
    const octets = this.#finish(message, size)
    if (this.#limiter === null || transport !== Transport.Udp) return octets
    switch (this.#limiter.decide(x, length, octets)) {
      case Limit.Drop:
        return 0
      case Limit.Slip:
        x.truncated = true
        x.reply.begin(out, size, optOctets(query, this.#nsid), query, message)
        return this.#close(message, size)
      default:
        return octets
    }
  }

  /** Octets that the reply may have: over UDP what the client takes (RFC 6891 section 6.2.3), but no fragments (RFC 9715). */
  #sizeLimit(out: Uint8Array): number {
    const { query, transport } = this.#exchange
    if (transport !== Transport.Udp) return Math.min(out.length, MAX_MESSAGE_OCTETS)
    return Math.min(out.length, query.edns ? Math.min(query.payload, this.#maxPayload) : PLAIN_UDP_OCTETS)
  }

  #finish(message: Uint8Array, size: number): number {
    const octets = this.#close(message, size)
    this.#count()
    return octets
  }

  #close(message: Uint8Array, size: number): number {
    const x = this.#exchange
    writeOpt(x.reply, size, x.query, message, this.#maxPayload, x.rcode, this.#nsid, x.says)
    return x.reply.finish(x.query, (x.authoritative ? Flag.AA : 0) | (x.truncated ? Flag.TC : 0), x.rcode)
  }

  #count(): void {
    const counters = this.#counters
    const { query, rcode, truncated } = this.#exchange
    if (query.nameLength > 0) countQtype(counters, query.qtype)
    countRcode(counters, rcode)
    if (rcode === Rcode.FORMERR) counters[AT.formErr]!++
    if (query.edns) counters[AT.ednsQueries]!++
    if (query.ecsAt > 0) counters[AT.ecsQueries]!++
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
