import { millis } from '../base/brand.ts'
import type { Measurement } from '../model/measurement.ts'
import { chooseSpeaker, type Method, type Path, pathsOf, SILENT_AFTER } from './block.ts'
import { lossOf, observe } from './smoothing.ts'
import type { Target } from './targets.ts'

export interface ProberSettings {
  readonly cluster: string
  readonly intervalMs: number
  /** Longest pause between two tries of a resolver that never answers. */
  readonly silentIntervalMs: number
  /** Packets per second, all targets together. */
  readonly budget: number
  readonly timeoutMs: number
  /** Tried in this order until one answers; from then on that one alone asks the target. */
  readonly methods: readonly Method[]
  readonly now: () => number
  /** 0..1, for jitter. */
  readonly random: () => number
  /** Takes a batch over; when it rejects, the rows are kept and offered again. */
  readonly write: (rows: readonly Measurement[]) => Promise<void>
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/** What a prober did so far. */
export interface ProberReport {
  readonly targets: number
  readonly answering: number
  readonly silent: number
  readonly sent: number
  readonly answered: number
  readonly written: number
  readonly writeFailures: number
}

const TICK_MS = 50
const WRITE_EVERY_MS = 1_000
/** Interval jitter: each pause is 1 +- this share, so that many probers do not march in step. */
const JITTER = 0.1

/**
 * Probes every target on its schedule and hands smoothed measurements to `write` once a second, one row a block. Targets that never answered
 * are tried ever more seldom. The packet budget is a hard limit: when it is spent, probes wait for their turn.
 */
export class Prober {
  readonly #settings: ProberSettings
  readonly #paths: Path[]
  readonly #unwritten = new Map<string, Measurement>()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #underWay = new Set<Promise<void>>()
  #next = 0
  #allowance = 0
  #refilledAt: number
  #sent = 0
  #answered = 0
  #written = 0
  #writeFailures = 0
  #writing = false

  constructor(targets: readonly Target[], settings: ProberSettings) {
    this.#settings = settings
    const now = settings.now()
    this.#refilledAt = now
    // The first round is spread over one interval (at most what the budget allows anyway).
    const spread = Math.min(settings.intervalMs, (targets.length * 1000) / settings.budget)
    this.#paths = pathsOf(targets, i => now + (spread * i) / targets.length)
  }

  start(): void {
    this.#warnOfBudget()
    this.#timers.push(setInterval(() => this.#probeDue(), TICK_MS))
    this.#timers.push(setInterval(() => void this.#write(), WRITE_EVERY_MS))
  }

  /** Ends the schedule, waits for probes under way and writes what is left: nothing half written. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#underWay)
    await this.#write()
  }

  report(): ProberReport {
    const answering = this.#paths.filter(path => path.smoothed.samples > 0 && path.misses === 0).length
    return {
      targets: this.#paths.length,
      answering,
      silent: this.#paths.filter(path => path.misses > 0).length,
      sent: this.#sent,
      answered: this.#answered,
      written: this.#written,
      writeFailures: this.#writeFailures,
    }
  }

  #warnOfBudget(): void {
    const { intervalMs, budget, log } = this.#settings
    const roundMs = (this.#paths.length * 1000) / budget
    if (roundMs <= intervalMs) return
    const each = `${this.#paths.length} targets at ${budget} packets/s take ${Math.ceil(roundMs / 1000)} s a round`
    log('warn', `${each}, longer than the interval of ${intervalMs / 1000} s; raise the budget or the interval`)
  }

  #probeDue(): void {
    const { now, budget } = this.#settings
    const at = now()
    this.#allowance = Math.min(budget, this.#allowance + ((at - this.#refilledAt) * budget) / 1000)
    this.#refilledAt = at
    // Begin where the last tick ended, so that a spent budget starves nobody.
    for (let i = 0; i < this.#paths.length && this.#allowance >= 1; i++) {
      const path = this.#paths[(this.#next + i) % this.#paths.length]!
      if (path.busy || path.dueAt > at) continue
      this.#next = (this.#next + i + 1) % this.#paths.length
      i = -1
      this.#allowance--
      const probe = this.#probe(path)
      this.#underWay.add(probe)
      void probe.finally(() => this.#underWay.delete(probe))
    }
  }

  async #probe(path: Path): Promise<void> {
    path.busy = true
    const rttMs = await this.#ask(path)
    const at = this.#settings.now()
    path.smoothed = observe(path.smoothed, rttMs, at)
    path.misses = rttMs === null ? path.misses + 1 : 0
    path.dueAt = at + this.#pause(path)
    path.busy = false
    if (rttMs !== null) this.#answered++
    // A block without a speaker never answered, which says nothing; one that stopped answering is lossy, and that is news.
    if (chooseSpeaker(path.block) === path) this.#keep(path, at)
  }

  /** Once a method has answered, its silence is loss: to try the next one would hide it. */
  async #ask(path: Path): Promise<number | null> {
    const { methods, timeoutMs } = this.#settings
    for (const [i, method] of (path.method === null ? methods : [path.method]).entries()) {
      this.#sent++
      if (i > 0) this.#allowance--
      const rttMs = await method(path.target, timeoutMs)
      if (rttMs === null) continue
      path.method = method
      return rttMs
    }
    return null
  }

  /** Only a target that never answered is left alone for longer: of one that fell silent the map must know when it is back. */
  #pause({ misses, smoothed }: Path): number {
    const { intervalMs, silentIntervalMs, random } = this.#settings
    const backsOff = smoothed.samples === 0 && misses >= SILENT_AFTER
    const doubled = intervalMs * 2 ** Math.min(20, misses - SILENT_AFTER + 1)
    // Never shorter than the interval, even where the silent interval is.
    const pause = backsOff ? Math.max(intervalMs, Math.min(silentIntervalMs, doubled)) : intervalMs
    return pause * (1 - JITTER + 2 * JITTER * random())
  }

  #keep({ target, block, smoothed }: Path, at: number): void {
    const row: Measurement = {
      prefix: target.prefix,
      cluster: this.#settings.cluster,
      // Below a microsecond the clock says nothing; 0 would be no RTT at all.
      rttMs: Math.max(0.001, smoothed.srttMs),
      rttVarMs: smoothed.rttVarMs,
      loss: lossOf(smoothed),
      samples: Math.min(smoothed.samples, 100),
      measuredAt: millis(Math.floor(at)),
      source: 'probe',
    }
    this.#unwritten.set(block.key, row)
  }

  async #write(): Promise<void> {
    if (this.#writing || this.#unwritten.size === 0) return
    this.#writing = true
    const rows = [...this.#unwritten]
    this.#unwritten.clear()
    try {
      await this.#settings.write(rows.map(([, row]) => row))
      this.#written += rows.length
    } catch (error) {
      if (this.#writeFailures++ === 0) this.#settings.log('warn', `measurements wait: ${String(error)}`)
      // A newer row of the same block may have come meanwhile: it stays.
      for (const [key, row] of rows) if (!this.#unwritten.has(key)) this.#unwritten.set(key, row)
    } finally {
      this.#writing = false
    }
  }
}
