import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { hashBytes } from '../base/hash.ts'
import { COUNTER_BYTES, readCounters } from '../model/counters.ts'
import type { Answerers, TablesMessage } from '../model/planner.ts'
import type { WorkerStatus } from '../model/status.ts'
import { CRASH_RING_BYTES, CrashRing } from './crash-ring.ts'
import type { AnsweringOptions, FromAnswerer, ToAnswerer } from './protocol.ts'

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 5_000
/** A worker that lived this long had a fault of the moment: its back-off begins anew. */
const SETTLED_MS = 60_000
/** A worker that has not taken new tables after this long is ended and restarted with them. */
const SWAP_LIMIT_MS = 10_000
/** Messages remembered as deadly; older ones are forgotten. */
const POISON_LIMIT = 1024

export interface PoolOptions {
  /** What every worker gets; role and buffers are the pool's. */
  readonly common: Omit<AnsweringOptions, 'role' | 'counters' | 'crashRing' | 'poison' | 'tables'>
  readonly queryWorkers: number
  readonly crashFolder: string
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
}

interface Seat {
  readonly name: string
  readonly role: 'query' | 'tcp'
  readonly counters: SharedArrayBuffer
  readonly crashRing: SharedArrayBuffer
  thread: Worker | null
  startedAt: number
  backoffMs: number
  restarts: number
  generation: number
}

/** The query and tcp threads: starts them, hands them tables, restarts the dead, and reads their counters (which outlive them). */
export class AnsweringPool implements Answerers {
  readonly #options: PoolOptions
  readonly #seats: Seat[]
  /** Hash of a deadly message -> workers it killed. */
  readonly #killers = new Map<number, number>()
  #tables: TablesMessage | null = null
  #onServing: (() => void) | null = null
  #stopping = false

  constructor(options: PoolOptions) {
    this.#options = options
    const seat = (role: Seat['role'], name: string): Seat => ({
      name,
      role,
      counters: new SharedArrayBuffer(COUNTER_BYTES),
      crashRing: new SharedArrayBuffer(CRASH_RING_BYTES),
      thread: null,
      startedAt: 0,
      backoffMs: FIRST_BACKOFF_MS,
      restarts: 0,
      generation: 0,
    })
    const query = Array.from({ length: options.queryWorkers }, (_, i) => seat('query', `query-${i}`))
    this.#seats = [...query, seat('tcp', 'tcp')]
  }

  /** Resolves when every worker listens; rejects with the first address that could not be bound. */
  async start(): Promise<void> {
    await Promise.all(this.#seats.map(seat => this.#startSeat(seat)))
  }

  async swap(tables: TablesMessage): Promise<void> {
    this.#tables = tables
    for (const seat of this.#seats) this.#send(seat, { kind: 'tables', tables })
    const lagging = () => this.#seats.filter(seat => seat.thread !== null && seat.generation !== tables.generation)
    await new Promise<void>(resolve => {
      const limit = setTimeout(() => {
        for (const seat of lagging()) {
          this.#options.log('error', `${seat.name} did not take generation ${tables.generation}: restarting it`)
          void seat.thread?.terminate()
        }
        done()
      }, SWAP_LIMIT_MS)
      const done = () => {
        clearTimeout(limit)
        this.#onServing = null
        resolve()
      }
      this.#onServing = () => {
        if (lagging().length === 0) done()
      }
      this.#onServing()
    })
  }

  statuses(): WorkerStatus[] {
    return this.#seats.map(({ name, role, generation, restarts, counters }) => ({
      name,
      role,
      generation,
      restarts,
      counters: readCounters(new Float64Array(counters)),
    }))
  }

  async stop(): Promise<void> {
    this.#stopping = true
    const ended = this.#seats.map(
      ({ thread }) =>
        new Promise<void>(resolve => {
          if (thread === null) return resolve()
          const limit = setTimeout(() => void thread.terminate(), 2_000)
          thread.once('exit', () => {
            clearTimeout(limit)
            resolve()
          })
          thread.postMessage({ kind: 'stop' } satisfies ToAnswerer)
        }),
    )
    await Promise.all(ended)
  }

  #startSeat(seat: Seat): Promise<void> {
    const workerData: AnsweringOptions = {
      ...this.#options.common,
      role: seat.role,
      counters: seat.counters,
      crashRing: seat.crashRing,
      poison: [...this.#killers].filter(([, kills]) => kills >= 2).map(([hash]) => hash),
      tables: this.#tables,
    }
    return new Promise((resolve, reject) => {
      const thread = new Worker(new URL('./answering-thread.js', import.meta.url), { name: seat.name, workerData })
      seat.thread = thread
      seat.startedAt = Date.now()
      seat.generation = this.#tables?.generation ?? 0
      thread.on('message', (message: FromAnswerer) => {
        if (message.kind === 'listening') {
          for (const sentence of message.absent) this.#options.log('warn', sentence)
          // Tables may have moved on while the thread was starting.
          if (this.#tables !== null) this.#send(seat, { kind: 'tables', tables: this.#tables })
          resolve()
        } else if (message.kind === 'failed') {
          reject(new Error(message.message))
        } else {
          seat.generation = message.generation
          this.#onServing?.()
        }
      })
      thread.on('error', error => this.#options.log('error', `${seat.name} died: ${error.message}`))
      thread.on('exit', () => void this.#ended(seat))
    })
  }

  async #ended(seat: Seat): Promise<void> {
    seat.thread = null
    this.#onServing?.()
    if (this.#stopping) return
    seat.restarts++
    await this.#keepEvidence(seat).catch((error: unknown) =>
      this.#options.log('error', `crash evidence not kept: ${String(error)}`),
    )
    if (Date.now() - seat.startedAt > SETTLED_MS) seat.backoffMs = FIRST_BACKOFF_MS
    const wait = seat.backoffMs
    seat.backoffMs = Math.min(LONGEST_BACKOFF_MS, 2 * wait)
    setTimeout(() => {
      if (this.#stopping) return
      this.#startSeat(seat).catch((error: unknown) =>
        this.#options.log('error', `${seat.name} does not start: ${String(error)}`),
      )
    }, wait)
  }

  async #keepEvidence(seat: Seat): Promise<void> {
    const ring = new CrashRing(seat.crashRing)
    const deadly = ring.unfinished()
    const messages = ring.messages()
    ring.reset()
    if (deadly !== null) {
      const hash = hashBytes(deadly)
      if (this.#killers.size >= POISON_LIMIT) this.#killers.delete(this.#killers.keys().next().value ?? 0)
      this.#killers.set(hash, (this.#killers.get(hash) ?? 0) + 1)
    }
    if (messages.length === 0) return
    const { crashFolder, log } = this.#options
    await mkdir(crashFolder, { recursive: true })
    const file = join(crashFolder, `${seat.name}-${Date.now()}.txt`)
    const text = messages.map(message => Buffer.from(message).toString('hex')).join('\n')
    await writeFile(
      file,
      `# last messages of ${seat.name}, oldest first, hex; ${deadly === null ? 'it died idle' : 'it died in the last one'}\n${text}\n`,
    )
    log('error', `${seat.name} died; its last ${messages.length} messages are in ${file}`)
  }

  #send(seat: Seat, message: ToAnswerer): void {
    seat.thread?.postMessage(message)
  }
}
