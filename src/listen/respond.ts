import type { Peer } from '../base/peer.ts'

/**
 * What stands behind a listener: reads the message `message[0..length)` that came from `peer`, writes the reply into `out` and returns
 * its length; 0 = no reply. Synchronous. `message` and `peer` are lent for the call only.
 */
export type Respond = (message: Uint8Array, length: number, peer: Peer, out: Uint8Array) => number

/** Where a listener counts: slots of its array. */
export interface Traffic {
  readonly counters: Float64Array
  readonly at: Readonly<Record<TrafficCounter, number>>
}
export type TrafficCounter =
  | 'ignored'
  | 'bytesIn'
  | 'bytesOut'
  | 'sendErrors'
  | 'tcpConnections'
  | 'tcpRefused'
  | 'tcpTimeouts'
  | 'tcpEvicted'
  | 'tlsFailed'
