import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { Arena, type ArenaWriter } from '../base/arena.ts'

/** A fresh buffer has this much room to grow, so that the next generations fit without a new one. */
const HEADROOM = 1.5
const LEAST_BYTES = 1 << 20

/**
 * One of the two long-lived buffers that generations of tables are written into in turn. A new shared buffer is made only when a generation
 * does not fit, and then with headroom: threads that allocate nothing collect old ones late or never.
 */
export class TableBuffer {
  #buffer = new SharedArrayBuffer(LEAST_BYTES)

  get buffer(): SharedArrayBuffer {
    return this.#buffer
  }

  write(writer: ArenaWriter): Arena {
    this.#makeRoom(writer.byteLength)
    writer.writeTo(this.#buffer)
    return this.open(true)
  }

  /** The tables in the buffer. Throws when they do not verify: nothing that is damaged is ever served. */
  open(verify: boolean): Arena {
    const verdict = Arena.open(this.#buffer, verify)
    if (verdict.kind === 'bad') throw new Error(`tables in memory are damaged: ${verdict.reason}`)
    return verdict.arena
  }

  /** Writes the tables to `file`: temporary file, fsync, rename, fsync of the folder. */
  persist(file: string): void {
    const { byteLength } = this.open(false)
    const temporary = `${file}.new`
    const descriptor = openSync(temporary, 'w')
    try {
      const bytes = new Uint8Array(this.#buffer, 0, byteLength)
      for (let at = 0; at < byteLength; ) at += writeSync(descriptor, bytes, at, Math.min(byteLength - at, 1 << 26))
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, file)
    const folder = openSync(dirname(file), 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }

  /** Reads what {@link persist} wrote; a sentence when it is damaged, null when there is no such file. */
  restore(file: string): Arena | { readonly damaged: string } | null {
    let bytes: Uint8Array
    try {
      bytes = readFileSync(file)
    } catch {
      return null
    }
    this.#makeRoom(bytes.length)
    new Uint8Array(this.#buffer).set(bytes)
    const verdict = Arena.open(this.#buffer, true)
    return verdict.kind === 'ok' ? verdict.arena : { damaged: `${file}: ${verdict.reason}` }
  }

  #makeRoom(bytes: number): void {
    if (this.#buffer.byteLength >= bytes) return
    this.#buffer = new SharedArrayBuffer(Math.ceil((bytes * HEADROOM) / 65536) * 65536)
  }
}
