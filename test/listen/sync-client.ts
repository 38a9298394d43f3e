import type { Endpoint } from '../../src/listen/bind-error.ts'
import { openDatagramSocket } from '../../src/listen/linux/bound-socket.ts'
import { POLLIN } from '../../src/listen/linux/constants.ts'
import { socketAddress } from '../../src/listen/linux/socket-address.ts'
import { type SystemCalls, systemCalls } from './system-calls.ts'
import { libc } from './udp-transports.ts'

const WAIT_MS = 5000

/**
 * A UDP client over loopback whose datagrams have arrived when `send` returns, and which knows what has been sent to it. Loopback delivers in
 * the order of sending what one processor sends; so the thread keeps to one, and a datagram to itself comes behind all that was sent before.
 */
export class SyncClient {
  readonly address: Endpoint
  readonly #fd: number
  readonly #calls = systemCalls()
  readonly #room = Buffer.alloc(65536)
  readonly #arrived: Buffer[] = []
  #fences = 0

  constructor(host = '127.0.0.1') {
    keepToOneProcessor(this.#calls)
    const options = { receiveBuffer: 4 << 20, freebind: false, dontFragment: false, waitMs: 0 }
    const { fd, address } = openDatagramSocket(libc!, { host, port: 0, ...options })
    this.#fd = fd
    this.address = address
  }

  send(message: Uint8Array | string, to: Endpoint): void {
    this.post(Buffer.from(message), to)
    this.settle()
  }

  /** The same without waiting: it has arrived when something that was sent later has. */
  post(octets: Uint8Array, to: Endpoint): void {
    const address = socketAddress(to, name => libc!.interfaceIndex(name))!
    if (this.#calls.sendto(this.#fd, octets, octets.length, 0, address, address.length) !== octets.length)
      throw new Error('the datagram did not leave')
  }

  /** Returns when all that this thread has sent before has arrived. */
  settle(): void {
    const fence = Buffer.from(`all that was sent before, ${++this.#fences}`)
    this.post(fence, this.address)
    for (let got = this.#next(); !got.equals(fence); got = this.#next()) this.#arrived.push(got)
  }

  /** What has come; null = nothing. */
  receive(): Buffer | null {
    this.settle()
    return this.#arrived.shift() ?? null
  }

  /** All that has come. */
  all(): Buffer[] {
    this.settle()
    return this.#arrived.splice(0)
  }

  texts(): string[] {
    return this.all().map(String)
  }

  close(): void {
    this.#calls.close(this.#fd)
  }

  #next(): Buffer {
    const polled = new Uint8Array(Int32Array.of(this.#fd, POLLIN).buffer)
    if (libc!.poll(polled, 1, WAIT_MS) <= 0) throw new Error(`nothing came within ${WAIT_MS} ms`)
    const length = this.#calls.recv(this.#fd, this.#room, this.#room.length, 0)
    return Buffer.from(this.#room.subarray(0, length))
  }
}

function keepToOneProcessor(calls: SystemCalls): void {
  const mask = new Uint8Array(128)
  const processor = calls.sched_getcpu()
  mask[processor >>> 3] = 1 << (processor & 7)
  calls.sched_setaffinity(0, mask.length, mask)
}
