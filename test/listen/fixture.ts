import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions as TlsConnectionOptions } from 'node:tls'
import type { StreamListener } from '../../src/listen/accept.ts'
import type { Endpoint } from '../../src/listen/bind-error.ts'
import { Desk, type StreamLimits } from '../../src/listen/desk.ts'
import type { Respond, Traffic, TrafficCounter } from '../../src/listen/respond.ts'

const COUNTERS: readonly TrafficCounter[] = [
  'ignored',
  'bytesIn',
  'bytesOut',
  'sendErrors',
  'tcpConnections',
  'tcpRefused',
  'tcpTimeouts',
  'tcpEvicted',
  'tlsFailed',
]

export interface TestTraffic extends Traffic {
  read(name: TrafficCounter): number
}

export function newTraffic(): TestTraffic {
  return trafficOver(new ArrayBuffer(COUNTERS.length * 8))
}

/** Counters that another thread may write. */
export function trafficOver(buffer: ArrayBufferLike): TestTraffic {
  const counters = new Float64Array(buffer)
  const at = Object.fromEntries(COUNTERS.map((name, i) => [name, i])) as Record<TrafficCounter, number>
  return { counters, at, read: name => counters[at[name]]! }
}

/** Gives the message back, turned around; nothing for an empty one. */
export const mirror: Respond = (message, length, _peer, out) => {
  for (let i = 0; i < length; i++) out[i] = message[length - 1 - i]!
  return length
}

export const reversed = (octets: Uint8Array): Buffer => Buffer.from(octets).reverse()

export function framed(...messages: Uint8Array[]): Buffer {
  return Buffer.concat(
    messages.map(message => Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message])),
  )
}

export interface TestListener<T extends StreamListener> {
  readonly listener: T
  readonly address: StreamListener['address']
  readonly desk: Desk
  readonly traffic: TestTraffic
  close(): Promise<unknown>
}

/** A listener alone at its desk. */
export async function atDesk<T extends StreamListener>(
  limits: Partial<StreamLimits>,
  listen: (desk: Desk) => Promise<T>,
): Promise<TestListener<T>> {
  const traffic = newTraffic()
  const desk = new Desk(traffic, limits)
  const listener = await listen(desk)
  const close = () => Promise.all([listener.close(), desk.close()])
  return { listener, address: listener.address, desk, traffic, close }
}

/** A TCP or TLS client that cuts what it reads into messages. */
export class StreamClient {
  readonly socket: Socket
  readonly chunks: Buffer[] = []
  closed = false
  #octets = Buffer.alloc(0)
  #fresh: Buffer[] = []
  #waiting: (() => void)[] = []

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk)
      this.#fresh.push(chunk)
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
    socket.on('end', () => this.#wake())
  }

  /** `from`: address of this end. */
  static async tcp(address: Endpoint, from?: string): Promise<StreamClient> {
    const socket = connect({ ...address, allowHalfOpen: true, noDelay: true, ...(from && { localAddress: from }) })
    await once(socket, 'connect')
    return new StreamClient(socket)
  }

  /** Takes any certificate. Rejects when the handshake fails. */
  static async tls(address: Endpoint, options: TlsConnectionOptions = {}): Promise<StreamClient> {
    const socket = connectTls({ ...address, ...{ rejectUnauthorized: false, ALPNProtocols: ['dot'] }, ...options })
    await once(socket, 'secureConnect')
    return new StreamClient(socket)
  }

  /** The next whole message; null when the server closed first. */
  async message(): Promise<Buffer | null> {
    for (;;) {
      const length = this.#octets.length < 2 ? -1 : this.#octets.readUInt16BE()
      if (length >= 0 && this.#octets.length >= 2 + length) {
        const message = this.#octets.subarray(2, 2 + length)
        this.#octets = this.#octets.subarray(2 + length)
        return message
      }
      if (this.#fresh.length > 0) this.#octets = Buffer.concat([this.#octets, ...this.#fresh.splice(0)])
      else if (this.ended) return null
      else await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  /** The server has closed its side, or the connection is gone. */
  get ended(): boolean {
    return this.closed || this.socket.readableEnded
  }

  async closing(): Promise<void> {
    while (!this.ended) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** A UDP client with one socket; replies come in order of arrival. */
export class UdpClient {
  readonly socket: UdpSocket
  readonly #arrived: { data: Buffer; from: RemoteInfo }[] = []
  #waiting: (() => void)[] = []

  private constructor(socket: UdpSocket) {
    this.socket = socket
    socket.on('message', (data, from) => {
      this.#arrived.push({ data, from })
      for (const resolve of this.#waiting.splice(0)) resolve()
    })
  }

  static async open(type: 'udp4' | 'udp6', host: string): Promise<UdpClient> {
    const socket = createSocket({ type, recvBufferSize: 4 << 20 })
    socket.bind(0, host)
    await once(socket, 'listening')
    return new UdpClient(socket)
  }

  send(octets: Uint8Array, to: { host: string; port: number }): void {
    this.socket.send(octets, to.port, to.host)
  }

  get waiting(): number {
    return this.#arrived.length
  }

  /** The next datagram, or null after `limitMs` without one. */
  async receive(limitMs = 5000): Promise<{ data: Buffer; from: RemoteInfo } | null> {
    const end = Date.now() + limitMs
    while (this.#arrived.length === 0) {
      const left = end - Date.now()
      if (left <= 0) return null
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        this.#waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    return this.#arrived.shift()!
  }

  close(): void {
    this.socket.close()
  }
}
