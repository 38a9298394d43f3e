import type { Millis } from '../base/brand.ts'
import { AUDIT_TEXT, type AuditAction, type AuditEntry, type Caller } from '../model/audit.ts'
import type { DrainIntent } from '../model/signals.ts'
import { type Store, StoreUnavailable } from '../store/store.ts'
import { describeEnd } from './describe-drain.ts'
import { Refusal } from './port.ts'

/** The calls of one import are told of together for so long. */
const TOGETHER_MS = 60_000
/** Entries that wait for the store; of more the oldest go. */
const MOST_WAITING = 200
const MOST_IMPORTS = 64
const NOBODY: Caller = { by: '', from: 'leader' }

export interface AuditTrailDeps {
  readonly store: Pick<Store, 'putAudit'>
  readonly now: () => Millis
  readonly log: (level: 'warn', message: string) => void
}

/** What is to be done, for the trail. */
export interface Deed {
  readonly action: AuditAction
  /** The cluster; '' for none. */
  readonly subject: string
  readonly what: string
}

/** Calls of an import since its last entry. */
interface Import {
  readonly caller: Caller
  readonly since: Millis
  rows: number
  failures: number
}

/**
 * Writes down every change that somebody asks for, whatever comes of it. Where the store is away entries wait in memory; a change never fails because it
 * could not be written down.
 */
export class AuditTrail {
  readonly #deps: AuditTrailDeps
  #waiting: AuditEntry[] = []
  readonly #imports = new Map<string, Import>()
  #writing: Promise<void> = Promise.resolve()

  constructor(deps: AuditTrailDeps) {
    this.#deps = deps
  }

  /** Does it and writes down what came of it. `verdict`: why the result means that it was refused; null: it was done. */
  async note<T>(
    caller: Caller,
    deed: Deed,
    work: () => Promise<T>,
    verdict: (result: T) => string | null = () => null,
  ): Promise<T> {
    const at = this.#deps.now()
    try {
      const result = await work()
      const why = verdict(result)
      await this.#put(entryOf(at, caller, deed, why === null ? 'done' : 'refused', why ?? ''))
      return result
    } catch (error) {
      await this.#put(entryOf(at, caller, deed, isRefusal(error) ? 'refused' : 'failed', messageOf(error)))
      throw error
    }
  }

  /** The time of a drain is over: nobody asked for it now. */
  noteEnd(drain: DrainIntent): Promise<void> {
    const deed = { action: 'drain-end', subject: drain.cluster, what: describeEnd(drain) } as const
    return this.note(NOBODY, deed, async () => undefined)
  }

  /** One call of an import, which may have thousands: the first is told of at once, those after it together. */
  async noteImport<T>(caller: Caller, rows: number, work: () => Promise<T>): Promise<T> {
    const key = `${caller.by} ${caller.from}`
    const open = this.#imports.get(key)
    if (open === undefined) {
      if (this.#imports.size < MOST_IMPORTS)
        this.#imports.set(key, { caller, since: this.#deps.now(), rows: 0, failures: 0 })
      return this.note(caller, importOf(`${rows} rows`), work)
    }
    try {
      const result = await work()
      open.rows += rows
      return result
    } catch (error) {
      open.failures++
      throw error
    }
  }

  /** Writes what has waited. */
  async tick(now: Millis): Promise<void> {
    for (const [key, open] of this.#imports) {
      if (now - open.since < TOGETHER_MS) continue
      this.#imports.delete(key)
      this.#close(open, now)
    }
    if (this.#waiting.length > 0) await this.#write()
  }

  async stop(): Promise<void> {
    const now = this.#deps.now()
    for (const open of this.#imports.values()) this.#close(open, now)
    this.#imports.clear()
    if (this.#waiting.length > 0) await this.#write()
  }

  #close({ caller, rows, failures }: Import, now: Millis): void {
    if (rows > 0) this.#queue(entryOf(now, caller, importOf(`${rows} more rows`), 'done', ''))
    if (failures > 0) this.#queue(entryOf(now, caller, importOf(`${failures} more calls`), 'failed', 'see the log'))
  }

  #put(entry: AuditEntry): Promise<void> {
    this.#queue(entry)
    return this.#write()
  }

  #queue(entry: AuditEntry): void {
    this.#waiting.push(entry)
    if (this.#waiting.length <= MOST_WAITING) return
    const lost = this.#waiting.shift()!
    this.#deps.log('warn', `audit: not kept, the store is away for too long: ${JSON.stringify(lost)}`)
  }

  /** One writer at a time, so that they stay in order. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        try {
          await this.#deps.store.putAudit(next)
        } catch (error) {
          if (!(error instanceof StoreUnavailable)) this.#deps.log('warn', `audit: ${messageOf(error)}`)
          return
        }
        if (this.#waiting[0] === next) this.#waiting.shift()
      }
    })
    return this.#writing
  }
}

const importOf = (what: string): Deed => ({ action: 'rtt-import', subject: '', what })

/** One entry, each of its texts on one line and cut to what the store takes. */
export function entryOf(
  at: Millis,
  { by, from }: Caller,
  { action, subject, what }: Deed,
  outcome: AuditEntry['outcome'],
  why: string,
): AuditEntry {
  return {
    at,
    action,
    subject: line(subject),
    by: line(by),
    from: line(from),
    what: line(what),
    outcome,
    why: line(why),
  }
}

const line = (text: string): string => text.slice(0, AUDIT_TEXT).replace(/\p{Cc}/gu, ' ')
const isRefusal = (error: unknown): boolean => error instanceof Refusal && error.code !== 'unavailable'
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
