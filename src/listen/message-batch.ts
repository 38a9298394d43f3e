import { Octets } from '../base/octets.ts'
import type { Peer } from '../base/peer.ts'
import { DATAGRAM_OCTETS } from './datagram.ts'
import type { Memory } from './linux/libc.ts'
import { LONGEST_SOCKET_ADDRESS, portAt, readPeerAt } from './linux/socket-address.ts'

/** mmsghdr, recvmmsg(2): a msghdr of 56 octets and what the kernel moved. */
const HEADER = 64
const NAME = 0
const NAME_LENGTH = 8
const VECTOR = 16
const VECTOR_COUNT = 24
const MOVED = 56
/** iovec, readv(2): address and length. */
const VECTOR_OCTETS = 16
const VECTOR_LENGTH = 8

const NAME_STRIDE = 32
/** Not a multiple of 4096: else the first octets of all datagrams would compete for the same few lines of the cache. */
const DATAGRAM_STRIDE = DATAGRAM_OCTETS + 128

const WORD32 = 2 ** 32

/**
 * The memory of one batch of datagrams, laid out once for recvmmsg(2) and sendmmsg(2): the kernel reads and writes it in place.
 *
 *   in[0..n)    mmsghdr -> name[i], iovec -> inbox[i]        what came, from whom
 *   out[0..n)   mmsghdr -> name[i], iovec -> outbox[k]       what leaves: only datagrams that get an answer, so k <= i
 *
 * Pointers are 64 bits, written as two 32-bit numbers, low one first.
 */
export class MessageBatch {
  readonly count: number
  /** Datagrams that came; octets 0..DATAGRAM_OCTETS. */
  readonly inbox: readonly Octets[]
  /** Where replies are written. */
  readonly outbox: readonly Octets[]
  /** Headers for recvmmsg. */
  readonly arriving: Memory
  /** Headers for sendmmsg, from number `k` on. */
  readonly leaving: readonly Memory[]
  readonly #octets: Uint8Array
  readonly #words: Uint32Array
  readonly #base: number
  readonly #in: number
  readonly #out: number
  readonly #inVectors: number
  readonly #outVectors: number
  readonly #names: number

  constructor(count: number, addressOf: (memory: Memory) => number) {
    this.count = count
    this.#in = 0
    this.#out = this.#in + count * HEADER
    this.#inVectors = this.#out + count * HEADER
    this.#outVectors = this.#inVectors + count * VECTOR_OCTETS
    this.#names = this.#outVectors + count * VECTOR_OCTETS
    const inbox = this.#names + count * NAME_STRIDE
    const outbox = inbox + count * DATAGRAM_STRIDE
    const memory = new ArrayBuffer(outbox + count * DATAGRAM_STRIDE)
    this.#octets = new Uint8Array(memory)
    this.#words = new Uint32Array(memory)
    this.#base = addressOf(this.#octets)
    const numbers = Array.from({ length: count }, (_, i) => i)
    this.inbox = numbers.map(i => new Octets(memory, inbox + i * DATAGRAM_STRIDE, DATAGRAM_OCTETS))
    this.outbox = numbers.map(i => new Octets(memory, outbox + i * DATAGRAM_STRIDE, DATAGRAM_OCTETS))
    this.arriving = new Uint8Array(memory, this.#in, count * HEADER)
    this.leaving = numbers.map(k => new Uint8Array(memory, this.#out + k * HEADER, (count - k) * HEADER))
    for (const i of numbers) {
      this.#layHeader(this.#in + i * HEADER, this.#inVectors + i * VECTOR_OCTETS, inbox + i * DATAGRAM_STRIDE, i)
      this.#layHeader(this.#out + i * HEADER, this.#outVectors + i * VECTOR_OCTETS, outbox + i * DATAGRAM_STRIDE, i)
    }
  }

  /** Octets of datagram `i`. */
  length(i: number): number {
    return this.#words[(this.#in + i * HEADER + MOVED) >>> 2]!
  }

  /** Who sent datagram `i`; false when nobody can be answered there: port 0. */
  readSender(i: number, peer: Peer): boolean {
    const at = this.#names + i * NAME_STRIDE
    if (portAt(this.#octets, at) === 0) return false
    readPeerAt(this.#octets, at, peer)
    return true
  }

  /** The first `length` octets of outbox `k` are the answer to datagram `i`. */
  reply(k: number, i: number, length: number): void {
    const words = this.#words
    const from = (this.#in + i * HEADER) >>> 2
    const to = (this.#out + k * HEADER) >>> 2
    words[to + (NAME >>> 2)] = words[from + (NAME >>> 2)]!
    words[to + (NAME >>> 2) + 1] = words[from + (NAME >>> 2) + 1]!
    words[to + (NAME_LENGTH >>> 2)] = words[from + (NAME_LENGTH >>> 2)]!
    words[(this.#outVectors + k * VECTOR_OCTETS + VECTOR_LENGTH) >>> 2] = length
  }

  /** Before the next recvmmsg, which wrote the lengths of the first `received` names over the room that there is for them. */
  clear(received: number): void {
    for (let i = 0; i < received; i++) this.#words[(this.#in + i * HEADER + NAME_LENGTH) >>> 2] = LONGEST_SOCKET_ADDRESS
  }

  #layHeader(header: number, vector: number, datagram: number, i: number): void {
    this.#point(header + NAME, this.#names + i * NAME_STRIDE)
    this.#words[(header + NAME_LENGTH) >>> 2] = LONGEST_SOCKET_ADDRESS
    this.#point(header + VECTOR, vector)
    this.#words[(header + VECTOR_COUNT) >>> 2] = 1
    this.#point(vector, datagram)
    this.#words[(vector + VECTOR_LENGTH) >>> 2] = DATAGRAM_OCTETS
  }

  /** Writes a pointer to `#octets[to]` at `at`. */
  #point(at: number, to: number): void {
    const address = this.#base + to
    this.#words[at >>> 2] = address % WORD32
    this.#words[(at >>> 2) + 1] = address / WORD32
  }
}
