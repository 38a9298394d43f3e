import type { Libc } from './libc.ts'

/**
 * File descriptors of one thread's sockets and mappings of their memory, in memory that outlives the thread. Unlike what Node opens, they stay
 * when it dies; a socket that shares its port goes on getting its part of the queries, which nobody reads then, and one whose rings are mapped
 * keeps its queue although it is closed.
 *
 *   Int32 [0] how many, then of each:   0 file descriptor; or address of a mapping in pages: low 32 bits    1 high bits    2 pages; 0 = a descriptor
 *
 * Whoever started the thread closes them once it is no more ({@link closeAll}). The thread takes an entry out before it closes it: by the next
 * moment the number may be another's. Who is ended between opening and adding leaves one open; the other way round one would be closed that is
 * somebody else's.
 */
export class OpenSockets {
  readonly #words: Int32Array

  /** Memory for so many sockets and mappings. */
  static octets(most: number): number {
    return (1 + most * ENTRY) * Int32Array.BYTES_PER_ELEMENT
  }

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory)
  }

  get count(): number {
    return this.#words[0]!
  }

  add(fd: number): void {
    this.#put(fd, 0, 0)
  }

  /** `address` and `octets` as mmap(2) had them. */
  addMapping(address: number, octets: number): void {
    const page = address / PAGE
    this.#put(page | 0, Math.floor(page / WORD32), Math.ceil(octets / PAGE))
  }

  /** Closes and unmaps them, the newest first, down to the oldest `keep`. */
  closeAll(libc: Libc, keep = 0): void {
    while (this.count > keep) {
      const last = this.count - 1
      this.#words[0] = last
      const at = 1 + last * ENTRY
      const [low, high, pages] = [this.#words[at]!, this.#words[at + 1]!, this.#words[at + 2]!]
      if (pages === 0) libc.close(low)
      else libc.munmap((high * WORD32 + (low >>> 0)) * PAGE, pages * PAGE)
    }
  }

  #put(...entry: [number, number, number]): void {
    const { count } = this
    this.#words.set(entry, 1 + count * ENTRY)
    this.#words[0] = count + 1
  }
}

const ENTRY = 3
/** Every page size there is is a multiple. */
const PAGE = 4096
const WORD32 = 2 ** 32
