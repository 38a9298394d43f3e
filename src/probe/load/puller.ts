import { millis } from '../../base/brand.ts'
import type { LoadPull, PulledLoad } from '../../model/load-pull.ts'
import type { LoadSample } from '../../model/signals.ts'
import { Feed } from './feed.ts'

const TICK_MS = 100
/** Pages that are read at once. */
const MOST_AT_ONCE = 64
/** A target that has failed for so long is an alarm; a restart of a server takes less. */
const ALARM_AFTER_MS = 15_000

export interface PullerSettings {
  /** The targets of the configuration in force; the same array as long as it is in force. */
  readonly targets: () => readonly LoadPull[]
  readonly isLeader: () => boolean
  readonly put: (sample: LoadSample) => Promise<void>
  /** Unix ms. */
  readonly now: () => number
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/**
 * Reads the load of clusters where their edges expose it, for the whole fleet: only the leader reads, so that each target is read once an interval
 * however many nameservers there are. A standby holds no connection and no figures; when it takes over it reads every target within half an interval
 * and every counter a second time within the other half. Targets take their turns evenly, one never twice at once.
 */
export class LoadPuller {
  readonly #settings: PullerSettings
  readonly #counts = new Map<string, { readings: number; failures: number }>()
  readonly #underWay = new Set<Promise<void>>()
  #feeds: readonly Feed[] = []
  /** What the feeds were made from. */
  #targets: readonly LoadPull[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(settings: PullerSettings) {
    this.#settings = settings
  }

  start(): void {
    this.#timer = setInterval(() => this.tick(), TICK_MS)
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#keep([])
    await Promise.all(this.#underWay)
  }

  /** Reads every target whose turn has come. */
  tick(): void {
    const { targets, isLeader, now } = this.#settings
    this.#adopt(isLeader() ? targets() : [], now())
    for (const feed of this.#feeds) {
      if (this.#underWay.size >= MOST_AT_ONCE) return
      if (feed.busy || feed.dueAt > now()) continue
      const turn = this.#turn(feed)
      this.#underWay.add(turn)
      void turn.finally(() => this.#underWay.delete(turn))
    }
  }

  /** By cluster, in the order of the targets. */
  report(): readonly PulledLoad[] {
    const clusters = new Map<string, Feed[]>([...this.#counts.keys()].map(id => [id, []]))
    for (const feed of this.#feeds)
      clusters.set(feed.target.cluster, [...(clusters.get(feed.target.cluster) ?? []), feed])
    return [...clusters].map(([cluster, feeds]) => {
      const failing = feeds.filter(feed => feed.fault !== null).sort((a, b) => a.fault!.since - b.fault!.since)
      const counts = this.#counts.get(cluster) ?? { readings: 0, failures: 0 }
      const fault = failing[0] === undefined ? null : `${nameOf(failing[0].target)} ${failing[0].fault!.what}`
      return { cluster, targets: feeds.length, failing: failing.length, ...counts, fault }
    })
  }

  /** One sentence for each cluster whose load cannot be read in whole. */
  alarms(): readonly string[] {
    const long = this.#settings.now() - ALARM_AFTER_MS
    const standing = new Set(
      this.#feeds.filter(({ fault }) => fault !== null && fault.since <= long).map(({ target }) => target.cluster),
    )
    return this.report()
      .filter(({ cluster }) => standing.has(cluster))
      .map(
        ({ cluster, failing, targets, fault }) =>
          `load of ${cluster} cannot be read (${failing} of ${targets} addresses): ${fault}`,
      )
  }

  /** What stays the same keeps its readings: a reload starts no counter anew. */
  #adopt(targets: readonly LoadPull[], now: number): void {
    if (targets === this.#targets || (targets.length === 0 && this.#feeds.length === 0)) return
    this.#targets = targets
    const held = new Map(this.#feeds.map(feed => [JSON.stringify(feed.target), feed]))
    this.#keep(
      targets.map((target, i) => {
        const first = now + (target.interval / 2) * (i / targets.length)
        return held.get(JSON.stringify(target)) ?? new Feed(target, first)
      }),
    )
  }

  #keep(feeds: readonly Feed[]): void {
    const gone = this.#feeds.filter(feed => !feeds.includes(feed))
    this.#feeds = feeds
    for (const feed of gone) feed.cancel()
  }

  async #turn(feed: Feed): Promise<void> {
    const { now, put } = this.#settings
    const { cluster, server } = feed.target
    const counts = this.#counts.get(cluster) ?? { readings: 0, failures: 0 }
    this.#counts.set(cluster, counts)
    const wasReady = feed.isReady
    feed.busy = true
    try {
      const load = await feed.read(now)
      if (load !== null) {
        const sample = { cluster, value: load.value, at: millis(Math.floor(load.at)) }
        await put(server === undefined ? sample : { ...sample, server })
      }
      counts.readings++
      this.#recovered(feed)
    } catch (error) {
      if (!this.#feeds.includes(feed)) return
      counts.failures++
      this.#failed(feed, error instanceof Error ? error.message : String(error))
    } finally {
      feed.busy = false
      feed.schedule(now(), wasReady)
    }
  }

  #failed(feed: Feed, what: string): void {
    if (feed.fault === null)
      this.#settings.log('warn', `load of ${feed.target.cluster} cannot be read: ${nameOf(feed.target)} ${what}`)
    feed.fault = { what, since: feed.fault?.since ?? this.#settings.now() }
  }

  #recovered(feed: Feed): void {
    if (feed.fault === null) return
    const seconds = Math.round((this.#settings.now() - feed.fault.since) / 1000)
    this.#settings.log(
      'info',
      `load of ${feed.target.cluster} can be read again after ${seconds} s: ${nameOf(feed.target)}`,
    )
    feed.fault = null
  }
}

const nameOf = ({ server, url }: LoadPull): string => (server === undefined ? url : `${server} (${url})`)
