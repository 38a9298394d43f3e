import { Worker } from 'node:worker_threads'
import type { HealthReport } from '../../model/health.ts'
import type { MonitorSettings } from '../../model/health-checks.ts'
import type { CheckCounts } from '../../model/health-status.ts'
import type { MonitorDeps, MonitorSummary } from './monitor.ts'
import type { FromMonitor, ToMonitor } from './protocol.ts'

const ENTRY = new URL('./thread.js', import.meta.url)
/** Between the death of a thread and its successor. */
const RESTART_MS = 1_000

/**
 * The health monitor in a thread of its own, seen from the thread that holds the store. There is one only while there is something to check. When
 * it dies it is started again, and knows nothing.
 */
export class MonitorThread {
  readonly #deps: MonitorDeps
  readonly #entry: URL
  #settings: MonitorSettings | null = null
  #thread: Worker | null = null
  #restart: NodeJS.Timeout | undefined
  #counts: readonly CheckCounts[] = []
  #summary: MonitorSummary | null = null
  #stopped = false
  restarts = 0

  constructor(deps: MonitorDeps, entry = ENTRY) {
    this.#deps = deps
    this.#entry = entry
  }

  /** Checks what `settings` say from now on; null, or no cluster in them: nothing. */
  configure(settings: MonitorSettings | null): void {
    if (this.#stopped) return
    this.#settings = settings !== null && settings.clusters.length > 0 ? settings : null
    if (this.#settings === null) void this.#end()
    else if (this.#thread === null) this.#start(this.#settings)
    else this.#tell({ kind: 'configure', settings: this.#settings })
  }

  /** Whoever takes the reports has lost some of them. */
  tellAll(): void {
    this.#tell({ kind: 'tell-all' })
  }

  /** What has been counted since the thread began, some seconds old; empty while nothing is checked. */
  get counts(): readonly CheckCounts[] {
    return this.#counts
  }

  /** As old as the counts; null while there are none. */
  get summary(): MonitorSummary | null {
    return this.#summary
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#settings = null
    await this.#end()
  }

  #start(settings: MonitorSettings): void {
    clearTimeout(this.#restart)
    const thread = new Worker(this.#entry, { name: 'monitor', workerData: settings })
    this.#thread = thread
    thread.on('message', (message: FromMonitor) => {
      if (this.#thread === thread) this.#hear(message)
    })
    thread.on('error', error => this.#deps.log('warn', `the health monitor died: ${error.message}`))
    thread.on('exit', () => {
      if (this.#thread === thread) this.#died()
    })
  }

  async #end(): Promise<void> {
    clearTimeout(this.#restart)
    const thread = this.#thread
    this.#forget()
    await thread?.terminate()
  }

  #died(): void {
    this.#forget()
    this.restarts++
    this.#restart = setTimeout(() => {
      if (this.#settings !== null) this.#start(this.#settings)
    }, RESTART_MS).unref()
  }

  #forget(): void {
    this.#thread = null
    this.#counts = []
    this.#summary = null
  }

  #tell(message: ToMonitor): void {
    this.#thread?.postMessage(message)
  }

  #hear(message: FromMonitor): void {
    if (message.kind === 'report') void this.#report(message.report, this.#thread)
    else if (message.kind === 'log') this.#deps.log(message.level, message.message)
    else {
      this.#counts = message.counts
      this.#summary = message.summary
    }
  }

  /** Word goes to the thread that the report came from: a successor waits for word of its own. */
  async #report(report: HealthReport, thread: Worker | null): Promise<void> {
    const tell = (message: ToMonitor): void => thread?.postMessage(message)
    try {
      tell({ kind: 'reported', kept: await this.#deps.report(report), fault: null })
    } catch (error) {
      tell({ kind: 'reported', kept: 'kept', fault: (error as Error).message })
    }
  }
}
