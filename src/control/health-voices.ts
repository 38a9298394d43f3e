import { type Millis, millis } from '../base/brand.ts'
import type { Family } from '../base/ip.ts'
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
  /** Families by which it sees nothing. */
  readonly blind: readonly Family[]
  readonly verdicts: Map<string, HealthVerdict>
}

/** A monitor as it is shown. */
export interface MonitorView {
  readonly monitor: string
  readonly place: string
  readonly heardAt: Millis
  readonly blind: readonly Family[]
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

  /** Those heard of within {@link HEALTH_FRESH_MS}. One that is blind has nothing to say, unless nobody sees anything: see {@link believed}. */
  fresh(now: Millis): Places {
    const heard = this.#heard(now)
    const isBelieved = { 4: believed(heard, 4), 6: believed(heard, 6) }
    const places = new Map<string, Voice[]>()
    for (const { place, blind, verdicts } of heard) {
      const voices = places.get(place) ?? []
      places.set(place, voices)
      const speaks = { 4: isBelieved[4] || !blind.includes(4), 6: isBelieved[6] || !blind.includes(6) }
      voices.push((server, family) => (speaks[family] ? verdicts.get(keyOf(server, family)) : undefined))
    }
    return [...places.values()]
  }

  /** Those that are heard and not believed, for people: `fra-1 (IPv4)`. */
  blind(now: Millis): readonly string[] {
    const heard = this.#heard(now)
    const doubted = ([4, 6] as const).filter(family => !believed(heard, family))
    const named = heard.flatMap(({ name, blind }) =>
      doubted.filter(family => blind.includes(family)).map(family => `${name} (IPv${family})`),
    )
    return named.sort()
  }

  #heard(now: Millis): Monitor[] {
    return [...this.#monitors.values()].filter(({ heardAt }) => now - heardAt <= HEALTH_FRESH_MS)
  }

  /** How many places were heard of within {@link HEALTH_LIFETIME_MS}. */
  known(now: Millis): number {
    this.#forget(now)
    return new Set([...this.#monitors.values()].map(({ place }) => place)).size
  }

  /** By name. */
  monitors(now: Millis): MonitorView[] {
    this.#forget(now)
    const views = [...this.#monitors.values()].map(({ name, place, heardAt, blind, verdicts }) => ({
      monitor: name,
      place,
      heardAt,
      blind,
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
const identity = ({ monitor, place, blind = [], at }: HealthReport) => ({
  name: monitor,
  place: place ?? `/${monitor}`,
  blind,
  at,
})

/** True when every place is blind by the family, and there are several: networks of their own do not all go at once, so it is what they look at. */
function believed(heard: readonly Monitor[], family: Family): boolean {
  const places = new Set(heard.map(({ place }) => place))
  return places.size >= 2 && heard.every(({ blind }) => blind.includes(family))
}

/**
 * When a report was made, by our clock. That of the monitor may be wrong, but what it says later is later: only the first thing that the store has of it
 * may be old, and counts as no younger than it says.
 */
function heardAt(held: Monitor | undefined, report: HealthReport, now: Millis): Millis {
  if (held === undefined) return millis(Math.min(now, report.at))
  return held.at === report.at ? held.heardAt : now
}
