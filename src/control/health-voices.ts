import { type Millis, millis } from '../base/brand.ts'
import {
  HEALTH_FRESH_MS,
  HEALTH_LIFETIME_MS,
  type HealthReport,
  type HealthVerdict,
  MOST_MONITORS,
  MOST_VERDICTS,
} from '../model/health.ts'
import type { Places, Voice } from '../plan/health/tally.ts'

interface Monitor {
  readonly name: string
  readonly place: string
  /** Of its last report, by its own clock: it only tells one report from another. */
  readonly at: Millis
  /** By our clock. */
  readonly heardAt: Millis
  readonly verdicts: Map<string, HealthVerdict>
}

/** A monitor as it is shown. */
export interface MonitorView {
  readonly monitor: string
  readonly place: string
  readonly heardAt: Millis
  readonly verdicts: number
}

/** What each monitor says, as last delivered by the store. */
export class HealthVoices {
  readonly #monitors = new Map<string, Monitor>()
  /** Grows with every verdict that is delivered. */
  news = 0

  hear(report: HealthReport, now: Millis): void {
    this.#forget(now)
    const held = this.#monitors.get(report.monitor)
    // Changes to what we do not have say too little: the next whole report says all.
    if (held === undefined && (!report.whole || this.#monitors.size >= MOST_MONITORS)) return
    const verdicts = held === undefined || report.whole ? new Map<string, HealthVerdict>() : held.verdicts
    for (const verdict of report.verdicts) verdicts.set(keyOf(verdict.server, verdict.family), verdict)
    if (report.whole || report.verdicts.length > 0) this.news++
    if (verdicts.size > MOST_VERDICTS) this.#monitors.delete(report.monitor)
    else this.#monitors.set(report.monitor, { ...identity(report), heardAt: heardAt(held, report, now), verdicts })
  }

  /** Those heard of within {@link HEALTH_FRESH_MS}. */
  fresh(now: Millis): Places {
    const places = new Map<string, Voice[]>()
    for (const { place, heardAt, verdicts } of this.#monitors.values()) {
      if (now - heardAt > HEALTH_FRESH_MS) continue
      const voices = places.get(place) ?? []
      places.set(place, voices)
      voices.push((server, family) => verdicts.get(keyOf(server, family)))
    }
    return [...places.values()]
  }

  /** How many places were heard of within {@link HEALTH_LIFETIME_MS}. */
  known(now: Millis): number {
    this.#forget(now)
    return new Set([...this.#monitors.values()].map(({ place }) => place)).size
  }

  /** By name. */
  monitors(now: Millis): MonitorView[] {
    this.#forget(now)
    const views = [...this.#monitors.values()].map(({ name, place, heardAt, verdicts }) => ({
      monitor: name,
      place,
      heardAt,
      verdicts: verdicts.size,
    }))
    return views.sort((a, b) => (a.monitor < b.monitor ? -1 : 1))
  }

  #forget(now: Millis): void {
    for (const [name, { heardAt }] of this.#monitors)
      if (now - heardAt > HEALTH_LIFETIME_MS) this.#monitors.delete(name)
  }
}

const keyOf = (server: string, family: 4 | 6): string => `${server}/${family}`
const identity = ({ monitor, place, at }: HealthReport) => ({ name: monitor, place: place ?? `/${monitor}`, at })

/**
 * When a report was made, by our clock. That of the monitor may be wrong, but what it says later is later: only the first thing that the store has of it
 * may be old, and counts as no younger than it says.
 */
function heardAt(held: Monitor | undefined, report: HealthReport, now: Millis): Millis {
  if (held === undefined) return millis(Math.min(now, report.at))
  return held.at === report.at ? held.heardAt : now
}
