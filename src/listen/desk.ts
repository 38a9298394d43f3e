import type { Socket } from 'node:net'
import { newPeer, readPeer } from '../base/peer.ts'
import { Occupancy } from './occupancy.ts'
import { Place, type PlaceHost } from './place.ts'
import type { Traffic } from './respond.ts'
import { Turns } from './turns.ts'

export interface StreamLimits {
  /** A connection without a whole message for so long is closed; milliseconds (RFC 7766 section 6.2.3). */
  readonly idleMs: number
  /** From the first octet of a message to its last, and for a TLS handshake; milliseconds. Cuts clients that drip. */
  readonly messageMs: number
  /** Connections at once from one address (IPv6: one /64). */
  readonly perAddress: number
  /** Connections at once in all. */
  readonly connections: number
  /** Unfinished messages and unread replies of all connections, octets. Beyond it those who hold most are cut. */
  readonly held: number
}

export const STREAM_LIMITS: StreamLimits = {
  idleMs: 10_000,
  messageMs: 5_000,
  perAddress: 64,
  connections: 4096,
  held: 64 << 20,
}

const CLOSING_MS = 500
/** Who leaves replies unread for so long may lose the place to somebody else. */
const STALLED_MS = 1_000

/**
 * Who is connected, over TCP and TLS alike, and for how much longer. When all places are taken, nobody is refused while others sit idle
 * (RFC 7766 section 6.2.3, RFC 9210 section 4): the one idle longest makes room, first of the address that holds most.
 */
export class Desk {
  readonly traffic: Traffic
  readonly #host: PlaceHost
  readonly #limits: StreamLimits
  readonly #places = new Occupancy<Place>()
  readonly #rounds: NodeJS.Timeout
  /** Memory held for all clients, each as it was weighed last; octets. */
  #held = 0
  #emptied = (): void => {}

  constructor(traffic: Traffic, limits: Partial<StreamLimits> = {}) {
    this.traffic = traffic
    this.#host = {
      traffic,
      turns: new Turns(),
      moved: place => this.#places.moved(place),
      weighed: more => this.#weighed(more),
    }
    this.#limits = { ...STREAM_LIMITS, ...limits }
    const { idleMs, messageMs } = this.#limits
    const every = Math.min(1000, Math.max(10, Math.min(idleMs, messageMs) / 8))
    this.#rounds = setInterval(() => this.#closeLate(), every)
    this.#rounds.unref()
  }

  /** Gives a connection that has just come a place; null when there is none, and the connection is closed. */
  admit(socket: Socket): Place | null {
    const { counters, at } = this.traffic
    const peer = newPeer()
    peer.port = socket.remotePort ?? 0
    const key = readPeer(socket.remoteAddress ?? '', peer) ? `${peer.family} ${peer.hi} ${peer.lo}` : null
    // An error event must find a listener even on a socket that is refused.
    socket.on('error', () => {})
    if (key === null || !this.#makeRoom(key)) {
      counters[at.tcpRefused]!++
      socket.destroy()
      return null
    }
    counters[at.tcpConnections]!++
    const place = new Place(socket, peer, this.#host)
    this.#places.add(key, place)
    socket.on('close', () => this.#leave(place))
    return place
  }

  /** Lets replies that are on their way leave and resolves, within a second, when all are gone. To be called with the listeners closed. */
  async close(): Promise<void> {
    const emptied = new Promise<void>(resolve => {
      this.#emptied = resolve
    })
    for (const place of [...this.#places.all()]) place.finish()
    if (this.#places.size === 0) this.#emptied()
    const late = setTimeout(() => {
      for (const place of [...this.#places.all()]) place.cut()
    }, CLOSING_MS)
    await emptied
    clearTimeout(late)
    clearInterval(this.#rounds)
  }

  #makeRoom(key: string): boolean {
    const own = this.#places.of(key)
    if (own.size >= this.#limits.perAddress) return this.#vacate(own)
    return this.#places.size < this.#limits.connections || this.#vacate(this.#places.inOrder())
  }

  /** Closes the first that is not busy. */
  #vacate(places: Iterable<Place>): boolean {
    const since = performance.now() - STALLED_MS
    for (const place of places) {
      if (place.isBusy(since)) continue
      this.#close(place, 'tcpEvicted')
      return true
    }
    return false
  }

  #close(place: Place, why: 'tcpTimeouts' | 'tcpEvicted'): void {
    this.traffic.counters[this.traffic.at[why]]!++
    place.cut()
    // Its socket says so only later, and the place is wanted now.
    this.#leave(place)
  }

  #leave(place: Place): void {
    if (!this.#places.remove(place)) return
    place.leave()
    if (this.#places.size === 0) this.#emptied()
  }

  #closeLate(): void {
    const { idleMs, messageMs } = this.#limits
    const now = performance.now()
    for (const place of [...this.#places.all()])
      if (place.isLate(now, idleMs, messageMs)) this.#close(place, 'tcpTimeouts')
  }

  #weighed(more: number): void {
    this.#held += more
    if (this.#held > this.#limits.held) this.#lighten()
  }

  /** Weighs all anew, since replies leave unnoticed; those who hold most are cut until a quarter of what is allowed is free. */
  #lighten(): void {
    const weights = [...this.#places.all()].map(place => ({ place, held: place.weigh() }))
    this.#held = weights.reduce((sum, { held }) => sum + held, 0)
    if (this.#held <= this.#limits.held) return
    weights.sort((a, b) => b.held - a.held)
    for (const { place } of weights) {
      if (this.#held <= 0.75 * this.#limits.held) break
      this.#close(place, 'tcpEvicted')
    }
  }
}
