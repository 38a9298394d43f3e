import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { bindError, type Endpoint } from './bind-error.ts'
import { SEND_BUFFER_OCTETS } from './datagram.ts'
import type { Respond, Traffic } from './respond.ts'
import { answerDatagrams } from './udp-answers.ts'

export interface UdpOptions extends Endpoint {
  readonly respond: Respond
  readonly traffic: Traffic
  /** SO_RCVBUF, octets; 0 = what the system gives. The system may grant less. */
  readonly receiveBuffer?: number
}

export interface UdpListener {
  /** What was bound; the port is the real one. */
  readonly address: Endpoint
  /** Stops answering at once and resolves when the socket is closed. */
  close(): Promise<void>
}

/** Octets; systems other than Linux refuse more, and do not cut it. */
const MOST_BUFFER = 4 << 20

type LookupDone = (error: null, address: string, family: number) => void

/**
 * One UDP socket on one address, so that a reply leaves from the address the query came to (RFC 2181 section 4). Never shares its port.
 * Throws when the address cannot be bound, with what to do about it.
 */
export async function listenUdp(options: UdpOptions): Promise<UdpListener> {
  const socket = openSocket(options)
  await bind(socket, options)
  const { traffic } = options
  // After the bind nothing is fatal: an ICMP error of some client may surface here.
  socket.on('error', () => {
    traffic.counters[traffic.at.sendErrors]!++
  })
  answerDatagrams(socket, options.respond, traffic)
  const { address: host, port } = socket.address()
  return { address: { host, port }, close: () => close(socket) }
}

function openSocket({ host, receiveBuffer = 0 }: UdpOptions): Socket {
  const family = isIPv6(host) ? 6 : 4
  return createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    sendBufferSize: Math.min(SEND_BUFFER_OCTETS, MOST_BUFFER),
    ...(receiveBuffer > 0 && { recvBufferSize: receiveBuffer }),
    // Every address here is a literal. Without this each send would pass through the resolver's thread pool.
    lookup: (literal: string, _options: unknown, done: LookupDone) => done(null, literal, family),
  } as Parameters<typeof createSocket>[0])
}

function bind(socket: Socket, { host, port }: UdpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      socket.close()
      reject(bindError('udp', { host, port }, error))
    }
    socket.once('error', failed)
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', failed)
      resolve()
    })
  })
}

function close(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    socket.removeAllListeners('message')
    socket.close(() => resolve())
  })
}
