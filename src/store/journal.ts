import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'

const MEGABYTE = 1024 * 1024
/** A journal below this is never rewritten. */
const REWRITE_BYTES = 8 * MEGABYTE
/** ... and above it when it has grown to this many times what the last rewriting left. */
const REWRITE_FACTOR = 3
/** What is written without being fsynced at once is fsynced after this time. */
const LAZY_SYNC_MS = 1_000
/** No line we write comes near; a longer one is damage and is skipped without being held in memory. */
const MAX_LINE_BYTES = 64 * MEGABYTE

interface Pending {
  readonly text: string
  readonly durable: boolean
  readonly apply: () => void
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

export interface JournalDeps {
  readonly file: string
  /** The whole state as lines: what a rewriting leaves. Called between two appends, never beside one. */
  readonly state: () => Iterable<string>
  /** A write failed: nothing can be kept until {@link Journal.rewrite} succeeds. */
  readonly onFailure: (reason: string) => void
}

/**
 * An append-only file of lines. All appends that wait together are written by one write and, if one of them asks for it, made durable by one
 * fdatasync. `apply` is called when the line is written, in the order of the calls and before the promise resolves.
 */
export class Journal {
  readonly #deps: JournalDeps
  #handle: FileHandle | null = null
  #queue: Pending[] = []
  #working: Promise<void> | null = null
  #failed = false
  #unsynced = false
  #syncTimer: NodeJS.Timeout | undefined
  #bytes = 0
  #rewriteAt = REWRITE_BYTES

  constructor(deps: JournalDeps) {
    this.#deps = deps
  }

  /** Opens the file for appending; `length` is where its last whole line ends, what follows is cut off. */
  async open(length: number): Promise<void> {
    await mkdir(dirname(this.#deps.file), { recursive: true })
    this.#handle = await open(this.#deps.file, 'a', 0o600)
    this.#failed = false
    await this.#handle.truncate(length)
    await syncFolder(dirname(this.#deps.file))
    this.#bytes = length
    this.#rewriteAt = Math.max(REWRITE_BYTES, length * REWRITE_FACTOR)
  }

  append(text: string, durable: boolean, apply: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ text, durable, apply, resolve, reject })
      this.#work()
    })
  }

  /** Writes the state anew: to make the file small, or to recover after a failed write. */
  async rewrite(): Promise<void> {
    while (this.#working !== null) await this.#working
    this.#working = this.#writeAnew()
    try {
      await this.#working
    } finally {
      this.#working = null
      if (this.#queue.length > 0) this.#work()
    }
  }

  /** Writes and fsyncs what waits. */
  async close(): Promise<void> {
    await this.#working
    clearTimeout(this.#syncTimer)
    const handle = this.#handle
    this.#handle = null
    if (handle === null) return
    if (this.#unsynced) await handle.datasync().catch(() => undefined)
    await handle.close()
  }

  #work(): void {
    this.#working ??= this.#drain().finally(() => {
      this.#working = null
      if (this.#queue.length > 0) this.#work()
    })
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0)
      try {
        if (this.#handle === null || this.#failed) throw new Error('the journal is not writable')
        await this.#write(this.#handle, batch)
        for (const { apply, resolve } of batch) {
          apply()
          resolve()
        }
        if (this.#bytes > this.#rewriteAt) await this.#shrink()
      } catch (error) {
        this.#fail(error)
        for (const { reject } of batch) reject(error)
      }
    }
  }

  /** That a rewriting fails (no room for a second file, say) does no harm: the old journal is whole and goes on. */
  async #shrink(): Promise<void> {
    try {
      await this.#writeAnew()
    } catch {
      this.#rewriteAt = this.#bytes + REWRITE_BYTES
    }
  }

  async #write(handle: FileHandle, batch: readonly Pending[]): Promise<void> {
    const bytes = Buffer.from(batch.map(each => each.text).join(''))
    await handle.appendFile(bytes)
    this.#bytes += bytes.length
    if (batch.some(each => each.durable)) await this.#sync(handle)
    else if (!this.#unsynced) {
      this.#unsynced = true
      this.#syncTimer = setTimeout(() => void this.#sync(handle).catch(error => this.#fail(error)), LAZY_SYNC_MS)
    }
  }

  async #sync(handle: FileHandle): Promise<void> {
    clearTimeout(this.#syncTimer)
    this.#unsynced = false
    if (this.#handle === handle) await handle.datasync()
  }

  /** New file, fsync, rename, fsync of the folder: at every moment one whole journal is on disk. */
  async #writeAnew(): Promise<void> {
    const { file, state } = this.#deps
    await mkdir(dirname(file), { recursive: true })
    await rm(`${file}.new`, { force: true })
    const fresh = await open(`${file}.new`, 'a', 0o600)
    try {
      const bytes = await writeLines(fresh, state())
      await fresh.sync()
      await rename(`${file}.new`, file)
      await syncFolder(dirname(file))
      const old = this.#handle
      this.#handle = fresh
      this.#failed = false
      this.#unsynced = false
      clearTimeout(this.#syncTimer)
      this.#bytes = bytes
      this.#rewriteAt = Math.max(REWRITE_BYTES, bytes * REWRITE_FACTOR)
      await old?.close().catch(() => undefined)
    } catch (error) {
      if (this.#handle !== fresh) await fresh.close().catch(() => undefined)
      throw error
    }
  }

  /** After a failed write or fsync nobody knows what is on disk (fsync reports an error once): only writing anew makes it sure again. */
  #fail(error: unknown): void {
    if (this.#failed) return
    this.#failed = true
    this.#deps.onFailure(error instanceof Error ? error.message : String(error))
  }
}

/**
 * Calls `each` with every whole line and its number (from 1); null stands for one that is too long to be ours. Returns where the last whole
 * line ends: what follows was torn by a crash. A file that is not there has no lines.
 */
export async function readJournal(file: string, each: (line: string | null, number: number) => void): Promise<number> {
  let rest: Buffer[] = []
  let restBytes = 0
  let number = 0
  let end = 0
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: MEGABYTE }) as AsyncIterable<Buffer>) {
      let from = 0
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        const bytes = restBytes + at - from
        const whole = bytes <= MAX_LINE_BYTES
        each(whole ? Buffer.concat([...rest, chunk.subarray(from, at)]).toString() : null, ++number)
        end += bytes + 1
        from = at + 1
        rest = []
        restBytes = 0
      }
      restBytes += chunk.length - from
      if (restBytes <= MAX_LINE_BYTES) rest.push(chunk.subarray(from))
      else rest = []
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return end
}

async function writeLines(handle: FileHandle, lines: Iterable<string>): Promise<number> {
  let bytes = 0
  let block = ''
  const flush = async () => {
    const data = Buffer.from(block)
    block = ''
    bytes += data.length
    await handle.appendFile(data)
    await breathe()
  }
  for (const line of lines) {
    block += line
    if (block.length > MEGABYTE / 4) await flush()
  }
  await flush()
  return bytes
}

/** A rename is durable only when the folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
