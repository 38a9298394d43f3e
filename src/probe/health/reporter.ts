import { type Millis, millis } from '../../base/brand.ts'
import type { Family } from '../../base/ip.ts'
import { HEALTH_EVERY_MS, type HealthReport, type HealthVerdict } from '../../model/health.ts'

/** Changes within so many ms make one report. */
const GATHER_MS = 100
/** Unasked, all verdicts are told once more so often: whoever lost some of them finds them again. */
const WHOLE_EVERY_MS = 60_000

export interface ReporterSettings {
  readonly name: string
  readonly place?: string
  /** Families by which it sees nothing now; asked for before the verdicts of every report. */
  readonly blind: () => readonly Family[]
  /** All verdicts there are. */
  readonly all: () => readonly HealthVerdict[]
  /** Takes a report; `incomplete`: it wants a whole one. Rejects when it cannot be kept. */
  readonly send: (report: HealthReport) => Promise<'kept' | 'incomplete'>
  readonly now: () => number
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/**
 * Tells what a monitor has found: everything first, then what changes, and now and then that it is still there. One report is under way at a
 * time; after one that was not kept comes a whole one, so that nothing is ever lost and nothing is ever queued.
 */
export class Reporter {
  readonly #settings: ReporterSettings
  readonly #changed = new Map<string, HealthVerdict>()
  #whole = true
  #wholeAt = Number.NEGATIVE_INFINITY
  #lastAt = 0
  #blind: readonly Family[] = []
  #timer: NodeJS.Timeout | undefined
  #gathering = false
  #busy = false
  #stopped = false
  /** The fault of the last report, so that it is told once. */
  #fault = ''
  sent = 0
  failed = 0

  constructor(settings: ReporterSettings) {
    this.#settings = settings
  }

  start(): void {
    this.#soon()
  }

  change(verdict: HealthVerdict): void {
    this.#changed.set(`${verdict.server}/${verdict.family}`, verdict)
    this.#soon()
  }

  /** The next report is whole, and comes soon. */
  tellAll(): void {
    this.#whole = true
    this.#soon()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #soon(): void {
    if (this.#gathering) return
    this.#gathering = true
    this.#arm(GATHER_MS)
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#stopped && !this.#busy) this.#timer = setTimeout(() => void this.#report(), ms)
  }

  async #report(): Promise<void> {
    this.#busy = true
    this.#gathering = false
    const report = this.#next()
    try {
      this.#whole ||= (await this.#settings.send(report)) === 'incomplete'
      this.sent++
      if (this.#fault !== '') this.#settings.log('info', 'health reports are kept again')
      this.#fault = ''
    } catch (error) {
      this.#whole = true
      this.failed++
      if (this.#fault === '') this.#settings.log('warn', `health reports are not kept: ${(error as Error).message}`)
      this.#fault = String(error)
    }
    this.#busy = false
    // A receiver that is not content with a whole report either gets the next one no sooner than any.
    const asked = this.#whole && this.#fault === '' && !report.whole
    this.#arm(this.#gathering || asked ? GATHER_MS : HEALTH_EVERY_MS)
  }

  #next(): HealthReport {
    const { name, place, all, now } = this.#settings
    const at = now()
    const before = this.#blind
    this.#blind = this.#settings.blind()
    // Who sees again has other verdicts than it told.
    const sees = before.some(family => !this.#blind.includes(family))
    const whole = this.#whole || sees || at - this.#wholeAt >= WHOLE_EVERY_MS
    const verdicts = whole ? all() : [...this.#changed.values()]
    this.#whole = false
    if (whole) this.#wholeAt = at
    this.#changed.clear()
    const blind = this.#blind.length === 0 ? {} : { blind: this.#blind }
    return { monitor: name, ...(place === undefined ? {} : { place }), ...blind, at: this.#moment(at), whole, verdicts }
  }

  /** No two reports are of one moment, whatever the clock does. */
  #moment(at: number): Millis {
    this.#lastAt = Math.max(this.#lastAt + 1, Math.floor(at))
    return millis(this.#lastAt)
  }
}
