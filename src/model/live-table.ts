/**
 * What changes by the second, read on every answer: one small shared table beside the map of a generation.
 * Written by the main thread only; the two halves take turns, so that a reader never sees half a change:
 *
 *   Int32 [0] epoch          readers use half (epoch & 1); the writer fills the other half, then adds one
 *   Int32 [1] clusters  [2] servers  [3] order groups
 *   byte 16  half 0: level u16 x clusters | drain u16 x clusters | serving u16 x order groups x clusters
 *                    | state u8 x clusters | families u8 x clusters | server bits u8 x servers
 *            half 1: the same
 *
 * Indexes are those of the generation the table belongs to: clusters in configuration order, servers in cluster order, order groups as
 * `orderGroups` of route/order-groups.ts numbers them.
 */
export const STATE_UP = 0
export const STATE_DEGRADED = 1
export const STATE_DOWN = 2

/** Bits of `families` and of `servers`: it has a usable address of that family. */
export const FAMILY_V4 = 1
export const FAMILY_V6 = 2

const HEADER = 16
/** `drain` counts in 1/256 of the hash space of blocks: 0 = none, 256 = all. */
export const DRAIN_ALL = 256
/** `level` runs over shed ranks 0..255: 0 sheds nothing, 256 everything. */
export const LEVEL_ALL = 256

export interface LiveHalf {
  readonly level: Uint16Array
  readonly drain: Uint16Array
  /** [group * clusters + cluster]: so many servers, the first in the group's order, serve its names; 0 = all. Empty where nobody plans it. */
  readonly serving: Uint16Array
  readonly state: Uint8Array
  readonly families: Uint8Array
  readonly servers: Uint8Array
}

const even = (n: number): number => (n + 1) & ~1
const halfBytes = (clusters: number, servers: number, groups: number): number =>
  even(clusters * 2 + clusters * 2 + clusters * 2 * groups + clusters + clusters + servers)

export function liveTableBytes(clusters: number, servers: number, groups = 0): number {
  return HEADER + 2 * halfBytes(clusters, servers, groups)
}

export class LiveTable {
  readonly #header: Int32Array
  readonly #halves: readonly [LiveHalf, LiveHalf]

  private constructor(buffer: ArrayBufferLike, clusters: number, servers: number, groups: number) {
    this.#header = new Int32Array(buffer as ArrayBuffer, 0, 4)
    const half = (from: number): LiveHalf => {
      const octets = from + (4 + 2 * groups) * clusters
      return {
        level: new Uint16Array(buffer as ArrayBuffer, from, clusters),
        drain: new Uint16Array(buffer as ArrayBuffer, from + 2 * clusters, clusters),
        serving: new Uint16Array(buffer as ArrayBuffer, from + 4 * clusters, groups * clusters),
        state: new Uint8Array(buffer as ArrayBuffer, octets, clusters),
        families: new Uint8Array(buffer as ArrayBuffer, octets + clusters, clusters),
        servers: new Uint8Array(buffer as ArrayBuffer, octets + 2 * clusters, servers),
      }
    }
    this.#halves = [half(HEADER), half(HEADER + halfBytes(clusters, servers, groups))]
  }

  /** Lays a table for so many of each over `buffer` (at least {@link liveTableBytes}) and empties it; the epoch goes on. */
  static create(buffer: ArrayBufferLike, clusters: number, servers: number, groups = 0): LiveTable {
    if (buffer.byteLength < liveTableBytes(clusters, servers, groups)) throw new Error('live table: buffer too small')
    new Uint8Array(buffer as ArrayBuffer, HEADER).fill(0)
    const table = new LiveTable(buffer, clusters, servers, groups)
    table.#header[1] = clusters
    table.#header[2] = servers
    table.#header[3] = groups
    return table
  }

  /** Views a table that another thread has created. */
  static open(buffer: ArrayBufferLike): LiveTable {
    const header = new Int32Array(buffer as ArrayBuffer, 0, 4)
    return new LiveTable(buffer, header[1]!, header[2]!, header[3]!)
  }

  get epoch(): number {
    return Atomics.load(this.#header, 0)
  }

  /** The half in force. Read it once per answer and use nothing else. */
  current(): LiveHalf {
    return this.#halves[(Atomics.load(this.#header, 0) & 1) as 0 | 1]
  }

  /** Hands the idle half to `fill` (which must set every field of every cluster and server) and makes it current in one step. */
  publish(fill: (half: LiveHalf) => void): void {
    const epoch = Atomics.load(this.#header, 0)
    fill(this.#halves[((epoch + 1) & 1) as 0 | 1])
    Atomics.store(this.#header, 0, (epoch + 1) | 0)
  }
}
