import { newPeer } from '../base/peer.ts'
import type { Endpoint } from './bind-error.ts'
import {
  type DatagramSocket,
  droppedDatagrams,
  openDatagramSocket,
  retireDatagramSocket,
} from './linux/bound-socket.ts'
import {
  EAGAIN,
  EINTR,
  ENOBUFS,
  ENOMEM,
  FIRST_OF_THE_NETWORK,
  LAST_OF_THE_NETWORK,
  MSG_DONTWAIT,
  MSG_WAITFORONE,
  POLLOUT,
} from './linux/constants.ts'
import type { Libc } from './linux/libc.ts'
import type { OpenSockets } from './linux/open-sockets.ts'
import { MessageBatch } from './message-batch.ts'
import { PollSet } from './poll-set.ts'
import type { Respond, Traffic } from './respond.ts'

export interface UdpBatchOptions {
  readonly libc: Libc
  readonly respond: Respond
  /** Called before the first of a batch of datagrams is answered. */
  readonly begin?: () => void
  readonly traffic: Traffic
  /** Gets every socket that is opened, for whoever outlives this thread. */
  readonly open?: OpenSockets
  /** See {@link openDatagramSocket}. */
  readonly receiveBuffer: number
  readonly freebind: boolean
  readonly dontFragment: boolean
  /** How long a turn waits for the first datagram, milliseconds; 0 = not at all. */
  readonly waitMs: number
}

/** Datagrams of one system call. More win nothing measurable, and let an answer wait for those behind it. */
export const BATCH = 64
/** A retired socket is empty when nothing has come for so long, milliseconds: a datagram on its way to it is there by then. */
const QUIET_MS = 20
/** No queue is longer than what is answered in this time, milliseconds. */
const DRAIN_LIMIT_MS = 2_000
/** How long replies wait for room in a full send buffer before they are dropped, milliseconds. */
const SEND_WAIT_MS = 10

/**
 * UDP sockets, one per local address, so that a reply leaves from the address the query came to (RFC 2181 section 4), served in batches:
 *
 *   recvmmsg -> respond, datagram by datagram -> sendmmsg
 *
 * {@link turn} is one such round; between two of them the caller can look at what else there is to do. With one socket the turn waits inside
 * recvmmsg, with several in poll(2). Nothing is allocated per datagram.
 */
export class UdpBatch {
  readonly #options: UdpBatchOptions
  readonly #libc: Libc
  readonly #batch: MessageBatch
  readonly #peer = newPeer()
  readonly #sockets: DatagramSocket[] = []
  readonly #ready: PollSet
  readonly #writable = new Int32Array([0, POLLOUT])
  readonly #writableMemory = new Uint8Array(this.#writable.buffer)
  /** Of the batch that is being answered: datagrams that are done with, and replies in the outbox. */
  #done = 0
  #replies = 0

  constructor(options: UdpBatchOptions) {
    this.#options = options
    this.#libc = options.libc
    this.#ready = new PollSet(options.libc)
    this.#batch = new MessageBatch(BATCH, memory => options.libc.addressOf(memory))
  }

  /** Binds one more address; returns it with the real port. Throws when it cannot be bound, with what to do about it. */
  open(endpoint: Endpoint): Endpoint {
    const { receiveBuffer, freebind, dontFragment, waitMs } = this.#options
    const { host, port } = endpoint
    const socket = openDatagramSocket(this.#libc, { host, port, receiveBuffer, freebind, dontFragment, waitMs })
    this.#options.open?.add(socket.fd)
    this.#sockets.push(socket)
    this.#ready.watch(this.#sockets.map(({ fd }) => fd))
    return socket.address
  }

  /** In the order in which they were opened. */
  get sockets(): readonly DatagramSocket[] {
    return this.#sockets
  }

  /**
   * Waits for datagrams, at most `waitMs`, and answers one batch of each socket that has some. Throws what `respond` throws, once the replies
   * before that have left, and what is a fault of ours in a system call.
   */
  turn(): void {
    const { waitMs } = this.#options
    if (this.#sockets.length === 1) {
      this.#serve(this.#sockets[0]!.fd, waitMs > 0 ? MSG_WAITFORONE : MSG_DONTWAIT)
      return
    }
    if (!this.#ready.wait(waitMs)) {
      this.#excuse('poll')
      return
    }
    for (let i = 0; i < this.#sockets.length; i++) {
      // Any event: an error is had out of the socket by reading, too.
      if (this.#ready.events(i) !== 0) this.serve(i)
    }
  }

  /** Answers one batch of what has come to socket number `i`, for who waits otherwise than by {@link turn}. Throws as that does. */
  serve(i: number): void {
    this.#serve(this.#sockets[i]!.fd, MSG_DONTWAIT)
  }

  /** Sends `body[0..length)` from socket number `i` to a socket address, of which the first `toLength` octets count. */
  send(i: number, body: Uint8Array, length: number, to: Uint8Array, toLength: number): void {
    if (this.#libc.sendto(this.#sockets[i]!.fd, body, length, MSG_DONTWAIT, to, toLength) < 0) this.#lose(1)
  }

  /** Datagrams that found a receive buffer full since the sockets were opened. */
  get dropped(): number {
    return this.#sockets.reduce((sum, { fd }) => sum + droppedDatagrams(this.#libc, fd), 0)
  }

  /**
   * Answers what has come to the sockets before they are closed. What comes from now on goes to other sockets on their addresses, or is refused by
   * the kernel where there are none. Throws as {@link turn} does.
   */
  drain(): void {
    const retired = this.#sockets.filter(({ fd }) => retireDatagramSocket(this.#libc, fd))
    if (retired.length === 0) return
    const set = new PollSet(this.#libc)
    set.watch(retired.map(({ fd }) => fd))
    for (const end = performance.now() + DRAIN_LIMIT_MS; performance.now() < end; ) {
      if (!set.wait(QUIET_MS)) return
      const ready = retired.filter((_, i) => set.events(i) !== 0)
      if (ready.length === 0) return
      for (const { fd } of ready) this.#serve(fd, MSG_DONTWAIT)
    }
  }

  /** Not to be called by `respond`: the number of a closed socket may be another's by then. A turn that follows does nothing. */
  close(): void {
    const closed = this.#sockets.splice(0)
    const { open } = this.#options
    if (open !== undefined) open.closeAll(this.#libc)
    else for (const { fd } of closed) this.#libc.close(fd)
  }

  #serve(fd: number, flags: number): void {
    const received = this.#libc.recvmmsg(fd, this.#batch.arriving, BATCH, flags, null)
    if (received < 0) {
      this.#excuse('recvmmsg')
      return
    }
    this.#done = 0
    this.#replies = 0
    try {
      this.#answer(received)
    } finally {
      const { counters, at } = this.#options.traffic
      counters[at.ignored]! += received - this.#done
      this.#batch.clear(received)
      this.#send(fd, this.#replies)
    }
  }

  /**
   * Why nothing came: an idle socket, an interrupted call, memory that is short for a moment, or a mishap of the network, of which reading has
   * now rid the socket. Anything else would be there again at the next turn, and for ever: thrown.
   */
  #excuse(call: string): void {
    const errno = this.#libc.errno()
    if (errno === EAGAIN || errno === EINTR || errno === ENOMEM || errno === ENOBUFS) return
    if (errno < FIRST_OF_THE_NETWORK || errno > LAST_OF_THE_NETWORK)
      throw new Error(`${call}: ${this.#libc.errorName(errno)}`)
    const { counters, at } = this.#options.traffic
    counters[at.sendErrors]!++
  }

  #answer(received: number): void {
    const { respond, begin, traffic } = this.#options
    const { counters, at } = traffic
    begin?.()
    const batch = this.#batch
    const peer = this.#peer
    for (let i = 0; i < received; i++) {
      const length = batch.length(i)
      counters[at.bytesIn]! += length
      if (batch.readSender(i, peer)) {
        const written = respond(batch.inbox[i]!, length, peer, batch.outbox[this.#replies]!)
        if (written > 0) batch.reply(this.#replies++, i, written)
        counters[at.bytesOut]! += written
      } else counters[at.ignored]!++
      this.#done++
    }
  }

  #send(fd: number, replies: number): void {
    let sent = 0
    let waitedFor = -1
    while (sent < replies) {
      const moved = this.#libc.sendmmsg(fd, this.#batch.leaving[sent]!, replies - sent, MSG_DONTWAIT)
      if (moved > 0) sent += moved
      else {
        const errno = this.#libc.errno()
        if (errno === EINTR) continue
        // Once for each: where the socket says that it has room and sends nothing, it is not room that is wanted (IPsec: a key).
        if (errno !== EAGAIN || waitedFor === sent) sent += this.#lose(1)
        else if (this.#waitUntilWritable(fd)) waitedFor = sent
        else sent += this.#lose(replies - sent)
      }
    }
  }

  /** What ails one reply (a firewall, no route, too long for the link) need not ail the others. */
  #lose(replies: number): number {
    const { counters, at } = this.#options.traffic
    counters[at.sendErrors]! += replies
    return replies
  }

  /** False when it took too long; an interrupted wait counts as one that has come to its end. */
  #waitUntilWritable(fd: number): boolean {
    this.#writable[0] = fd
    return this.#libc.poll(this.#writableMemory, 1, SEND_WAIT_MS) !== 0
  }
}
