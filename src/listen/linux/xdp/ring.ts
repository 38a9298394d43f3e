/**
 * One of the four rings that an AF_XDP socket shares with the kernel: a queue with one writer and one reader, in memory that both see.
 *
 *   producer   entries ever written, modulo 2^32: the writer moves it on   ┐
 *   consumer   entries ever read, modulo 2^32: the reader does             ├ each 32 bits, places told by XDP_MMAP_OFFSETS
 *   flags      bit 0: the kernel wants a wake-up                           ┘
 *   entries    entry `n` at `n & (size - 1)`; words of 32 bits, low octet first:
 *                fill, completion   address(2)                             a frame, octets from the beginning of the UMEM
 *                receive, send      address(2)  length(1)  options(1)      a piece of one
 *
 * An entry has to be seen before the number that tells of it, and may be reused only after it was read. Atomics are what JavaScript has for that:
 * on x86-64, whose loads and stores keep their order, they cost one locked store a batch; arm64 would reorder plain ones (`ldar` and `stlr` do
 * not). Nor may a compiler hoist them out of a loop, as it may a plain load. The entries themselves are plain.
 */
export interface RingPlace {
  readonly memory: ArrayBuffer
  /** Where in it these are, octets. */
  readonly producer: number
  readonly consumer: number
  readonly flags: number
  readonly entries: number
  /** Entries, a power of two. */
  readonly size: number
  /** Words of an entry: 2 or 4. */
  readonly words: number
}

const NEED_WAKEUP = 1

abstract class Ring {
  readonly #producer: Int32Array
  readonly #consumer: Int32Array
  readonly #flags: Int32Array
  readonly #size: number
  readonly #words: number
  /** The entries. An address's upper half is 0 in all that this program writes and, so, in all that it reads. */
  readonly entries: Uint32Array

  constructor({ memory, producer, consumer, flags, entries, size, words }: RingPlace) {
    this.#producer = new Int32Array(memory, producer, 1)
    this.#consumer = new Int32Array(memory, consumer, 1)
    this.#flags = new Int32Array(memory, flags, 1)
    this.#size = size
    this.#words = words
    this.entries = new Uint32Array(memory, entries, size * words)
  }

  get size(): number {
    return this.#size
  }

  /** The kernel does not look by itself: it has to be called. */
  get needsWakeup(): boolean {
    return (Atomics.load(this.#flags, 0) & NEED_WAKEUP) !== 0
  }

  /** Entries written and not read yet. */
  get waiting(): number {
    return (Atomics.load(this.#producer, 0) - Atomics.load(this.#consumer, 0)) | 0
  }

  protected placeOf(number: number): number {
    return (number & (this.#size - 1)) * this.#words
  }

  protected publish(produced: number): void {
    Atomics.store(this.#producer, 0, produced)
  }

  protected release(consumed: number): void {
    Atomics.store(this.#consumer, 0, consumed)
  }
}

/** A ring that this program writes: fill, send. Who writes keeps count of the room by other means: frames are fewer than entries. */
export class WrittenRing extends Ring {
  #next = 0

  /** Where in {@link entries} entry number `i` from now goes. */
  at(i: number): number {
    return this.placeOf(this.#next + i)
  }

  /** The next `count` entries are written. */
  produce(count: number): void {
    this.#next = (this.#next + count) | 0
    this.publish(this.#next)
  }
}

/** A ring that this program reads: receive, completion. */
export class ReadRing extends Ring {
  #next = 0

  /** Where in {@link entries} waiting entry number `i` is. */
  at(i: number): number {
    return this.placeOf(this.#next + i)
  }

  /** The first `count` waiting entries are read: the kernel may write over them. */
  consume(count: number): void {
    this.#next = (this.#next + count) | 0
    this.release(this.#next)
  }
}
