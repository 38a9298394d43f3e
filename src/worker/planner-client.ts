import { Worker } from 'node:worker_threads'
import type { Millis } from '../base/brand.ts'
import type { Allocation } from '../model/fleet-plan.ts'
import { GAUGE_BYTES, type GaugeReading, readGauges } from '../model/gauges.ts'
import type { Measurement } from '../model/measurement.ts'
import type { PlannedShare } from '../model/planned-share.ts'
import type {
  AnswerCounts,
  CompileJob,
  CompileVerdict,
  ExplainRequest,
  ExplainVerdict,
  HoldRequest,
  HoldVerdict,
  LevelsVerdict,
  LoadRequest,
  Planner,
  RttSummary,
  TableSet,
} from '../model/planner.ts'
import type { WorkerStatus } from '../model/status.ts'
import { packRows } from '../plan/measured-rows.ts'
import { Backoff } from './backoff.ts'
import type { FromPlanner, PlannerCalls, PlannerMethod, ToPlanner } from './protocol.ts'

/** Room for the parsed zones, places and measurements of a large deployment. */
const HEAP_MB = 8192
const FIRST_BACKOFF_MS = 400
const LONGEST_BACKOFF_MS = 10_000
const ENTRY = new URL('./planner-thread.js', import.meta.url)

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/**
 * The planner thread, seen from the main thread. When it dies, what was asked of it fails, and a new one is started; until then what is asked
 * fails at once, and what it is told is lost: `onRestart` tells it anew.
 */
export class PlannerClient implements Planner {
  readonly #log: (level: 'warn' | 'error', message: string) => void
  /** Called after a restart: the new thread knows no measurements. */
  readonly #onRestart: () => void
  readonly #answers: (now: Millis) => AnswerCounts
  readonly #mayKeep: () => boolean
  readonly #entry: URL
  readonly #waiting = new Map<number, Waiting>()
  /** null while a dead thread waits for its successor. */
  #thread: Worker | null
  #nextId = 1
  #stopping = false
  #restart: NodeJS.Timeout | undefined
  readonly #backoff = new Backoff(FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS)
  readonly #gauges = new SharedArrayBuffer(GAUGE_BYTES)
  restarts = 0

  /**
   * `answers`: what the answering threads have counted, for plans of the load; `mayKeep`: false while the state folder is another process's, and
   * tables are not written to it.
   */
  constructor(
    log: (level: 'warn' | 'error', message: string) => void,
    onRestart: () => void,
    {
      answers = () => ({}),
      mayKeep = () => true,
      entry = ENTRY,
    }: { answers?: (now: Millis) => AnswerCounts; mayKeep?: () => boolean; entry?: URL } = {},
  ) {
    this.#log = log
    this.#onRestart = onRestart
    this.#answers = answers
    this.#mayKeep = mayKeep
    this.#entry = entry
    this.#thread = this.#start()
  }

  /** Memory of the living thread; all 0 while there is none. */
  get memory(): GaugeReading {
    return readGauges(new Float64Array(this.#gauges))
  }

  status(generation: number): WorkerStatus {
    const { restarts, memory } = this
    return { name: 'planner', role: 'planner', generation, restarts, counters: null, memory }
  }

  measurements(rows: readonly Measurement[], position: string): void {
    const parcel = packRows(rows)
    const columns = Object.values(parcel.columns) as Uint8Array<ArrayBuffer>[]
    this.#send(
      { kind: 'measurements', rows: parcel, position },
      columns.map(({ buffer }) => buffer),
    )
  }

  /** Tells the planner which tables are served. */
  served(set: TableSet, live: SharedArrayBuffer): void {
    this.#send({ kind: 'served', set, live })
  }

  compile(job: CompileJob): Promise<CompileVerdict> {
    return this.#call('compile', job)
  }

  levels(request: LoadRequest): Promise<LevelsVerdict> {
    return this.#call('levels', { ...request, answers: this.#answers(request.now) })
  }

  allocate(request: LoadRequest): Promise<Allocation | null> {
    return this.#call('allocate', request)
  }

  hold(request: HoldRequest): Promise<HoldVerdict | null> {
    return this.#call('hold', request)
  }

  explain(request: ExplainRequest): Promise<ExplainVerdict> {
    return this.#call('explain', request)
  }

  shares(): Promise<readonly PlannedShare[] | null> {
    return this.#call('shares', null)
  }

  async persist(set: TableSet, file: string): Promise<void> {
    if (this.#mayKeep()) await this.#call('persist', { set, file })
  }

  async restore(set: TableSet, file: string): ReturnType<Planner['restore']> {
    const result = await this.#call('restore', { set, file })
    if (result !== null && 'damaged' in result) {
      this.#log('warn', `tables on disk are not used: ${result.damaged}`)
      return null
    }
    return result
  }

  rtt(): Promise<RttSummary> {
    return this.#call('rtt', null)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restart)
    await this.#thread?.terminate()
    this.#failAll('the planner was stopped')
  }

  #start(): Worker {
    const startedAt = Date.now()
    const thread = new Worker(this.#entry, {
      name: 'planner',
      workerData: this.#gauges,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    thread.on('message', (message: FromPlanner) => {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (message.kind === 'result') waiting?.resolve(message.result)
      else waiting?.reject(new Error(message.message))
    })
    thread.on('error', error => this.#log('error', `planner died: ${error.message}`))
    thread.on('exit', () => this.#ended(Date.now() - startedAt))
    return thread
  }

  #ended(livedMs: number): void {
    this.#thread = null
    new Float64Array(this.#gauges).fill(0)
    this.#failAll('the planner died')
    if (this.#stopping) return
    this.restarts++
    // A planner that dies at once must not spin.
    this.#restart = setTimeout(() => {
      this.#thread = this.#start()
      this.#onRestart()
    }, this.#backoff.after(livedMs)).unref()
  }

  #call<M extends PlannerMethod>(method: M, request: PlannerCalls[M]['request']): Promise<PlannerCalls[M]['result']> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      if (!this.#send({ kind: 'call', id, method, request })) {
        throw new Error(this.#stopping ? 'the planner was stopped' : 'the planner is being restarted')
      }
      this.#waiting.set(id, { resolve: result => resolve(result as PlannerCalls[M]['result']), reject })
    })
  }

  /** False while there is no living thread: the message is dropped. */
  #send(message: ToPlanner, transfer: readonly ArrayBuffer[] = []): boolean {
    this.#thread?.postMessage(message, transfer)
    return this.#thread !== null
  }

  #failAll(reason: string): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new Error(reason))
    this.#waiting.clear()
  }
}
