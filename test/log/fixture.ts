import { newOctets } from '../../src/base/octets.ts'
import { newPeer, readPeer } from '../../src/base/peer.ts'
import { type Decision, type Exchanged, QUERY_RING_BYTES, QueryRing } from '../../src/model/query-ring.ts'

/** A ring with its two ends, as worker and log have them. */
export function newRing(): { writer: QueryRing; reader: QueryRing } {
  const memory = new SharedArrayBuffer(QUERY_RING_BYTES)
  return { writer: new QueryRing(memory), reader: new QueryRing(memory) }
}

/** An exchange of `message` and `reply`, from `client`:4711, over UDP, at 12:00:00.123 UTC; it took 12.345 us. */
export function exchangeOf(message: Uint8Array, reply: Uint8Array, client = '192.0.2.77'): Exchanged {
  const peer = newPeer()
  readPeer(client, peer)
  peer.port = 4711
  const octets = (from: Uint8Array) => {
    const to = newOctets(from.length)
    to.set(from)
    return to
  }
  return {
    ...{ message: octets(message), length: message.length, peer, transport: 0 },
    ...{ reply: octets(reply), written: reply.length, time: Date.UTC(2026, 0, 2, 12, 0, 0, 123), took: 12_345 },
  }
}

export const DECISION: Decision = {
  ...{ kind: 1, service: 1, cluster: 2, reason: 1, source: 0, scope: 24, generation: 7, epoch: 9 },
}
