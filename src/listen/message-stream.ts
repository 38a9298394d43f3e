import type { Socket } from 'node:net'
import type { Peer } from '../base/peer.ts'
import { PendingOctets } from './pending-octets.ts'
import type { Respond, Traffic } from './respond.ts'
import type { Turns, TurnTaker } from './turns.ts'

const PREFIX_OCTETS = 2
const MOST_OCTETS = PREFIX_OCTETS + 65535
/** Replies that wait for the client to read them, octets. Beyond it the client's next queries wait, in its own buffers. */
const MOST_UNREAD = 256 * 1024
/** Queries of one connection answered at once; the next ones wait for another turn, so that thousands who pipeline leave room for newcomers. */
const QUERIES_PER_TURN = 32

/** Replies are made here one behind the other, each with its prefix. Shared by all streams: a batch is copied out before the next is made. */
const batch = Buffer.alloc(2 * MOST_OCTETS)
const firstBody = batch.subarray(PREFIX_OCTETS, MOST_OCTETS)

/** What a stream needs of where it belongs. */
export interface StreamHost {
  readonly traffic: Traffic
  readonly turns: Turns
  /** The client has sent a whole message while it owed us no reading, or has read all that waited for it. */
  moved(): void
  /** The memory that the stream holds may have changed; it may be cut on the spot. */
  weighed(): void
}

/**
 * One client's stream, TCP or TLS, cut into messages (RFC 7766 section 8):
 *
 *   stream = ( LENGTH(2) message )*
 *
 * Queries may follow each other without waiting (section 6.2.1.1); replies leave in the order of the queries. Each reply is written
 * together with its prefix (section 8: two writes may become two segments, which some clients do not put together), and replies to
 * queries that came together leave together.
 */
export class MessageStream implements TurnTaker {
  readonly #socket: Socket
  readonly #peer: Peer
  readonly #respond: Respond
  readonly #host: StreamHost
  /** What has come and is not answered yet: whole queries while they wait, and the start of one. */
  readonly #pending = new PendingOctets()
  /** When the client last moved, as {@link StreamHost.moved} says. */
  #movedAt = performance.now()
  /** When the oldest octet of an unfinished message came; 0 = there is none. */
  #partialSince = 0
  /** Whole queries wait for a turn. */
  #queued = false
  /** Queries wait until the client has read its replies. */
  #blocked = false
  #ended = false
  /** Queries answered by the last {@link MessageStream.#work}. */
  #answered = 0

  constructor(socket: Socket, peer: Peer, respond: Respond, host: StreamHost) {
    this.#socket = socket
    this.#peer = peer
    this.#respond = respond
    this.#host = host
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('drain', () => this.#unblock())
    socket.on('end', () => this.finish())
    socket.on('close', () => host.turns.remove(this))
  }

  /** True when the client has had its time: idle, dripping, or not reading its replies. Times in milliseconds. */
  isLate(now: number, idleMs: number, messageMs: number): boolean {
    if (this.#partialSince > 0 && now - this.#partialSince > messageMs) return true
    return now - this.#movedAt > idleMs
  }

  /** True when a query waits or a reply is unread, and the client has moved since `since`. */
  isBusy(since: number): boolean {
    return (this.#queued || this.#blocked || this.#socket.writableLength > 0) && this.#movedAt > since
  }

  /** Memory held for this client, octets. */
  get held(): number {
    return this.#pending.held + this.#socket.writableLength + this.#socket.readableLength
  }

  /** Takes no more queries; closes our side once those that have come are answered and all replies have left. */
  finish(): void {
    this.#ended = true
    if (!this.#queued && !this.#blocked) this.#socket.end()
  }

  takeTurn(): number {
    this.#queued = false
    return this.#blocked || this.#socket.destroyed ? 0 : this.#workOffPending()
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return
    const { counters, at } = this.#host.traffic
    counters[at.bytesIn]! += chunk.length
    if (this.#pending.length > 0) {
      this.#pending.append(chunk)
      if (!this.#waits) this.#workOffPending()
    } else {
      const done = this.#work(chunk)
      if (done < chunk.length) this.#pending.append(chunk.subarray(done))
      this.#settle()
    }
  }

  get #waits(): boolean {
    return this.#queued || this.#blocked
  }

  /** Returns how many queries that were. */
  #workOffPending(): number {
    this.#pending.drop(this.#work(this.#pending.view()))
    const answered = this.#answered
    this.#settle()
    return answered
  }

  /** Answers whole messages at the start of `stream`, one turn's worth or until the client does not read; how many octets that was. */
  #work(stream: Buffer): number {
    const allRead = this.#socket.writableLength === 0
    let from = 0
    let to = 0
    this.#answered = 0
    while (this.#answered < QUERIES_PER_TURN && !this.#blocked) {
      const end = endOfMessage(stream, from)
      if (end < 0) break
      to = this.#answer(stream.subarray(from + PREFIX_OCTETS, end), to)
      if (to > batch.length - MOST_OCTETS) to = this.#send(to)
      from = end
      this.#answered++
    }
    this.#send(to)
    if (this.#answered === 0) return from
    this.#partialSince = 0
    if (allRead) this.#move()
    return from
  }

  /** Puts the reply behind those in `batch[0..at)`; returns the new end. */
  #answer(message: Buffer, at: number): number {
    const body = at === 0 ? firstBody : batch.subarray(at + PREFIX_OCTETS, at + MOST_OCTETS)
    const length = this.#respond(message, message.length, this.#peer, body)
    if (length === 0) return at
    batch.writeUInt16BE(length, at)
    return at + PREFIX_OCTETS + length
  }

  /** Sends `batch[0..octets)`; returns the end of what is left, 0. */
  #send(octets: number): number {
    if (octets === 0) return 0
    const { counters, at } = this.#host.traffic
    counters[at.bytesOut]! += octets
    const replies = Buffer.allocUnsafe(octets)
    batch.copy(replies, 0, 0, octets)
    this.#socket.write(replies)
    this.#blocked = this.#socket.writableLength >= MOST_UNREAD
    return 0
  }

  /** After each change: what goes on at once, what waits, and for what. */
  #settle(): void {
    const pending = this.#pending
    this.#queued = !this.#blocked && pending.length > 0 && endOfMessage(pending.view(), 0) >= 0
    if (this.#waits) {
      this.#partialSince = 0
      this.#socket.pause()
      if (this.#queued) this.#host.turns.add(this)
    } else {
      if (pending.length > 0 && this.#partialSince === 0) this.#partialSince = performance.now()
      if (this.#ended) this.#socket.end()
      else if (this.#socket.isPaused()) this.#socket.resume()
    }
    this.#host.weighed()
  }

  /** The client has read everything: its queries go on. */
  #unblock(): void {
    this.#move()
    if (this.#blocked) {
      this.#blocked = false
      this.#workOffPending()
    } else this.#host.weighed()
  }

  #move(): void {
    this.#movedAt = performance.now()
    this.#host.moved()
  }
}

/** Where the message that begins at `from` ends; -1 when it is not all there. */
function endOfMessage(stream: Buffer, from: number): number {
  if (stream.length - from < PREFIX_OCTETS) return -1
  const end = from + PREFIX_OCTETS + stream.readUInt16BE(from)
  return end > stream.length ? -1 : end
}
