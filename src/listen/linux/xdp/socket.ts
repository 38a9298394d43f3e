import * as linux from '../constants.ts'
import type { Libc, Memory } from '../libc.ts'
import type { OpenSockets } from '../open-sockets.ts'
import { ReadRing, type RingPlace, WrittenRing } from './ring.ts'

/** linux/if_xdp.h */
const SOL_XDP = 283
const MMAP_OFFSETS = 1
const RX_RING = 2
const TX_RING = 3
const UMEM_REG = 4
const FILL_RING = 5
const COMPLETION_RING = 6
const STATISTICS = 7
const OPTIONS = 8
const MAX_TX_SKB_BUDGET = 9
const USE_NEED_WAKEUP = 1 << 3
const OPTION_ZEROCOPY = 1
/** Octets that the kernel keeps free before a frame that it receives. */
const HEADROOM = 256

/** mmap(2) */
const PROT_READ_WRITE = 3
const MAP_SHARED = 1
const MAP_PRIVATE_ANONYMOUS = 0x22
const MAP_POPULATE = 0x8000

/**
 * Octets of a frame. Two fit in a page; with the kernel's headroom a frame holds an Ethernet packet of the usual MTU. What is longer goes by the
 * ordinary sockets.
 */
export const FRAME_OCTETS = 2048
/** Longest Ethernet frame that is received, octets. */
export const LONGEST_RECEIVED = FRAME_OCTETS - HEADROOM
/** Frames to receive into, and entries of the receive ring: a burst of so many finds room. */
export const RECEIVE_FRAMES = 4096
export const SEND_FRAMES = 1024
const UMEM_OCTETS = (RECEIVE_FRAMES + SEND_FRAMES) * FRAME_OCTETS

/** The four rings in the order of XDP_MMAP_OFFSETS; where the kernel wants to be asked for each: mmap's offset. */
const RINGS = [
  { option: RX_RING, offset: 0, size: RECEIVE_FRAMES, words: 4 },
  { option: TX_RING, offset: 0x80000000, size: SEND_FRAMES, words: 4 },
  { option: FILL_RING, offset: 0x100000000, size: RECEIVE_FRAMES, words: 2 },
  { option: COMPLETION_RING, offset: 0x180000000, size: SEND_FRAMES, words: 2 },
] as const

/** What a socket adds to {@link OpenSockets}: itself, its frames, and a mapping of each ring. */
export const OPEN_PER_XDP_SOCKET = 2 + RINGS.length

/** An AF_XDP socket that could not be had: which step failed, and the name of the error. */
export class XdpSocketError extends Error {
  readonly code: string

  constructor(step: string, code: string) {
    super(`${step} (${code})`)
    this.code = code
  }
}

/**
 * An AF_XDP socket on one receive queue of one interface, and its memory:
 *
 *   UMEM   | frame 0 | frame 1 | ... RECEIVE_FRAMES | ... SEND_FRAMES |          2048 octets each
 *             ^ fill ring: free to receive into         ^ send ring: to be sent
 *             v receive ring: received                  v completion ring: sent, free again
 *
 * Frames never change sides: a reply is copied (and summed on the way) into one to send, so a received frame goes straight back to the fill ring.
 */
export class XdpSocket {
  readonly fd: number
  /** Frames, by addresses of the rings. */
  readonly frames: DataView
  readonly received: ReadRing
  readonly toSend: WrittenRing
  readonly toFill: WrittenRing
  readonly completed: ReadRing
  readonly #libc: Libc
  readonly #statistics = new Uint8Array(6 * 8)
  readonly #counts = new BigUint64Array(this.#statistics.buffer)
  readonly #statisticsLength = int32(this.#statistics.length)
  #lastDropped = 0

  /** Opens the socket, bound to nothing yet. What it opens and maps is added to `open`. Throws {@link XdpSocketError}. */
  constructor(libc: Libc, open: OpenSockets) {
    this.#libc = libc
    this.fd = libc.socket(linux.AF_XDP, linux.SOCK_RAW | linux.SOCK_CLOEXEC, 0)
    this.#check('cannot open an AF_XDP socket', this.fd)
    open.add(this.fd)
    const umem = this.#map(open, UMEM_OCTETS, MAP_PRIVATE_ANONYMOUS | MAP_POPULATE, -1, 0)
    this.frames = new DataView(umem)
    const address = libc.addressOf(new Uint8Array(umem))
    this.#set('cannot register memory for frames', UMEM_REG, umemRegistration(address))
    for (const { option, size } of RINGS) this.#set('cannot make a ring', option, int32(size))
    const [received, toSend, toFill, completed] = this.#rings(open)
    this.received = new ReadRing(received!)
    this.toSend = new WrittenRing(toSend!)
    this.toFill = new WrittenRing(toFill!)
    this.completed = new ReadRing(completed!)
    for (let i = 0; i < RECEIVE_FRAMES; i++) this.toFill.entries[this.toFill.at(i)] = i * FRAME_OCTETS
    this.toFill.produce(RECEIVE_FRAMES)
    // As many as there are at once (Linux 6.17); before that 32 a call.
    libc.setsockopt(this.fd, SOL_XDP, MAX_TX_SKB_BUDGET, int32(SEND_FRAMES), 4)
    libc.setsockopt(this.fd, linux.SOL_SOCKET, linux.SO_SNDBUFFORCE, int32(SEND_BUFFER), 4)
  }

  /** Takes the queue over; zero-copy where the driver can. Throws {@link XdpSocketError}; EBUSY while somebody else has the queue. */
  bind(interfaceIndex: number, queue: number): void {
    const view = new DataView(new ArrayBuffer(16))
    view.setUint16(0, linux.AF_XDP, true)
    view.setUint16(2, USE_NEED_WAKEUP, true)
    view.setUint32(4, interfaceIndex, true)
    view.setUint32(8, queue, true)
    this.#check('cannot bind an AF_XDP socket', this.#libc.bind(this.fd, new Uint8Array(view.buffer), 16))
  }

  /** The card reads and writes the frames itself. */
  get zeroCopy(): boolean {
    const value = int32(0)
    if (this.#libc.getsockopt(this.fd, SOL_XDP, OPTIONS, value, int32(4)) !== 0) return false
    return (value[0]! & OPTION_ZEROCOPY) !== 0
  }

  /** Frames for this queue that found no room, since the socket was opened. */
  get dropped(): number {
    if (this.#libc.getsockopt(this.fd, SOL_XDP, STATISTICS, this.#statistics, this.#statisticsLength) === 0)
      this.#lastDropped = Number(this.#counts[0]!) + Number(this.#counts[3]!)
    return this.#lastDropped
  }

  /** Has the kernel send what waits in the send ring; false when it would rather be asked again later. */
  kick(): boolean {
    return this.#libc.sendto(this.fd, null, 0, linux.MSG_DONTWAIT, null, 0) >= 0
  }

  #rings(open: OpenSockets): RingPlace[] {
    const offsets = new BigUint64Array(4 * 4)
    const memory = new Uint8Array(offsets.buffer)
    const length = int32(memory.length)
    this.#check('cannot map a ring', this.#libc.getsockopt(this.fd, SOL_XDP, MMAP_OFFSETS, memory, length))
    return RINGS.map(({ offset, size, words }, i) => {
      const [producer, consumer, entries, flags] = [0, 1, 2, 3].map(field => Number(offsets[4 * i + field]!))
      const octets = entries! + size * words * 4
      const ring = this.#map(open, octets, MAP_SHARED | MAP_POPULATE, this.fd, offset)
      return { memory: ring, producer: producer!, consumer: consumer!, flags: flags!, entries: entries!, size, words }
    })
  }

  #map(open: OpenSockets, octets: number, flags: number, fd: number, offset: number): ArrayBuffer {
    const address = this.#libc.mmap(octets, PROT_READ_WRITE, flags, fd, offset)
    this.#check('cannot map memory', address)
    open.addMapping(address, octets)
    return this.#libc.memoryAt(address, octets)
  }

  #set(step: string, option: number, value: Memory): void {
    this.#check(step, this.#libc.setsockopt(this.fd, SOL_XDP, option, value, value.length))
  }

  #check(step: string, result: number): void {
    if (result < 0) throw new XdpSocketError(step, this.#libc.errorName(this.#libc.errno()))
  }
}

/** Replies on their way take room of the socket until the card has them. */
const SEND_BUFFER = 16 << 20

/** xdp_umem_reg: address(8) length(8) octets of a frame(4) headroom(4) flags(4) metadata(4) */
function umemRegistration(address: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(32))
  view.setBigUint64(0, BigInt(address), true)
  view.setBigUint64(8, BigInt(UMEM_OCTETS), true)
  view.setUint32(16, FRAME_OCTETS, true)
  return new Uint8Array(view.buffer)
}

function int32(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer)
}
