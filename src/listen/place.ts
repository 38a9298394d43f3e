import type { Socket } from 'node:net'
import type { Peer } from '../base/peer.ts'
import { MessageStream, type StreamHost } from './message-stream.ts'
import type { Respond, Traffic } from './respond.ts'
import type { Turns } from './turns.ts'

/** What a place needs of the desk that gave it. */
export interface PlaceHost {
  readonly traffic: Traffic
  readonly turns: Turns
  moved(place: Place): void
  /** The place holds `more` octets (or fewer, below 0) than when it was weighed last. It may be cut on the spot. */
  weighed(more: number): void
}

/** One connection, from its arrival on; its stream of messages begins at once (TCP) or after the handshake (TLS). */
export class Place implements StreamHost {
  readonly traffic: Traffic
  readonly turns: Turns
  readonly #socket: Socket
  readonly #peer: Peer
  readonly #host: PlaceHost
  readonly #arrivedAt = performance.now()
  #stream: MessageStream | null = null
  #weight = 0
  #left = false

  constructor(socket: Socket, peer: Peer, host: PlaceHost) {
    this.#socket = socket
    this.#peer = peer
    this.#host = host
    this.traffic = host.traffic
    this.turns = host.turns
  }

  /** False while the handshake goes on, and for ever when it failed. */
  get isOpen(): boolean {
    return this.#stream !== null
  }

  /** From now on `socket`, the one that arrived or TLS over it, brings messages. */
  open(socket: Socket, respond: Respond): void {
    this.#stream = new MessageStream(socket, this.#peer, respond, this)
  }

  /** True when the client has had its time; a handshake has that of one message. Times in milliseconds. */
  isLate(now: number, idleMs: number, messageMs: number): boolean {
    return this.#stream?.isLate(now, idleMs, messageMs) ?? now - this.#arrivedAt > messageMs
  }

  /** See {@link MessageStream.isBusy}; a handshake is not. */
  isBusy(since: number): boolean {
    return this.#stream?.isBusy(since) ?? false
  }

  moved(): void {
    this.#host.moved(this)
  }

  weighed(): void {
    const before = this.#weight
    const after = this.weigh()
    if (after !== before) this.#host.weighed(after - before)
  }

  /** Memory held for the client, octets, not counting that of TLS itself. */
  weigh(): number {
    this.#weight = this.#left ? 0 : (this.#stream?.held ?? 0)
    return this.#weight
  }

  /** The place is given up: from now on it weighs nothing. */
  leave(): void {
    this.#left = true
    this.weighed()
  }

  /** Closes once what was asked is answered and sent. */
  finish(): void {
    if (this.#stream === null) this.cut()
    else this.#stream.finish()
  }

  /** Closes at once. */
  cut(): void {
    this.#socket.destroy()
  }
}
