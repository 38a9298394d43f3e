import type { Millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import type { AuditEntry } from '../model/audit.ts'
import { isOver } from '../model/drain.ts'
import type { DrainIntent } from '../model/signals.ts'
import { newestEntries } from './audit-order.ts'
import type { JournalEntry } from './journal-line.ts'
import type { MemoryState } from './memory-state.ts'
import type { StoreListener } from './store.ts'

export interface MemoryOperatorDeps {
  readonly state: Pick<MemoryState, 'intents' | 'audit'>
  readonly clock: Clock
  /** Throws while nothing can be kept. */
  readonly ready: () => Promise<void>
  /** Keeps one entry on disk and takes it up. */
  readonly put: (entry: JournalEntry, then: () => void) => Promise<void>
  readonly listener: () => StoreListener | null
}

/** What operators want, and what they did: the part of the embedded store that is for them. */
export class MemoryOperator {
  readonly #deps: MemoryOperatorDeps
  /** How many intents were given; the last one may not be taken up yet. */
  #given = 0
  #taken: Promise<unknown> = Promise.resolve()

  constructor(deps: MemoryOperatorDeps) {
    this.#deps = deps
  }

  async putIntent(cluster: string, intent: DrainIntent | null, asOf?: string): Promise<boolean> {
    await this.#deps.ready()
    if (asOf !== undefined && asOf !== String(this.#given)) return false
    this.#given++
    const entry: JournalEntry = intent === null ? { kind: 'restore', cluster } : { kind: 'intent', intent }
    const taken = this.#deps.put(entry, () => this.#deps.listener()?.onIntent(cluster, intent))
    this.#taken = taken.catch(() => undefined)
    await taken
    return true
  }

  async intentMark(): Promise<string> {
    await this.#deps.ready()
    const mark = String(this.#given)
    await this.#taken
    return mark
  }

  async readIntents(): Promise<readonly DrainIntent[]> {
    await this.#deps.ready()
    const now = this.#deps.clock.now()
    return [...this.#deps.state.intents.values()].filter(intent => !isOver(intent, now))
  }

  putAudit(entry: AuditEntry): Promise<void> {
    return this.#deps.put({ kind: 'audit', entry }, () => undefined)
  }

  async readAudit(since: Millis, most: number): Promise<readonly AuditEntry[]> {
    await this.#deps.ready()
    return newestEntries(this.#deps.state.audit, since, most)
  }
}
