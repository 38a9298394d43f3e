import type { RemoteInfo } from 'node:dgram'
import { newPeer, readPeer } from '../base/peer.ts'
import { DATAGRAM_OCTETS } from './datagram.ts'
import type { Respond, Traffic } from './respond.ts'

/** What is used of a `node:dgram` socket. */
export interface DatagramSocket {
  on(event: 'message', listener: (message: Buffer, from: RemoteInfo) => void): unknown
  send(
    octets: Uint8Array,
    offset: number,
    length: number,
    port: number,
    address: string,
    sent: (error: Error | null) => void,
  ): void
}

/** Replies that may wait for the kernel at once; more are dropped, as a full socket buffer would drop them. */
export const MOST_WAITING = 256

/**
 * `send` hands the buffer to the kernel before it returns unless the socket's send buffer is full; then the datagram waits, and with it
 * the buffer. So one reply buffer serves as long as nothing waits, and is left to the waiting datagrams, a new one taking its place, when
 * something does. `waiting` counts sends whose callback has not come: those of one message are all called back before the next message.
 */
export function answerDatagrams(socket: DatagramSocket, respond: Respond, traffic: Traffic): void {
  const { counters, at } = traffic
  const peer = newPeer()
  let out = Buffer.alloc(DATAGRAM_OCTETS)
  let waiting = 0
  const sent = (error: Error | null): void => {
    waiting--
    if (error !== null) counters[at.sendErrors]!++
  }
  socket.on('message', (message: Buffer, from: RemoteInfo) => {
    const read = Math.min(message.length, DATAGRAM_OCTETS)
    counters[at.bytesIn]! += read
    // Nobody can be answered there, and `send` would throw.
    if (from.port === 0 || !readPeer(from.address, peer)) {
      counters[at.ignored]!++
      return
    }
    peer.port = from.port
    if (waiting >= MOST_WAITING) {
      counters[at.sendErrors]!++
      return
    }
    if (waiting > 0) out = Buffer.alloc(DATAGRAM_OCTETS)
    const length = respond(message, read, peer, out)
    if (length === 0) return
    counters[at.bytesOut]! += length
    waiting++
    socket.send(out, 0, length, from.port, from.address, sent)
  })
}
