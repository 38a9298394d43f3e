import { type Beat, Progress } from './progress.ts'
import type { ServiceManager } from './service-manager.ts'

/** What is looked for where no service manager says how long it waits, milliseconds. */
const USUAL_MS = 30_000
/** A thread tells of itself once a second: below this it could seem stuck on a machine that is merely busy. */
const LEAST_LIMIT_MS = 3_000

/**
 * Tells the service manager that all is well as long as every answering thread makes progress: the main loop does, or this would not run. When
 * it hears nothing more it kills the process and starts another.
 */
export class Watchdog {
  readonly #manager: ServiceManager
  readonly #beats: () => readonly Beat[]
  readonly #wholeMs: number
  #progress: Progress | null = null
  #timer: NodeJS.Timeout | undefined
  readonly #log: (level: 'error' | 'info', message: string) => void
  #stuck: readonly string[] = []

  constructor(
    manager: ServiceManager,
    beats: () => readonly Beat[],
    log: (level: 'error' | 'info', message: string) => void,
  ) {
    this.#wholeMs = manager.watchdogMs ?? USUAL_MS
    this.#manager = manager
    this.#beats = beats
    this.#log = log
  }

  /** To be called when the threads listen. */
  start(): void {
    this.#progress = new Progress(Math.max(LEAST_LIMIT_MS, this.#wholeMs / 3), performance.now())
    // Thrice in the time after which it is missed, and often enough to notice progress in time.
    this.#timer = setInterval(() => this.#look(), Math.min(1_000, this.#wholeMs / 3))
  }

  /** What an operator should act on, a sentence each. */
  alarms(): readonly string[] {
    return this.#stuck
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#stuck = []
  }

  #look(): void {
    const stuck = this.#progress?.stuck(this.#beats(), performance.now()) ?? []
    if (stuck.length > 0 && this.#stuck.length === 0) this.#log('error', `${stuck.join('; ')}: ${this.#consequence}`)
    if (stuck.length === 0 && this.#stuck.length > 0) this.#log('info', 'all answering threads make progress again')
    this.#stuck = stuck
    if (stuck.length === 0 && this.#manager.watchdogMs !== null) this.#manager.alive()
  }

  get #consequence(): string {
    return this.#manager.watchdogMs === null
      ? 'restart it'
      : 'the service manager is not told any more that all is well'
  }
}
