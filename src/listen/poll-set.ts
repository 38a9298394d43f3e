import { POLLIN } from './linux/constants.ts'
import type { Libc } from './linux/libc.ts'

/** File descriptors of which one waits for any to be readable, poll(2). */
export class PollSet {
  readonly #libc: Libc
  /** pollfd of each: fd(4) events(2) revents(2). */
  #words = new Int32Array(0)
  #memory = new Uint8Array(0)

  constructor(libc: Libc) {
    this.#libc = libc
  }

  /** From now on these. A negative one is passed over. */
  watch(fds: readonly number[]): void {
    this.#words = new Int32Array(fds.flatMap(fd => [fd, POLLIN]))
    this.#memory = new Uint8Array(this.#words.buffer)
  }

  /** Waits so long at most, 0 = not at all; false when poll(2) failed. */
  wait(milliseconds: number): boolean {
    return this.#libc.poll(this.#memory, this.#words.length / 2, milliseconds) >= 0
  }

  /** What poll(2) said of number `i`; 0 = nothing. */
  events(i: number): number {
    return this.#words[2 * i + 1]! >>> 16
  }
}
