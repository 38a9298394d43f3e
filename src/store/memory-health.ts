import {
  HEALTH_LIFETIME_MS,
  type HealthReport,
  type HealthVerdict,
  MOST_MONITORS,
  MOST_VERDICTS,
} from '../model/health.ts'
import { packField } from './health-codec.ts'
import type { HealthKept } from './store.ts'

interface Voice {
  readonly report: HealthReport
  /** When it came, by our clock. */
  readonly heardAt: number
  readonly verdicts: Map<string, HealthVerdict>
}

/** What monitors say, by their names; lives no longer than the process. */
export class MemoryHealth {
  readonly #voices = new Map<string, Voice>()

  /** `report`: with verdicts that can be, see health-codec. */
  put(report: HealthReport, now: number): HealthKept {
    this.#forget(now)
    const held = this.#voices.get(report.monitor)
    if (!report.whole && held === undefined) return 'incomplete'
    if (held === undefined && this.#voices.size >= MOST_MONITORS) return 'incomplete'
    const verdicts = report.whole || held === undefined ? new Map<string, HealthVerdict>() : held.verdicts
    for (const verdict of report.verdicts) verdicts.set(packField(verdict), verdict)
    if (verdicts.size > MOST_VERDICTS) {
      this.#voices.delete(report.monitor)
      return 'incomplete'
    }
    this.#voices.set(report.monitor, { report, heardAt: now, verdicts })
    return 'kept'
  }

  /** For a newcomer: everything that counts at `now`. */
  whole(now: number): HealthReport[] {
    this.#forget(now)
    return [...this.#voices.values()].map(({ report, verdicts }) => ({
      ...report,
      whole: true,
      verdicts: [...verdicts.values()],
    }))
  }

  #forget(now: number): void {
    for (const [name, { heardAt }] of this.#voices) if (now - heardAt > HEALTH_LIFETIME_MS) this.#voices.delete(name)
  }
}
