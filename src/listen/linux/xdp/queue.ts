import { newOctets } from '../../../base/octets.ts'
import { newPeer, type Peer } from '../../../base/peer.ts'
import { DATAGRAM_OCTETS } from '../../datagram.ts'
import type { Respond, Traffic } from '../../respond.ts'
import { ETHERNET, type UdpFrames } from './frame.ts'
import { FRAME_OCTETS, RECEIVE_FRAMES, SEND_FRAMES, type XdpSocket } from './socket.ts'

export interface XdpQueueOptions {
  readonly socket: XdpSocket
  readonly codec: UdpFrames
  readonly respond: Respond
  /** Called before the first of a batch of datagrams is answered. */
  readonly begin: () => void
  readonly traffic: Traffic
  /** Longest IP packet that leaves by the interface, octets. */
  readonly mtu: number
  /**
   * Sends a reply that no frame holds: `out[0..length)`, the answer to the datagram whose UDP header is at `udp` of the frame at `at`, to `peer`.
   */
  detour(at: number, udp: number, peer: Peer, out: Uint8Array, length: number): void
}

/** Datagrams of one round. */
const BATCH = 64
/** UDP header. */
const UDP = 8

/**
 * Answers what comes in by one receive queue:
 *
 *   receive ring -> read, respond, write, frame by frame -> send ring -> wake the kernel -> completion ring, some rounds later
 *
 * Nothing is allocated per datagram.
 */
export class XdpQueue {
  readonly #options: XdpQueueOptions
  readonly #socket: XdpSocket
  readonly #peer = newPeer()
  readonly #inbox = newOctets(DATAGRAM_OCTETS)
  readonly #outbox = newOctets(DATAGRAM_OCTETS)
  /** Addresses of the frames to send that nobody uses: `#free[0..#count)`. */
  readonly #free = Int32Array.from({ length: SEND_FRAMES }, (_, i) => (RECEIVE_FRAMES + i) * FRAME_OCTETS)
  #count = SEND_FRAMES
  /** Of the round that is on: datagrams that are done with, and replies written. */
  #done = 0
  #replies = 0

  constructor(options: XdpQueueOptions) {
    this.#options = options
    this.#socket = options.socket
  }

  /** Replies wait for the kernel to take them. */
  get unsent(): boolean {
    return this.#socket.toSend.waiting > 0
  }

  /** Answers what has come, up to a batch; returns how many datagrams that were. Throws what `respond` throws, once the replies before it left. */
  serve(): number {
    const { received } = this.#socket
    this.#reclaim()
    const round = Math.min(received.waiting, BATCH, this.#count)
    if (round === 0) {
      if (this.unsent) this.#send()
      return 0
    }
    this.#done = 0
    this.#replies = 0
    try {
      this.#answer(round)
    } finally {
      const { counters, at } = this.#options.traffic
      counters[at.ignored]! += round - this.#done
      this.#giveBack(round)
      this.#socket.toSend.produce(this.#replies)
      this.#send()
    }
    return round
  }

  #answer(round: number): void {
    const { codec, respond, begin, traffic, mtu, detour } = this.#options
    const { counters, at } = traffic
    const { received, frames } = this.#socket
    const peer = this.#peer
    const inbox = this.#inbox
    const outbox = this.#outbox
    begin()
    for (let i = 0; i < round; i++) {
      const entry = received.at(i)
      const asked = received.entries[entry]!
      const length = codec.read(frames, asked, received.entries[entry + 2]!, peer, inbox)
      if (length < 0) counters[at.ignored]!++
      else {
        counters[at.bytesIn]! += length
        const written = respond(inbox, length, peer, outbox)
        const frame = codec.udp + UDP + written
        if (written > 0) {
          if (frame <= FRAME_OCTETS && frame - ETHERNET <= mtu) this.#reply(asked, written)
          else detour(asked, codec.udp, peer, outbox, written)
        }
        counters[at.bytesOut]! += written
      }
      this.#done++
    }
  }

  #reply(asked: number, written: number): void {
    const { toSend, frames } = this.#socket
    const to = this.#free[--this.#count]!
    const entry = toSend.at(this.#replies++)
    toSend.entries[entry] = to
    toSend.entries[entry + 2] = this.#options.codec.write(frames, asked, to, this.#outbox, written)
  }

  /** Received frames are free to receive into again. */
  #giveBack(round: number): void {
    const { received, toFill } = this.#socket
    for (let i = 0; i < round; i++) {
      toFill.entries[toFill.at(i)] = received.entries[received.at(i)]! & -FRAME_OCTETS
    }
    toFill.produce(round)
    received.consume(round)
  }

  /** Sent frames are free to write into again. */
  #reclaim(): void {
    const { completed } = this.#socket
    const count = completed.waiting
    if (count === 0) return
    for (let i = 0; i < count; i++) this.#free[this.#count++] = completed.entries[completed.at(i)]!
    completed.consume(count)
  }

  /** As long as the kernel moves; what it leaves (its memory is short, the card's ring full) goes with the next round. */
  #send(): void {
    const { toSend } = this.#socket
    for (let left = toSend.waiting; left > 0 && toSend.needsWakeup; ) {
      if (this.#socket.kick()) return
      const now = toSend.waiting
      if (now >= left) return
      left = now
    }
  }
}
