/**
 * The process of `barrage.ts`: sends prepared queries through an AF_XDP socket of its own, from one core, at a fixed rate whether they are answered
 * or not, and counts the replies. It is told what to do, and tells what it counted, by messages.
 */
import { readFileSync } from 'node:fs'
import { parseAddress } from '../../src/base/ip.ts'
import { loadLibc } from '../../src/listen/linux/libc.ts'
import { OpenSockets } from '../../src/listen/linux/open-sockets.ts'
import { attachTo, bindPatiently } from '../../src/listen/linux/xdp/attachment.ts'
import { putSocket } from '../../src/listen/linux/xdp/bpf.ts'
import {
  FRAME_OCTETS,
  OPEN_PER_XDP_SOCKET,
  RECEIVE_FRAMES,
  SEND_FRAMES,
  XdpSocket,
} from '../../src/listen/linux/xdp/socket.ts'
import type { BarrageCount, BarrageOrder } from './barrage.ts'
import { type Frames, framesOf, MESSAGE } from './barrage-frames.ts'
import { unpacked } from './messages.ts'

/** Queries leave from these ports in turn, and replies come back to them. */
const PORTS = [20_000, 20_001, 20_002, 20_003, 20_004, 20_005, 20_006, 20_007]
/** Frames that are sent by one call. */
const BURST = 32
/** How long replies are waited for behind the last query, milliseconds. */
const AFTERMATH_MS = 100

class Barrage {
  readonly #socket: XdpSocket
  readonly #frames: Frames
  readonly #memory: Uint8Array
  /** Addresses of the frames to send that nobody uses: `#free[0..#count)`. */
  readonly #free = Int32Array.from({ length: SEND_FRAMES }, (_, i) => (RECEIVE_FRAMES + i) * FRAME_OCTETS)
  #count = SEND_FRAMES
  #sent = 0
  readonly #replies = new Float64Array(16)

  constructor(socket: XdpSocket, frames: Frames) {
    this.#socket = socket
    this.#frames = frames
    this.#memory = new Uint8Array(socket.frames.buffer)
  }

  run(milliseconds: number, perMillisecond: number): BarrageCount {
    const startedAt = performance.now()
    let passed = 0
    while (passed < milliseconds) {
      this.#receive()
      const due = Math.trunc(Math.min(passed * perMillisecond - this.#sent, BURST))
      if (due > 0) this.#send(due)
      passed = performance.now() - startedAt
    }
    while (passed < milliseconds + AFTERMATH_MS) {
      this.#receive()
      passed = performance.now() - startedAt
    }
    return { sent: this.#sent, rcodes: [...this.#replies] }
  }

  #send(most: number): void {
    const { toSend, completed } = this.#socket
    const { octets, starts } = this.#frames
    const back = completed.waiting
    for (let i = 0; i < back; i++) this.#free[this.#count++] = completed.entries[completed.at(i)]!
    completed.consume(back)
    const count = Math.min(most, this.#count)
    for (let i = 0; i < count; i++) {
      const frame = (this.#sent + i) % (starts.length - 1)
      const [start, end] = [starts[frame]!, starts[frame + 1]!]
      const at = this.#free[--this.#count]!
      for (let k = start; k < end; k++) this.#memory[at + k - start] = octets[k]!
      const entry = toSend.at(i)
      toSend.entries[entry] = at
      toSend.entries[entry + 2] = end - start
    }
    toSend.produce(count)
    this.#sent += count
    // What the kernel leaves goes with the next call.
    if (toSend.needsWakeup) this.#socket.kick()
  }

  #receive(): void {
    const { received, toFill, frames } = this.#socket
    const count = received.waiting
    if (count === 0) return
    for (let i = 0; i < count; i++) {
      const at = received.entries[received.at(i)]!
      const rcode = frames.getUint8(at + MESSAGE + 3) & 0x0f
      this.#replies[rcode] = this.#replies[rcode]! + 1
      toFill.entries[toFill.at(i)] = at & -FRAME_OCTETS
    }
    toFill.produce(count)
    received.consume(count)
  }
}

const verdict = loadLibc()
if (verdict.kind === 'absent') throw new Error(verdict.reason)
const { libc } = verdict
const messages = unpacked(readFileSync(process.argv[2]!))

process.on('message', (order: BarrageOrder) => process.send!(fire(order)))
process.on('disconnect', () => process.exit())
process.send!('ready')

function fire({ interface: name, from, to, toMac, seconds, rate }: BarrageOrder): BarrageCount {
  const [source, destination] = [parseAddress(from)!, parseAddress(to)!]
  const endpoints = PORTS.map(port => ({ address: source, port }))
  const { port, close } = attachTo(libc, name, endpoints)
  const open = new OpenSockets(new SharedArrayBuffer(OpenSockets.octets(OPEN_PER_XDP_SOCKET)))
  try {
    const socket = new XdpSocket(libc, open)
    bindPatiently(() => socket.bind(port.index, 0))
    putSocket(libc, port.map, 0, socket.fd)
    const sender = { mac: port.mac, address: source, ports: PORTS }
    const receiver = { mac: Uint8Array.from(toMac), address: destination, port: 53 }
    return new Barrage(socket, framesOf(messages, sender, receiver)).run(seconds * 1000, rate / 1000)
  } finally {
    open.closeAll(libc)
    close()
  }
}
