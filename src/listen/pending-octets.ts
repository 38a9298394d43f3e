const SMALLEST = 512

/**
 * Octets of a stream that wait for more. Grows by doubling, so that a message which comes octet by octet is not copied each time, and
 * only as octets come: a length prefix alone reserves nothing.
 */
export class PendingOctets {
  #buffer: Buffer | null = null
  #length = 0

  get length(): number {
    return this.#length
  }

  append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length
    if (this.#buffer === null || needed > this.#buffer.length) {
      const bigger = Buffer.allocUnsafeSlow(Math.max(SMALLEST, needed, 2 * this.#length))
      this.#buffer?.copy(bigger, 0, 0, this.#length)
      this.#buffer = bigger
    }
    this.#buffer.set(chunk, this.#length)
    this.#length = needed
  }

  /** What waits, as a view that the next {@link append} or {@link drop} spoils. */
  view(): Buffer {
    return this.#buffer === null ? Buffer.alloc(0) : this.#buffer.subarray(0, this.#length)
  }

  /** Forgets the first `octets`; with nothing left the memory is given back. */
  drop(octets: number): void {
    this.#length -= octets
    if (this.#length === 0) this.#buffer = null
    else this.#buffer?.copyWithin(0, octets, octets + this.#length)
  }
}
