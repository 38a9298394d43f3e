import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { Arena, type ArenaWriter } from '../base/arena.ts'

/** A fresh buffer has this much room to grow, so that the next generations fit without a new one. Room that is never written costs no memory. */
const HEADROOM = 1.5
const LEAST_BYTES = 1 << 20
/** Octets per system call; one moves at most 2 GiB. */
const PIECE = 1 << 20

/**
 * One of the two long-lived buffers that tables of one kind are written into in turn. A new shared buffer is made only when the tables do not
 * fit, and then with headroom: threads that allocate nothing collect old ones late or never.
 */
export class TableBuffer {
  #buffer: SharedArrayBuffer

  constructor(buffer = new SharedArrayBuffer(0)) {
    this.#buffer = buffer
  }

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
      for (let at = 0; at < byteLength; ) at += writeSync(descriptor, bytes, at, Math.min(byteLength - at, PIECE))
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
    try {
      this.#read(file)
    } catch {
      return null
    }
    const verdict = Arena.open(this.#buffer, true)
    return verdict.kind === 'ok' ? verdict.arena : { damaged: `${file}: ${verdict.reason}` }
  }

  #read(file: string): void {
    const descriptor = openSync(file, 'r')
    try {
      const { size } = fstatSync(descriptor)
      this.#makeRoom(size)
      const bytes = new Uint8Array(this.#buffer)
      // The tables that were here before must not pass for those of an empty file.
      bytes.fill(0, 0, 64)
      for (let at = 0; at < size; ) {
        const octets = readSync(descriptor, bytes, at, Math.min(size - at, PIECE), at)
        if (octets === 0) break
        at += octets
      }
    } finally {
      closeSync(descriptor)
    }
  }

  #makeRoom(bytes: number): void {
    if (this.#buffer.byteLength >= Math.max(bytes, 1)) return
    const room = Math.max(bytes * HEADROOM, LEAST_BYTES)
    this.#buffer = new SharedArrayBuffer(Math.ceil(room / 65536) * 65536)
  }
}
