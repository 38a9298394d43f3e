const SMALLEST = 512

/**
 * Octets of a stream that wait, first in first out.
 *
 *   buffer = dropped | waiting | room
 *
 * Grows by doubling, so that a message which comes octet by octet is not copied each time, and only as octets come: a length prefix alone
 * reserves nothing.
 */
export class PendingOctets {
  #buffer: Buffer | null = null
  #from = 0
  #to = 0

  get length(): number {
    return this.#to - this.#from
  }

  /** Memory held, octets. */
  get held(): number {
    return this.#buffer?.length ?? 0
  }

  append(chunk: Uint8Array): void {
    if (this.#buffer === null || this.#to + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length)
    this.#buffer!.set(chunk, this.#to)
    this.#to += chunk.length
  }

  /** What waits, as a view that the next {@link append} or {@link drop} spoils. */
  view(): Buffer {
    return this.#buffer === null ? Buffer.alloc(0) : this.#buffer.subarray(this.#from, this.#to)
  }

  /** Forgets the first `octets`; with nothing left the memory is given back. */
  drop(octets: number): void {
    this.#from += octets
    if (this.#from < this.#to) return
    this.#buffer = null
    this.#from = 0
    this.#to = 0
  }

  #makeRoom(octets: number): void {
    const waiting = this.length
    const size = Math.max(SMALLEST, waiting + octets, 2 * waiting)
    const bigger = Buffer.allocUnsafeSlow(size)
    this.#buffer?.copy(bigger, 0, this.#from, this.#to)
    this.#buffer = bigger
    this.#from = 0
    this.#to = waiting
  }
}
