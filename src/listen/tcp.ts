import { createServer, isIPv6, type Server, type Socket } from 'node:net'
import { newPeer, readPeer } from '../base/peer.ts'
import { bindError, type Endpoint } from './bind-error.ts'
import type { Respond, Traffic } from './respond.ts'
import { TcpConnection } from './tcp-connection.ts'

export interface TcpOptions extends Endpoint {
  readonly respond: Respond
  readonly traffic: Traffic
  readonly limits?: Partial<TcpLimits>
}

export interface TcpLimits {
  /** A connection without a whole message for so long is closed; milliseconds (RFC 7766 section 6.2.3). */
  readonly idleMs: number
  /** From the first octet of a message to its last; milliseconds. Cuts clients that drip. */
  readonly messageMs: number
  /** Connections at once from one address (IPv6: one /64). */
  readonly perAddress: number
  /** Connections at once in all. */
  readonly connections: number
}

const DEFAULTS: TcpLimits = { idleMs: 10_000, messageMs: 5_000, perAddress: 64, connections: 4096 }

export interface TcpListener {
  /** What was bound; the port is the real one. */
  readonly address: Endpoint
  /** Takes no more connections, lets replies that are on their way leave, and resolves within a second. */
  close(): Promise<void>
}

const BACKLOG = 1024
const CLOSING_MS = 500

/** Listens for DNS over TCP (RFC 7766) on one address. Throws when it cannot be bound, with what to do about it. */
export async function listenTcp(options: TcpOptions): Promise<TcpListener> {
  const desk = new Desk(options, { ...DEFAULTS, ...options.limits })
  // Half-open: a client may close its side behind its last query and still wants the replies.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => desk.receive(socket))
  await bind(server, options)
  server.on('error', () => {})
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address and a port')
  return { address: { host: bound.address, port: bound.port }, close: () => desk.close(server) }
}

function bind(server: Server, { host, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(bindError('tcp', { host, port }, error))
    server.once('error', failed)
    server.listen({ host, port, backlog: BACKLOG, ipv6Only: isIPv6(host), exclusive: true }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

/** Who is connected, and for how much longer. */
class Desk {
  readonly #options: TcpOptions
  readonly #limits: TcpLimits
  readonly #connections = new Set<TcpConnection>()
  readonly #perAddress = new Map<string, number>()
  readonly #rounds: NodeJS.Timeout

  constructor(options: TcpOptions, limits: TcpLimits) {
    this.#options = options
    this.#limits = limits
    const every = Math.min(1000, Math.max(10, Math.min(limits.idleMs, limits.messageMs) / 8))
    this.#rounds = setInterval(() => this.#closeLate(), every)
    this.#rounds.unref()
  }

  receive(socket: Socket): void {
    const { traffic, respond } = this.#options
    const peer = newPeer()
    const known = readPeer(socket.remoteAddress ?? '', peer)
    const key = `${peer.family} ${peer.hi} ${peer.lo}`
    const held = this.#perAddress.get(key) ?? 0
    // An error event must find a listener even on a socket that is refused.
    socket.on('error', () => {})
    if (!known || held >= this.#limits.perAddress || this.#connections.size >= this.#limits.connections) {
      traffic.counters[traffic.at.tcpRefused]!++
      socket.destroy()
      return
    }
    traffic.counters[traffic.at.tcpConnections]!++
    const connection = new TcpConnection(socket, peer, respond, traffic)
    this.#connections.add(connection)
    this.#perAddress.set(key, held + 1)
    socket.on('close', () => this.#leave(connection, key))
  }

  async close(server: Server): Promise<void> {
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    for (const connection of this.#connections) connection.finish()
    const late = setTimeout(() => {
      for (const connection of this.#connections) connection.cut()
    }, CLOSING_MS)
    await closed
    clearTimeout(late)
    clearInterval(this.#rounds)
  }

  #leave(connection: TcpConnection, key: string): void {
    this.#connections.delete(connection)
    const left = this.#perAddress.get(key)! - 1
    if (left === 0) this.#perAddress.delete(key)
    else this.#perAddress.set(key, left)
  }

  #closeLate(): void {
    const { traffic } = this.#options
    const now = performance.now()
    for (const connection of this.#connections) {
      if (!connection.isLate(now, this.#limits.idleMs, this.#limits.messageMs)) continue
      traffic.counters[traffic.at.tcpTimeouts]!++
      connection.cut()
    }
  }
}
