import type { Family } from '../base/ip.ts'
import { copyOctets, Octets, viewOf } from '../base/octets.ts'
import type { Peer } from '../base/peer.ts'
import { QUERY_LOGS } from './query-logs.ts'

/**
 * Sampled queries on their way from one worker, which writes and never waits, to the thread that logs them. Shared memory, one writer, one reader;
 * what finds no room is left out and counted.
 *
 *   0        4        8              32        64                                             64 + ROOM
 *   | head   | tail   |  lost by log |         | record | record | ...          | gap |
 *
 * Head and tail count octets and wrap at 2^32; `head - tail` octets are there to be read. A record lies in one piece: where it would go beyond
 * the end, a gap fills the rest (its first word has {@link GAP}), and the record begins at the start.
 *
 *   record    0 octets(4)  4 logs(1) transport(1) family(1) decided(1)   8 time(8)  16 took(4)  20 port(2) reason(2)  24 address(16)
 *            40 service(2) cluster(2) source(1) scope(1)                 48 generation(4) epoch(4)
 *            56 octets of the query(2) and of the reply(2)               60 query | reply | filled up to a multiple of 8
 *
 * All in the order of the machine's processors, low octet first.
 */
const HEAD = 0
const TAIL = 1
const LOST = 2
const HEADER_OCTETS = 64
const ROOM = 1 << 22
const GAP = 1 << 31
const FIXED_OCTETS = 60
const ALIGNMENT = 8

export const QUERY_RING_BYTES = HEADER_OCTETS + ROOM
/** In place of a number that there is none of. */
export const NONE = 0xffff

/** What a decision chose: addresses of a cluster, or one of the names that share a hostname. */
export const DECIDED_CLUSTER = 1
export const DECIDED_TARGET = 2

/** What was decided for an answer. One object per worker, written anew. Numbers of services and clusters are the stable ones. */
export interface Decision {
  /** DECIDED_*. */
  kind: number
  service: number
  /** {@link NONE}: the answer has no cluster. */
  cluster: number
  /** Index into REASONS; of a cluster only. */
  reason: number
  /** Whose block decided: index into CLIENT_SOURCES of `route`. */
  source: number
  /** ECS SCOPE that was sent. */
  scope: number
  generation: number
  /** Of the live table. */
  epoch: number
}

export function newDecision(): Decision {
  return { kind: DECIDED_CLUSTER, service: 0, cluster: NONE, reason: 0, source: 0, scope: 0, generation: 0, epoch: 0 }
}

/** One message and what became of it, as the worker hands it in. */
export interface Exchanged {
  message: Uint8Array
  length: number
  peer: Peer
  /** 0 UDP, 1 TCP, 2 TLS. */
  transport: number
  reply: Uint8Array
  /** Octets of the reply; 0 = silence. */
  written: number
  /** Unix ms at which the message was taken up. */
  time: number
  /** Nanoseconds until its reply was there. */
  took: number
}

/** A record as the reader sees it; one object per ring, written anew by every record. Octets are lent until the visit ends. */
export interface RingRecord {
  /** Bits: LOG_*. */
  logs: number
  transport: number
  family: Family
  /** 16 octets, of which an IPv4 address has the first 4. */
  readonly address: Uint8Array
  port: number
  time: number
  took: number
  query: Octets
  /** Empty: silence. */
  reply: Octets
  decided: boolean
  readonly decision: Decision
}

export class QueryRing {
  readonly #words: Int32Array
  readonly #view: DataView
  readonly #memory: SharedArrayBuffer
  /** The writer's idea of the tail: read again only when there seems to be no room. */
  #tail: number

  constructor(memory: SharedArrayBuffer) {
    this.#memory = memory
    this.#words = new Int32Array(memory, 0, HEADER_OCTETS / 4)
    this.#view = new DataView(memory)
    this.#tail = this.#words[TAIL]!
  }

  // -- the worker's side -------------------------------------------------------------------------------------------------------------------

  /**
   * Adds a record for the logs of `logs`; `decision` null: the answer was not routed. False when there was no room. Allocates nothing where
   * message and reply are {@link Octets}.
   */
  put(logs: number, exchanged: Exchanged, decision: Decision | null): boolean {
    const { message, length, peer, transport, reply, written, time, took } = exchanged
    const octets = (FIXED_OCTETS + length + written + ALIGNMENT - 1) & -ALIGNMENT
    const at = this.#claim(octets)
    if (at < 0) {
      this.#lose(logs)
      return false
    }
    const view = this.#view
    view.setInt32(at, octets, true)
    view.setInt32(
      at + 4,
      logs | (transport << 8) | (peer.family << 16) | (decision === null ? 0 : decision.kind << 24),
      true,
    )
    view.setFloat64(at + 8, time, true)
    view.setInt32(at + 16, took, true)
    view.setUint16(at + 20, peer.port, true)
    view.setInt32(at + 24, peer.hi | 0)
    view.setInt32(at + 28, peer.lo | 0)
    view.setInt32(at + 32, peer.hostHi | 0)
    view.setInt32(at + 36, peer.hostLo | 0)
    if (decision !== null) putDecision(view, at, decision)
    view.setUint16(at + 56, length, true)
    view.setUint16(at + 58, written, true)
    copyOctets(viewOf(message), 0, view, at + FIXED_OCTETS, length)
    copyOctets(viewOf(reply), 0, view, at + FIXED_OCTETS + length, written)
    Atomics.store(this.#words, HEAD, (this.#words[HEAD]! + octets) | 0)
    return true
  }

  /** Offset of so many free octets in one piece; -1 = there are none. */
  #claim(octets: number): number {
    const head = this.#words[HEAD]!
    const place = head & (ROOM - 1)
    const gap = place + octets > ROOM ? ROOM - place : 0
    if (ROOM - ((head - this.#tail) >>> 0) < gap + octets) {
      this.#tail = Atomics.load(this.#words, TAIL)
      if (ROOM - ((head - this.#tail) >>> 0) < gap + octets) return -1
    }
    if (gap === 0) return HEADER_OCTETS + place
    this.#view.setInt32(HEADER_OCTETS + place, GAP | gap, true)
    Atomics.store(this.#words, HEAD, (head + gap) | 0)
    return HEADER_OCTETS
  }

  #lose(logs: number): void {
    for (let log = 0; log < QUERY_LOGS.length; log++) if ((logs & (1 << log)) !== 0) this.#words[LOST + log]!++
  }

  // -- the reader's side -------------------------------------------------------------------------------------------------------------------

  /** Visits at most `most` records, oldest first; returns how many there were. A record whose visit throws is not visited again. */
  drain(record: RingRecord, visit: (record: RingRecord) => void, most: number): number {
    let visited = 0
    while (visited < most) {
      const tail = this.#words[TAIL]!
      if (Atomics.load(this.#words, HEAD) === tail) return visited
      const at = HEADER_OCTETS + (tail & (ROOM - 1))
      const first = this.#view.getInt32(at, true)
      const octets = first & ~GAP
      try {
        if (first >= 0) {
          visited++
          this.#read(at, record)
          visit(record)
        }
      } finally {
        Atomics.store(this.#words, TAIL, (tail + octets) | 0)
      }
    }
    return visited
  }

  /** Share of the ring that waits to be read, 0..1. */
  get filled(): number {
    return ((Atomics.load(this.#words, HEAD) - this.#words[TAIL]!) >>> 0) / ROOM
  }

  /** Records of a log that found no room, since the ring was made. */
  lost(log: number): number {
    return Atomics.load(this.#words, LOST + log) >>> 0
  }

  #read(at: number, record: RingRecord): void {
    const view = this.#view
    record.logs = view.getUint8(at + 4)
    record.transport = view.getUint8(at + 5)
    record.family = view.getUint8(at + 6) === 6 ? 6 : 4
    record.decided = view.getUint8(at + 7) !== 0
    record.decision.kind = view.getUint8(at + 7)
    record.time = view.getFloat64(at + 8, true)
    record.took = view.getUint32(at + 16, true)
    record.port = view.getUint16(at + 20, true)
    for (let i = 0; i < 16; i++) record.address[i] = view.getUint8(at + 24 + i)
    const length = view.getUint16(at + 56, true)
    record.query = new Octets(this.#memory, at + FIXED_OCTETS, length)
    record.reply = new Octets(this.#memory, at + FIXED_OCTETS + length, view.getUint16(at + 58, true))
    if (record.decided) readDecision(view, at, record.decision)
  }
}

export function newRingRecord(): RingRecord {
  const none = new Octets(new ArrayBuffer(0), 0, 0)
  return {
    ...{ logs: 0, transport: 0, family: 4, address: new Uint8Array(16), port: 0, time: 0, took: 0 },
    ...{ query: none, reply: none, decided: false, decision: newDecision() },
  }
}

function putDecision(view: DataView, at: number, decision: Decision): void {
  view.setUint16(at + 22, decision.reason, true)
  view.setUint16(at + 40, decision.service, true)
  view.setUint16(at + 42, decision.cluster, true)
  view.setUint8(at + 44, decision.source)
  view.setUint8(at + 45, decision.scope)
  view.setInt32(at + 48, decision.generation, true)
  view.setInt32(at + 52, decision.epoch, true)
}

function readDecision(view: DataView, at: number, decision: Decision): void {
  decision.reason = view.getUint16(at + 22, true)
  decision.service = view.getUint16(at + 40, true)
  decision.cluster = view.getUint16(at + 42, true)
  decision.source = view.getUint8(at + 44)
  decision.scope = view.getUint8(at + 45)
  decision.generation = view.getUint32(at + 48, true)
  decision.epoch = view.getUint32(at + 52, true)
}
