import { Worker } from 'node:worker_threads'
import { refused } from '../listen/bind-error.ts'
import { loadLibc } from '../listen/linux/libc.ts'
import { OpenSockets } from '../listen/linux/open-sockets.ts'
import type { AnswerSettings } from '../model/answer-settings.ts'
import { COUNTER_BYTES } from '../model/counters.ts'
import { DemandSketch, SKETCH_BYTES } from '../model/demand-sketch.ts'
import { GAUGE_BYTES } from '../model/gauges.ts'
import type { TablesMessage } from '../model/planner.ts'
import { QUERY_RING_BYTES } from '../model/query-ring.ts'
import { RESOLVER_SKETCH_BYTES, ResolverSketch } from '../model/resolver-sketch.ts'
import { Backoff } from './backoff.ts'
import type { LastMessages } from './crash-files.ts'
import { CRASH_RING_BYTES, CrashRing } from './crash-ring.ts'
import type { AnsweringOptions, FromAnswerer, ToAnswerer } from './protocol.ts'
import { mostOpen } from './udp-sockets.ts'

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 5_000
/** A thread that has not closed its sockets after this long is ended. */
const STOP_LIMIT_MS = 4_000

/** What a seat adds to what the pool tells a thread. */
export type OwnedBySeat =
  | 'role'
  | 'number'
  | 'counters'
  | 'demand'
  | 'resolvers'
  | 'queryRing'
  | 'gauges'
  | 'posted'
  | 'sockets'
  | 'crashRing'

/** What a seat needs of the pool it belongs to. */
export interface SeatHost {
  readonly entry: URL
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
  /** What a thread started now is told beside its own buffers. */
  briefing(): Omit<AnsweringOptions, OwnedBySeat>
  /** The thread serves what it was given, or is no more. */
  changed(): void
  /** Runs before the thread is started again. */
  ended(seat: Seat, death: Death): Promise<void>
}

export interface Death extends LastMessages {
  /** Tables that it was taking over when it died, with nothing else to blame. */
  readonly accused: TablesMessage | null
  readonly reason: string
}

/** One life of a seat's thread. */
interface Life {
  readonly thread: Worker
  readonly startedAt: number
  readonly sockets: SharedArrayBuffer
  listening: boolean
  /** What it was started with or given last. */
  holds: TablesMessage | null
  settings: AnswerSettings
  /** Tables given that it has not said to serve yet. */
  unanswered: number
  /** The same of settings. */
  unconfigured: number
  /** Why it could not bind; null when it did not say so. */
  failed: string | null
  error: string | null
  ended: boolean
}

/** The place of one answering thread: its counters and crash ring outlive the threads that sit here one after the other. */
export class Seat {
  readonly name: string
  readonly role: AnsweringOptions['role']
  readonly #number: number
  readonly counters = new SharedArrayBuffer(COUNTER_BYTES)
  readonly gauges = new SharedArrayBuffer(GAUGE_BYTES)
  readonly #demand = new SharedArrayBuffer(SKETCH_BYTES)
  /** What the thread counts by client block. */
  readonly sketch = DemandSketch.create(this.#demand, crypto.getRandomValues(new Uint32Array(3)))
  readonly #resolvers = new SharedArrayBuffer(RESOLVER_SKETCH_BYTES)
  /** And by resolver. */
  readonly resolvers = ResolverSketch.create(this.#resolvers, crypto.getRandomValues(new Uint32Array(3)))
  readonly #posted = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  readonly #crashRing = new SharedArrayBuffer(CRASH_RING_BYTES)
  /** Sampled queries on their way to the logs. */
  readonly queryRing = new SharedArrayBuffer(QUERY_RING_BYTES)
  readonly #backoff = new Backoff(FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS)
  readonly #host: SeatHost
  #life: Life | null = null
  #hasListened = false
  #stopped = false
  #restart: NodeJS.Timeout | undefined
  #lastFailure: string | null = null
  restarts = 0
  generation = 0
  /** What the living thread says an operator should act on. */
  troubles: readonly string[] = []

  /** `number`: among the seats of its role, from 0. */
  constructor(role: Seat['role'], number: number, name: string, host: SeatHost) {
    this.role = role
    this.#number = number
    this.name = name
    this.#host = host
  }

  get alive(): boolean {
    return this.#life !== null
  }

  serves(tables: TablesMessage | null): boolean {
    const life = this.#life
    return life?.listening === true && life.unanswered === 0 && life.holds === tables
  }

  /** Hands tables to a listening thread; one that is still starting gets them when it listens. */
  give(tables: TablesMessage): void {
    const life = this.#life
    if (life === null || !life.listening || life.holds === tables) return
    life.holds = tables
    life.unanswered++
    this.#post(life.thread, { kind: 'tables', tables })
  }

  /** True unless it listens and has not said yet that it goes by the settings it was given last. */
  get configured(): boolean {
    return this.#life?.listening !== true || this.#life.unconfigured === 0
  }

  /** Hands settings to the thread; one that is still starting gets them when it listens. */
  configure(settings: AnswerSettings): void {
    const life = this.#life
    if (life === null || !life.listening || life.settings === settings) return
    life.settings = settings
    life.unconfigured++
    this.#post(life.thread, { kind: 'settings', settings })
  }

  /**
   * Resolves when the thread listens; rejects when it cannot bind or dies before. From the first time it listens on, a dead thread is started
   * again.
   */
  start(): Promise<void> {
    const briefing = this.#host.briefing()
    const number = this.#number
    const { role, name, counters, queryRing, gauges } = this
    this.#posted[0] = 0
    new Float64Array(gauges).fill(0)
    const sockets = new SharedArrayBuffer(OpenSockets.octets(mostOpen(briefing.udp)))
    const own = { role, number, counters, gauges, posted: this.#posted.buffer, sockets, crashRing: this.#crashRing }
    const counted = { demand: this.#demand, resolvers: this.#resolvers, queryRing }
    const workerData: AnsweringOptions = { ...briefing, ...own, ...counted }
    const life: Life = {
      thread: new Worker(this.#host.entry, { name, workerData }),
      startedAt: Date.now(),
      sockets,
      listening: false,
      holds: briefing.tables,
      settings: briefing.settings,
      unanswered: 0,
      unconfigured: 0,
      failed: null,
      error: null,
      ended: false,
    }
    this.#life = life
    return new Promise((resolve, reject) => {
      life.thread.on('message', (message: FromAnswerer) => {
        this.#hear(life, message)
        if (message.kind === 'listening') resolve()
      })
      life.thread.on('error', error => {
        life.error = error.message
      })
      life.thread.on('exit', code => {
        const reason = life.error ?? `exit code ${code}`
        reject(life.failed === null ? new Error(`${name} died before it listened: ${reason}`) : refused(life.failed))
        void this.#ended(life, reason)
      })
    })
  }

  /** Ends the thread, which is then started again; resolves when it reads nothing any more. */
  async end(): Promise<void> {
    const life = this.#life
    if (life === null) return
    life.ended = true
    await life.thread.terminate()
  }

  /**
   * Grows about once a second while the thread makes progress, over all its lives; null while there is none that listens.
   */
  get beat(): number | null {
    return this.#life?.listening === true ? Atomics.load(this.#posted, 1) : null
  }

  /** Lets the thread answer what has come and close its sockets, and starts no other. `succeeded`: another process serves the addresses by now. */
  async stop(succeeded: boolean): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#restart)
    const thread = this.#life?.thread
    if (thread === undefined) return
    await new Promise<void>(resolve => {
      const limit = setTimeout(() => void thread.terminate(), STOP_LIMIT_MS)
      thread.once('exit', () => {
        clearTimeout(limit)
        resolve()
      })
      this.#post(thread, { kind: 'stop', succeeded })
    })
  }

  #post(thread: Worker, message: ToAnswerer): void {
    thread.postMessage(message)
    Atomics.add(this.#posted, 0, 1)
  }

  #hear(life: Life, message: FromAnswerer): void {
    if (message.kind === 'failed') {
      life.failed = message.message
      void life.thread.terminate()
      return
    }
    if (message.kind === 'troubles') {
      this.troubles = message.troubles
      return
    }
    if (message.kind === 'note') {
      this.#host.log('warn', `${this.name}: ${message.sentence}`)
      return
    }
    if (message.kind === 'listening') this.#listens(life, message.absent)
    else if (message.kind === 'configured') life.unconfigured--
    else {
      life.unanswered--
      this.generation = message.generation
    }
    this.#host.changed()
  }

  #listens(life: Life, absent: readonly string[]): void {
    const { log } = this.#host
    life.listening = true
    this.generation = life.holds?.generation ?? 0
    if (!this.#hasListened) for (const sentence of absent) log('warn', sentence)
    else log('info', `${this.name} listens again`)
    this.#hasListened = true
    this.#lastFailure = null
    // Tables and settings may have moved on while the thread was starting.
    const { tables, settings } = this.#host.briefing()
    this.configure(settings)
    if (tables !== null) this.give(tables)
  }

  async #ended(life: Life, reason: string): Promise<void> {
    this.#life = null
    this.troubles = []
    closeLeft(life)
    const death = this.#inquest(life, reason)
    // Who does not even start the first time is not tried again: `start` has said why.
    if (this.#stopped || !this.#hasListened) return this.#host.changed()
    this.restarts++
    const wait = this.#backoff.after(Date.now() - life.startedAt)
    this.#tell(life, reason)
    await this.#host.ended(this, death)
    if (this.#stopped) return
    // How the new thread fares is told when it listens or ends.
    this.#restart = setTimeout(() => void this.start().catch(() => undefined), wait)
  }

  /** Reads and empties the crash ring. */
  #inquest(life: Life, reason: string): Death {
    const ring = new CrashRing(this.#crashRing)
    const deadly = ring.unfinished()
    const messages = ring.messages()
    ring.reset()
    const taking = !life.listening || life.unanswered > 0
    const otherCause = life.ended || life.failed !== null || deadly !== null
    return { deadly, messages, reason, accused: taking && !otherCause ? life.holds : null }
  }

  /** A port that stays taken is told once, not at every try. */
  #tell(life: Life, reason: string): void {
    const { log } = this.#host
    if (life.failed === null) {
      if (!life.ended) log('error', `${this.name} died: ${reason}`)
      return
    }
    if (life.failed !== this.#lastFailure) {
      log('error', `${this.name} does not start and is tried again until it does: ${life.failed}`)
    }
    this.#lastFailure = life.failed
  }
}

/** Before anything is waited for: the kernel gives queries to what the dead has left open. */
function closeLeft({ sockets }: Life): void {
  const left = new OpenSockets(sockets)
  const verdict = left.count === 0 ? null : loadLibc()
  if (verdict?.kind === 'loaded') left.closeAll(verdict.libc)
}
