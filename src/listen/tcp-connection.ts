import type { Socket } from 'node:net'
import type { Peer } from '../base/peer.ts'
import { PendingOctets } from './pending-octets.ts'
import type { Respond, Traffic } from './respond.ts'

const PREFIX_OCTETS = 2
const MOST_OCTETS = 65535
/** Replies that wait for the client to read them, octets. Beyond it the client's next queries wait, in its own buffers. */
const MOST_UNREAD = 256 * 1024

/** One reply at a time is made here, behind its length prefix. Shared by all connections: a reply is copied out before the next is made. */
const workbench = Buffer.alloc(PREFIX_OCTETS + MOST_OCTETS)
const body = workbench.subarray(PREFIX_OCTETS)

/**
 * One client's stream, cut into messages (RFC 7766 section 8):
 *
 *   stream = ( LENGTH(2) message )*
 *
 * Queries may follow each other without waiting (section 6.2.1.1); replies leave in the order of the queries. Each reply is written
 * together with its prefix (section 8: two writes may become two segments, which some clients do not put together).
 */
export class TcpConnection {
  readonly #socket: Socket
  readonly #peer: Peer
  readonly #respond: Respond
  readonly #traffic: Traffic
  /** What has come and is not answered yet: the start of a message, or all that came after the client stopped reading. */
  readonly #pending = new PendingOctets()
  #wholeMessageAt = performance.now()
  /** When the oldest octet of an unfinished message came; 0 = there is none. */
  #partialSince = 0
  #blocked = false
  #ended = false

  constructor(socket: Socket, peer: Peer, respond: Respond, traffic: Traffic) {
    this.#socket = socket
    this.#peer = peer
    this.#respond = respond
    this.#traffic = traffic
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('drain', () => this.#unblock())
    socket.on('end', () => this.finish())
  }

  /** True when the client has had its time: idle, dripping, or not reading its replies. Times in milliseconds. */
  isLate(now: number, idleMs: number, messageMs: number): boolean {
    if (this.#partialSince > 0 && now - this.#partialSince > messageMs) return true
    return now - this.#wholeMessageAt > idleMs
  }

  /** Closes our side once all replies have left. */
  finish(): void {
    this.#ended = true
    if (!this.#blocked) this.#socket.end()
  }

  /** Closes at once. */
  cut(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return
    const { counters, at } = this.#traffic
    counters[at.bytesIn]! += chunk.length
    if (this.#pending.length > 0) {
      this.#pending.append(chunk)
      this.#workOffPending()
      return
    }
    const done = this.#work(chunk)
    if (done < chunk.length) this.#pending.append(chunk.subarray(done))
    this.#noticePartial()
  }

  #workOffPending(): void {
    this.#pending.drop(this.#work(this.#pending.view()))
    this.#noticePartial()
  }

  /** Answers the whole messages at the start of `stream`; how many octets that was. Stops early when the client does not read. */
  #work(stream: Buffer): number {
    this.#socket.cork()
    let from = 0
    while (stream.length - from >= PREFIX_OCTETS && !this.#blocked) {
      const end = from + PREFIX_OCTETS + stream.readUInt16BE(from)
      if (end > stream.length) break
      this.#answer(stream.subarray(from + PREFIX_OCTETS, end))
      from = end
    }
    this.#socket.uncork()
    return from
  }

  #noticePartial(): void {
    if (this.#pending.length > 0 && !this.#blocked && this.#partialSince === 0) this.#partialSince = performance.now()
  }

  #answer(message: Buffer): void {
    this.#wholeMessageAt = performance.now()
    this.#partialSince = 0
    const length = this.#respond(message, message.length, this.#peer, body)
    if (length === 0) return
    workbench.writeUInt16BE(length)
    const { counters, at } = this.#traffic
    counters[at.bytesOut]! += PREFIX_OCTETS + length
    this.#socket.write(Buffer.from(workbench.subarray(0, PREFIX_OCTETS + length)))
    if (this.#socket.writableLength < MOST_UNREAD) return
    this.#blocked = true
    this.#socket.pause()
  }

  /** The client has read everything: its queries go on. */
  #unblock(): void {
    if (!this.#blocked) return
    this.#blocked = false
    this.#wholeMessageAt = performance.now()
    this.#workOffPending()
    if (this.#blocked) return
    if (this.#ended) this.#socket.end()
    else this.#socket.resume()
  }
}
