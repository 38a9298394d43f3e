/**
 * What changes by the second, read on every answer: one small shared table beside the map of a generation.
 * Written by the main thread only; the two halves take turns, so that a reader never sees half a change:
 *
 *   Int32 [0] epoch          readers use half (epoch & 1); the writer fills the other half, then adds one
 *   Int32 [1] clusters  [2] servers  [3] order groups  [4] services
 *   byte 32  half 0: fell u32 x clusters | level u16 x clusters | drain u16 x clusters | warm u16 x clusters
 *                    | serving u16 x order groups x clusters | ramp u16 x servers
 *                    | state u8 x clusters | families u8 x clusters | weak u8 x clusters
 *                    | server bits u8 x servers | lately u8 x servers | open u8 x services
 *            half 1: the same
 *
 * Indexes are those of the generation the table belongs to: clusters in configuration order, servers in cluster order, order groups as
 * `orderGroups` of route/order-groups.ts numbers them.
 */
export const STATE_UP = 0
export const STATE_DEGRADED = 1
export const STATE_DOWN = 2

/** Bits of `families`, `servers` and all other columns of bits: one for each address family. */
export const FAMILY_V4 = 1
export const FAMILY_V6 = 2
/** Bits of `servers` beside those: by that family it is in its slow start, see `ramp`. */
export const WARMING_SHIFT = 4

const HEADER = 32
/** `drain` counts in 1/256 of the hash space of blocks: 0 = none, 256 = all. */
export const DRAIN_ALL = 256
/** `level` runs over shed ranks 0..255: 0 sheds nothing, 256 everything. */
export const LEVEL_ALL = 256

/** In `warm` and `ramp` the low octet is of IPv4, the high one of IPv6: so many of 256 blocks are turned away, 0 = none. */
export interface LiveHalf {
  readonly level: Uint16Array
  readonly drain: Uint16Array
  /** [group * clusters + cluster]: so many servers, the first in the group's order, serve its names; 0 = all. Empty where nobody plans it. */
  readonly serving: Uint16Array
  readonly state: Uint8Array
  /** Families of which it has a usable address. */
  readonly families: Uint8Array
  /** Families of which too few servers are usable: by them it is degraded, whatever `state` says. */
  readonly weak: Uint8Array
  /** Slow start of a cluster that has come back. */
  readonly warm: Uint16Array
  /** Unix seconds at which its last server went; 0 = it has one, of whichever family. */
  readonly fell: Uint32Array
  readonly servers: Uint8Array
  /** Slow start of a server, as far as others of its cluster are ahead of it. */
  readonly ramp: Uint16Array
  /** Of a cluster without a usable server: those that were among the last to go. */
  readonly lately: Uint8Array
  /** Families by which the service fails open: too little is left for verdicts to be believed. */
  readonly open: Uint8Array
}

/** How much of each a table has room for. */
export interface LiveShape {
  readonly clusters: number
  readonly servers: number
  readonly groups: number
  readonly services: number
}

const HALF_ALIGNMENT = 4
const aligned = (octets: number): number => Math.ceil(octets / HALF_ALIGNMENT) * HALF_ALIGNMENT

function halfBytes({ clusters, servers, groups, services }: LiveShape): number {
  return aligned(clusters * (4 + 6 + 2 * groups + 3) + servers * (2 + 2) + services)
}

export function liveTableBytes(clusters: number, servers: number, groups = 0, services = 0): number {
  return HEADER + 2 * halfBytes({ clusters, servers, groups, services })
}

function openHalf(buffer: ArrayBuffer, from: number, { clusters, servers, groups, services }: LiveShape): LiveHalf {
  let at = from
  const next = (octets: number): number => {
    at += octets
    return at - octets
  }
  const u16 = (count: number) => new Uint16Array(buffer, next(2 * count), count)
  const u8 = (count: number) => new Uint8Array(buffer, next(count), count)
  return {
    fell: new Uint32Array(buffer, next(4 * clusters), clusters),
    level: u16(clusters),
    drain: u16(clusters),
    warm: u16(clusters),
    serving: u16(groups * clusters),
    ramp: u16(servers),
    state: u8(clusters),
    families: u8(clusters),
    weak: u8(clusters),
    servers: u8(servers),
    lately: u8(servers),
    open: u8(services),
  }
}

export class LiveTable {
  readonly #header: Int32Array
  readonly #halves: readonly [LiveHalf, LiveHalf]

  private constructor(buffer: ArrayBufferLike, shape: LiveShape) {
    this.#header = new Int32Array(buffer as ArrayBuffer, 0, 5)
    const half = (from: number): LiveHalf => openHalf(buffer as ArrayBuffer, from, shape)
    this.#halves = [half(HEADER), half(HEADER + halfBytes(shape))]
  }

  /** Lays a table for so many of each over `buffer` (at least {@link liveTableBytes}) and empties it; the epoch goes on. */
  static create(buffer: ArrayBufferLike, clusters: number, servers: number, groups = 0, services = 0): LiveTable {
    const shape = { clusters, servers, groups, services }
    if (buffer.byteLength < HEADER + 2 * halfBytes(shape)) throw new Error('live table: buffer too small')
    new Uint8Array(buffer as ArrayBuffer, HEADER).fill(0)
    const table = new LiveTable(buffer, shape)
    table.#header.set([clusters, servers, groups, services], 1)
    return table
  }

  /** Views a table that another thread has created. */
  static open(buffer: ArrayBufferLike): LiveTable {
    const [, clusters, servers, groups, services] = new Int32Array(buffer as ArrayBuffer, 0, 5)
    return new LiveTable(buffer, { clusters: clusters!, servers: servers!, groups: groups!, services: services! })
  }

  get epoch(): number {
    return Atomics.load(this.#header, 0)
  }

  /** The half in force. Read it once per answer and use nothing else. */
  current(): LiveHalf {
    return this.#halves[(Atomics.load(this.#header, 0) & 1) as 0 | 1]
  }

  /** Hands the idle half to `fill` (which must set every field) and makes it current in one step. */
  publish(fill: (half: LiveHalf) => void): void {
    const epoch = Atomics.load(this.#header, 0)
    fill(this.#halves[((epoch + 1) & 1) as 0 | 1])
    Atomics.store(this.#header, 0, (epoch + 1) | 0)
  }
}
