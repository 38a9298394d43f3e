import { copyOctets, viewOf } from '../base/octets.ts'

/**
 * The last datagrams a worker saw, in memory that outlives it: when a worker dies, the main thread writes them to `state/crash/` and learns
 * which one it died of.
 *
 *   Int32 [0] number of messages begun      Int32 [1] number finished (begun != finished: it died inside an answer)
 *   then 64 slots of  Uint32 length | 1232 octets (the rest of a longer message is not kept)
 */
const SLOTS = 64
const KEPT_OCTETS = 1232
const SLOT_BYTES = 4 + KEPT_OCTETS
const HEADER_BYTES = 8

export const CRASH_RING_BYTES = HEADER_BYTES + SLOTS * SLOT_BYTES

export class CrashRing {
  /** Longest part of a message that is kept. */
  static readonly keptOctets = KEPT_OCTETS
  readonly #header: Int32Array
  readonly #octets: DataView

  constructor(buffer: SharedArrayBuffer) {
    this.#header = new Int32Array(buffer, 0, 2)
    this.#octets = new DataView(buffer)
  }

  begin(message: Uint8Array, length: number): void {
    const slot = (this.#header[0]! >>> 0) % SLOTS
    const kept = Math.min(length, KEPT_OCTETS)
    const at = HEADER_BYTES + slot * SLOT_BYTES
    this.#octets.setUint32(at, kept, true)
    copyOctets(viewOf(message), 0, this.#octets, at + 4, kept)
    this.#header[0] = (this.#header[0]! + 1) | 0
  }

  end(): void {
    this.#header[1] = this.#header[0]!
  }

  /** The message being answered when the worker stopped; null when it was idle. */
  unfinished(): Uint8Array | null {
    if (this.#header[0] === this.#header[1]) return null
    return this.#slot((this.#header[0]! - 1) >>> 0)
  }

  /** Oldest first. */
  messages(): Uint8Array[] {
    const begun = this.#header[0]! >>> 0
    const count = Math.min(begun, SLOTS)
    return Array.from({ length: count }, (_, i) => this.#slot(begun - count + i))
  }

  /** Before a worker is started on the ring of a dead one. */
  reset(): void {
    this.#header.fill(0)
  }

  #slot(number: number): Uint8Array {
    const at = HEADER_BYTES + (number % SLOTS) * SLOT_BYTES
    return new Uint8Array(this.#octets.buffer).slice(at + 4, at + 4 + this.#octets.getUint32(at, true))
  }
}
