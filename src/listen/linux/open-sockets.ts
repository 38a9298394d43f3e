import type { Libc } from './libc.ts'

/**
 * File descriptors of one thread's sockets, in memory that outlives the thread. Unlike what Node opens, they stay open when it dies; and a socket
 * that shares its port goes on getting its part of the queries, which nobody reads then.
 *
 *   Int32 [0] how many      [1..] file descriptors
 *
 * Whoever started the thread closes them once it is no more ({@link closeAll}). The thread takes a number out before it closes it: by the next
 * moment the number may be another's. Who is ended between opening and adding leaves one open; the other way round one would be closed that is
 * somebody else's.
 */
export class OpenSockets {
  readonly #words: Int32Array

  static octets(most: number): number {
    return (1 + most) * Int32Array.BYTES_PER_ELEMENT
  }

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory)
  }

  get count(): number {
    return this.#words[0]!
  }

  add(fd: number): void {
    const { count } = this
    this.#words[count + 1] = fd
    this.#words[0] = count + 1
  }

  /** Closes them, the newest first. */
  closeAll(libc: Libc): void {
    while (this.count > 0) {
      const { count } = this
      this.#words[0] = count - 1
      libc.close(this.#words[count]!)
    }
  }
}
