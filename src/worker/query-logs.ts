import { Worker } from 'node:worker_threads'
import { type LogCounts, type LogNames, QUERY_LOGS, type QueryLog, type QueryLogSettings } from '../model/query-logs.ts'
import { QueryRing } from '../model/query-ring.ts'
import { Backoff } from './backoff.ts'
import type { FromLogger, LoggerOptions, ToLogger } from './protocol.ts'

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 30_000
/** Once all logs are off, the thread goes on for so long: workers hear of it later, and what they sampled until then is none of the next log's. */
const LINGER_MS = 5_000
/** A thread that has not closed its files after this long is ended. */
const STOP_LIMIT_MS = 2_000

export interface QueryLogsOptions {
  /** Of all answering threads; laid out as model/query-ring says. */
  readonly rings: readonly SharedArrayBuffer[]
  /** Of the program. */
  readonly version: string
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
  /** Script of the thread. */
  readonly entry?: URL
  /** Left out: {@link LINGER_MS}. */
  readonly lingerMs?: number
}

/** The logs of queries, as the main thread sees them: a thread writes them, as long as there are any. Nothing here waits for it. */
export class QueryLogs {
  readonly #options: QueryLogsOptions
  readonly #rings: readonly QueryRing[]
  readonly #counts = new SharedArrayBuffer(2 * QUERY_LOGS.length * Float64Array.BYTES_PER_ELEMENT)
  readonly #backoff = new Backoff(FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS)
  #settings: QueryLogSettings | null = null
  #names: LogNames = { services: [], clusters: [] }
  #thread: Worker | null = null
  #restart: NodeJS.Timeout | undefined
  #ending: NodeJS.Timeout | undefined
  #troubles: readonly string[] = []
  #stopped = false

  constructor(options: QueryLogsOptions) {
    this.#options = options
    this.#rings = options.rings.map(ring => new QueryRing(ring))
  }

  /** These settings hold from now on; files that were moved away are left. */
  configure(settings: QueryLogSettings): void {
    this.#settings = settings
    clearTimeout(this.#ending)
    if (this.#thread === null) {
      if (this.#wanted) this.#start(settings)
      return
    }
    this.#tell({ kind: 'settings', settings })
    const { lingerMs = LINGER_MS } = this.#options
    if (!this.#wanted) this.#ending = setTimeout(() => this.#tell({ kind: 'stop' }), lingerMs)
  }

  /** True while any log is on. */
  get #wanted(): boolean {
    return this.#settings !== null && QUERY_LOGS.some(log => this.#settings![log] !== null)
  }

  /** To be told before anybody serves what the names are of. */
  learn(names: LogNames): void {
    this.#names = names
    this.#tell({ kind: 'names', names })
  }

  /** Records since the start. */
  counts(): Record<QueryLog, LogCounts> {
    const counts = new Float64Array(this.#counts)
    const of = (log: number): LogCounts => ({
      written: counts[2 * log]!,
      lost: this.#rings.reduce((sum, ring) => sum + ring.lost(log), counts[2 * log + 1]!),
    })
    return { queries: of(0), decisions: of(1), dnstap: of(2) }
  }

  /** What an operator should act on, a sentence each. */
  alarms(): readonly string[] {
    return this.#troubles
  }

  /** Has the rest written, and ends; to be called when nobody answers any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#restart)
    clearTimeout(this.#ending)
    const thread = this.#thread
    if (thread === null) return
    await new Promise<void>(resolve => {
      // It cannot even be ended while it waits for the reader of standard output.
      const limit = setTimeout(() => {
        void thread.terminate()
        resolve()
      }, STOP_LIMIT_MS)
      thread.once('exit', () => {
        clearTimeout(limit)
        resolve()
      })
      this.#tell({ kind: 'stop' })
    })
  }

  #start(settings: QueryLogSettings): void {
    const { rings, version, entry = new URL('./log-thread.js', import.meta.url), log } = this.#options
    const workerData: LoggerOptions = { rings, counts: this.#counts, version, settings, names: this.#names }
    const startedAt = Date.now()
    const thread = new Worker(entry, { name: 'log', workerData })
    this.#thread = thread
    thread.on('message', ({ troubles }: FromLogger) => this.#hear(troubles))
    thread.on('error', error => log('error', `the thread of the query logs died: ${error.message}`))
    thread.on('exit', () => {
      this.#thread = null
      this.#troubles = []
      clearTimeout(this.#ending)
      if (this.#stopped || !this.#wanted) return
      this.#restart = setTimeout(
        () => this.#settings !== null && this.configure(this.#settings),
        this.#backoff.after(Date.now() - startedAt),
      )
    })
  }

  #tell(message: ToLogger): void {
    this.#thread?.postMessage(message)
  }

  #hear(troubles: readonly string[]): void {
    const { log } = this.#options
    for (const trouble of troubles) if (!this.#troubles.includes(trouble)) log('warn', trouble)
    if (troubles.length === 0 && this.#troubles.length > 0) log('info', 'the logs of queries are written again')
    this.#troubles = troubles
  }
}
