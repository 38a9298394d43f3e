import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Respond, Traffic, TrafficCounter } from '../../src/listen/respond.ts'

const COUNTERS: readonly TrafficCounter[] = [
  'ignored',
  'bytesIn',
  'bytesOut',
  'sendErrors',
  'tcpConnections',
  'tcpRefused',
  'tcpTimeouts',
]

export interface TestTraffic extends Traffic {
  read(name: TrafficCounter): number
}

export function newTraffic(): TestTraffic {
  const counters = new Float64Array(COUNTERS.length)
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

/** A TCP client that cuts what it reads into messages. */
export class TcpClient {
  readonly socket: Socket
  readonly chunks: Buffer[] = []
  closed = false
  #octets = Buffer.alloc(0)
  #waiting: (() => void)[] = []

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk)
      this.#octets = Buffer.concat([this.#octets, chunk])
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
    socket.on('end', () => this.#wake())
  }

  static async open(address: { host: string; port: number }, allowHalfOpen = true): Promise<TcpClient> {
    const socket = connect({ ...address, allowHalfOpen, noDelay: true })
    await once(socket, 'connect')
    return new TcpClient(socket)
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
      if (this.closed || this.socket.readableEnded) return null
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  async closing(): Promise<void> {
    while (!this.closed && !this.socket.readableEnded) await new Promise<void>(resolve => this.#waiting.push(resolve))
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
