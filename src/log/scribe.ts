import {
  type LineLogSettings,
  LOG_DECISIONS,
  LOG_DNSTAP,
  LOG_QUERIES,
  type LogNames,
  QUERY_LOGS,
  type QueryLog,
  type QueryLogSettings,
} from '../model/query-logs.ts'
import { newRingRecord, type QueryRing, type RingRecord } from '../model/query-ring.ts'
import { DNSTAP_CONTENT, DnstapFrames } from './dnstap.ts'
import { FileOutlet } from './file-outlet.ts'
import { JsonLines } from './json-lines.ts'
import type { Outlet, Tally } from './outlet.ts'
import { SocketOutlet } from './socket-outlet.ts'

export interface ScribeOptions {
  readonly rings: readonly QueryRing[]
  /** Written and lost records of each log of {@link QUERY_LOGS}, two numbers each; only ever added to. */
  readonly counts: Float64Array
  /** Of the program, for dnstap. */
  readonly version: string
}

/** Records of one ring in one go, so that no ring has to wait long for its turn. */
const MOST_AT_ONCE = 2_048

/** An outlet, and the settings that it was made from. */
interface Desk {
  readonly outlet: Outlet
  readonly made: string
}

/** Reads the rings of all workers and writes what is in them to their logs. */
export class Scribe {
  readonly #options: ScribeOptions
  readonly #record = newRingRecord()
  readonly #desks = new Map<QueryLog, Desk>()
  #names: LogNames = { services: [], clusters: [] }
  #lines = new JsonLines(false)
  #frames: DnstapFrames | null = null

  constructor(options: ScribeOptions) {
    this.#options = options
  }

  /** From now on these settings hold. Outlets whose settings are the same stay open. */
  configure(settings: QueryLogSettings): void {
    const { queries, decisions, dnstap, clients } = settings
    const block = clients === 'block'
    this.#lines = new JsonLines(block)
    this.#lines.names = this.#names
    this.#frames = dnstap === null ? null : new DnstapFrames(dnstap, this.#options.version, block)
    const lines = ({ file, maxSize }: LineLogSettings, tally: Tally) =>
      new FileOutlet({ file, maxSize, content: null, tally })
    this.#furnish('queries', queries && { file: queries.file, maxSize: queries.maxSize }, tally =>
      lines(queries!, tally),
    )
    this.#furnish('decisions', decisions && { file: decisions.file, maxSize: decisions.maxSize }, tally =>
      lines(decisions!, tally),
    )
    this.#furnish('dnstap', dnstap?.to ?? null, tally => {
      const { to } = dnstap!
      const common = { content: DNSTAP_CONTENT, tally }
      return 'socket' in to ? new SocketOutlet({ ...to, ...common }) : new FileOutlet({ ...to, ...common })
    })
  }

  /** What services and clusters are called from now on. */
  learn(names: LogNames): void {
    this.#names = names
    this.#lines.names = names
  }

  /** Share of the fullest ring that waits to be written, 0..1. */
  get filled(): number {
    return Math.max(0, ...this.#options.rings.map(ring => ring.filled))
  }

  /** Writes what is there; true when there may be more. */
  drain(): boolean {
    let more = false
    for (const ring of this.#options.rings)
      if (ring.drain(this.#record, record => this.#log(record), MOST_AT_ONCE) === MOST_AT_ONCE) more = true
    for (const { outlet } of this.#desks.values()) outlet.flush()
    return more
  }

  /** To be called about once a second. */
  tick(): void {
    for (const { outlet } of this.#desks.values()) outlet.tick()
  }

  /** What an operator should act on, a sentence each. */
  get troubles(): string[] {
    return [...this.#desks].flatMap(([log, { outlet }]) =>
      outlet.trouble === null ? [] : [`log.${log}: ${outlet.trouble}`],
    )
  }

  async close(): Promise<void> {
    while (this.drain());
    await Promise.all([...this.#desks.values()].map(({ outlet }) => outlet.close()))
  }

  #furnish(log: QueryLog, settings: unknown, make: (tally: Tally) => Outlet): void {
    const made = JSON.stringify(settings)
    const desk = this.#desks.get(log)
    if (desk?.made === made) return
    this.#desks.delete(log)
    void desk?.outlet.close()
    if (settings !== null) this.#desks.set(log, { outlet: make(this.#tally(log)), made })
  }

  #log(record: RingRecord): void {
    const { logs } = record
    if ((logs & LOG_QUERIES) !== 0) this.#put('queries', outlet => outlet.put(Buffer.from(this.#lines.query(record))))
    if ((logs & LOG_DECISIONS) !== 0)
      this.#put('decisions', outlet => outlet.put(Buffer.from(this.#lines.decision(record))))
    if ((logs & LOG_DNSTAP) !== 0)
      this.#put('dnstap', outlet => this.#frames?.frames(record, frame => outlet.put(frame)))
  }

  /** What a worker put into the ring before it heard that the log is off goes nowhere. A fault of ours costs one record. */
  #put(log: QueryLog, write: (outlet: Outlet) => void): void {
    const desk = this.#desks.get(log)
    if (desk === undefined) return
    try {
      write(desk.outlet)
    } catch {
      this.#tally(log).lost++
    }
  }

  #tally(log: QueryLog): Tally {
    const { counts } = this.#options
    const at = 2 * QUERY_LOGS.indexOf(log)
    return {
      get written() {
        return counts[at]!
      },
      set written(value: number) {
        counts[at] = value
      },
      get lost() {
        return counts[at + 1]!
      },
      set lost(value: number) {
        counts[at + 1] = value
      },
    }
  }
}
