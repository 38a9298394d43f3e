import { familyOf, parseAddress } from '../base/ip.ts'
import type { Peer } from '../base/peer.ts'
import type { Endpoint } from './bind-error.ts'
import { defaultTtl } from './linux/bound-socket.ts'
import type { OpenSockets } from './linux/open-sockets.ts'
import { LONGEST_SOCKET_ADDRESS, writePeer } from './linux/socket-address.ts'
import { bindPatiently, refusal, type XdpPort } from './linux/xdp/attachment.ts'
import { BpfError, putSocket } from './linux/xdp/bpf.ts'
import { UDP_IN_IPV4, UdpFrames } from './linux/xdp/frame.ts'
import { XdpQueue } from './linux/xdp/queue.ts'
import { XdpSocket, XdpSocketError } from './linux/xdp/socket.ts'
import { PollSet } from './poll-set.ts'
import { UdpBatch, type UdpBatchOptions } from './udp-batch.ts'

export interface UdpXdpOptions extends UdpBatchOptions {
  readonly open: OpenSockets
  readonly ports: readonly XdpPort[]
  /** This worker among those that share the queues, from 0, and how many those are. */
  readonly worker: number
  readonly workers: number
}

/** So many rounds of the queues between two looks at the sockets, while the queues have something. */
const ROUNDS_BETWEEN_LOOKS = 8
/** How long is waited for more while replies wait for the kernel to take them, milliseconds. */
const UNSENT_WAIT_MS = 1

/**
 * AF_XDP sockets in front of ordinary ones: datagrams that the program on an interface takes come by the rings of a receive queue, all others
 * (fragments, options, other interfaces, too long for a frame) by the {@link UdpBatch} on the same addresses.
 *
 *   interface -> program -> queue 0 -> ring of worker 0      rings -> respond -> rings
 *                   |       queue 1 -> ring of worker 1
 *                   +-----> the kernel's way -> sockets      recvmmsg -> respond -> sendmmsg, and replies that no frame holds
 *
 * A worker has every `workers`-th queue; with more workers than queues the last ones have none.
 */
export class UdpXdp {
  readonly #options: UdpXdpOptions
  readonly #batch: UdpBatch
  readonly #sockets: XdpSocket[] = []
  readonly #queues: XdpQueue[] = []
  readonly #ready: PollSet
  /** The octets that the destination of a frame has, for each socket of the batch. */
  readonly #local: { readonly address: Uint8Array; readonly port: number }[] = []
  readonly #to = new Uint8Array(LONGEST_SOCKET_ADDRESS)
  #rounds = 0

  constructor(options: UdpXdpOptions) {
    this.#options = options
    this.#batch = new UdpBatch(options)
    this.#ready = new PollSet(options.libc)
  }

  /** As {@link UdpBatch.open}; all addresses before {@link attach}. */
  open(endpoint: Endpoint): Endpoint {
    const bound = this.#batch.open(endpoint)
    this.#local.push({ address: parseAddress(bound.host.split('%')[0]!)!, port: bound.port })
    return bound
  }

  /** Takes over this worker's queues. Throws with the interface and what to do about it. */
  attach(): void {
    const { ports, worker, workers } = this.#options
    let number = 0
    for (const port of ports) {
      for (let queue = 0; queue < port.queues; queue++) if (number++ % workers === worker) this.#take(port, queue)
    }
    const fds = [...this.#sockets, ...this.#batch.sockets].map(({ fd }) => fd)
    this.#ready.watch(fds)
  }

  /**
   * Answers what is in the rings, a batch of each; when there is nothing, waits for datagrams of any kind, at most `waitMs`. Throws as
   * {@link UdpBatch.turn} does.
   */
  turn(): void {
    let answered = 0
    let unsent = false
    for (const queue of this.#queues) {
      answered += queue.serve()
      unsent ||= queue.unsent
    }
    if (answered > 0 && ++this.#rounds < ROUNDS_BETWEEN_LOOKS) return
    this.#rounds = 0
    this.#look(answered > 0 ? 0 : unsent ? UNSENT_WAIT_MS : this.#options.waitMs)
  }

  /** Datagrams that found no room in a receive buffer or ring since the sockets were opened. */
  get dropped(): number {
    return this.#sockets.reduce((sum, socket) => sum + socket.dropped, this.#batch.dropped)
  }

  /** As {@link UdpBatch.drain}; what is in the rings is lost. */
  drain(): void {
    this.#batch.drain()
  }

  /** Not to be called by `respond`. */
  close(): void {
    this.#sockets.length = 0
    this.#queues.length = 0
    // The rings are unmapped with the rest.
    this.#batch.close()
  }

  #take(port: XdpPort, queue: number): void {
    const { libc, open, respond, begin = () => {}, traffic, dontFragment } = this.#options
    try {
      const socket = new XdpSocket(libc, open)
      bindPatiently(() => socket.bind(port.index, queue))
      this.#sockets.push(socket)
      const codec = new UdpFrames({ dontFragment, ttl: defaultTtl(libc, 4), hopLimit: defaultTtl(libc, 6) })
      const detour: DetourOf = (at, udp, peer, out, length) =>
        this.#detour(port, socket.frames, at, udp, peer, out, length)
      this.#queues.push(new XdpQueue({ socket, codec, respond, begin, traffic, mtu: port.mtu, detour }))
      putSocket(libc, port.map, queue, socket.fd)
    } catch (error) {
      throw error instanceof BpfError || error instanceof XdpSocketError ? refusal(port.name, error) : error
    }
  }

  #look(waitMs: number): void {
    if (!this.#ready.wait(waitMs)) return
    const first = this.#sockets.length
    for (let i = 0; i < this.#batch.sockets.length; i++) if (this.#ready.events(first + i) !== 0) this.#batch.serve(i)
  }

  #detour(port: XdpPort, frames: DataView, at: number, udp: number, peer: Peer, out: Uint8Array, length: number): void {
    const { counters, at: slot } = this.#options.traffic
    const destination = at + udp - (udp === UDP_IN_IPV4 ? 4 : 16)
    const asked = frames.getUint16(at + udp + 2)
    const i = this.#local.findIndex(each => each.port === asked && isAt(frames, destination, udp, each.address))
    if (i < 0) counters[slot.sendErrors]!++
    else {
      const toLength = writePeer(this.#to, peer, frames.getUint16(at + udp), port.index)
      this.#batch.send(i, out, length, this.#to, toLength)
    }
  }
}

type DetourOf = ConstructorParameters<typeof XdpQueue>[0]['detour']

function isAt(frames: DataView, at: number, udp: number, address: Uint8Array): boolean {
  return (
    familyOf(address) === (udp === UDP_IN_IPV4 ? 4 : 6) &&
    address.every((octet, i) => frames.getUint8(at + i) === octet)
  )
}
