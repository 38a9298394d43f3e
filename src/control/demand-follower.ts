import { setTimeout as sleep } from 'node:timers/promises'
import type { Millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import { type DemandSummary, type DemandTable, NO_DEMAND } from '../model/demand.ts'
import { packTable } from '../model/demand-text.ts'
import type { Survey } from '../model/survey.ts'
import type { Store } from '../store/store.ts'

/** A map waits so long for the demand that it is to be compiled from; then it does without, until it is there. */
export const PATIENCE_MS = 2_000
const RETRY_MS = 500
const LOOK_MS = 20

/** A table of demand as the planner takes it. */
export interface TableText {
  readonly id: string
  readonly text: string
}

export const NO_TABLE: TableText = { id: '', text: '' }

/** Has the table of demand at hand that the plan in force names. */
export class DemandFollower {
  readonly #store: Store
  readonly #log: (level: 'warn', message: string) => void
  #held = NO_TABLE
  #table: DemandTable | null = null
  #wanted = ''
  #wantedAt = 0
  #askedAt = Number.NEGATIVE_INFINITY
  #asking = false
  #late = false

  constructor(store: Store, log: (level: 'warn', message: string) => void) {
    this.#store = store
    this.#log = log
  }

  /** Id of what {@link of} gave last. */
  get id(): string {
    return this.#held.id
  }

  /** The packed table of the survey; null while it is worth waiting for it. After that what there is: the table of the survey before, or ''. */
  of(survey: Survey, now: Millis): string | null {
    if (survey.demand === '') this.#hold(NO_TABLE, null)
    if (survey.demand === this.#held.id) {
      this.#late = false
      return this.#held.text
    }
    if (this.#wanted !== survey.demand) {
      this.#wanted = survey.demand
      this.#wantedAt = now
      this.#askedAt = Number.NEGATIVE_INFINITY
    }
    this.#ask(now)
    if (now - this.#wantedAt < PATIENCE_MS) return null
    if (!this.#late) this.#log('warn', `survey ${survey.number}: ${LATE}`)
    this.#late = true
    return this.#held.text
  }

  /** The same, once there is one. */
  async soon(survey: Survey, clock: Clock): Promise<TableText> {
    for (;;) {
      if (this.of(survey, clock.now()) !== null) return this.#held
      await sleep(LOOK_MS)
    }
  }

  /** The sentence for an operator while a map is served without the demand it should have. */
  get alarms(): readonly string[] {
    return this.#late ? [LATE] : []
  }

  get summary(): DemandSummary {
    const table = this.#table
    if (table === null) return NO_DEMAND
    const known = table.rows.reduce((sum, { qps }) => sum + qps, 0)
    return {
      blocks: table.rows.length,
      reported: table.rows.filter(({ reported }) => reported).length,
      qps: table.total,
      share: table.total > 0 ? Math.min(1, known / table.total) : null,
      at: table.at,
    }
  }

  #hold(held: TableText, table: DemandTable | null): void {
    this.#held = held
    this.#table = table
  }

  #ask(now: Millis): void {
    if (this.#asking || now - this.#askedAt < RETRY_MS) return
    this.#asking = true
    this.#askedAt = now
    const id = this.#wanted
    this.#store
      .readDemand(id)
      .then(
        table => {
          if (table !== null && this.#wanted === id) this.#hold({ id, text: packTable(table) }, table)
        },
        // The store is away: it is asked again.
        () => undefined,
      )
      .finally(() => {
        this.#asking = false
      })
  }
}

const LATE = 'the demand table that the plan names is not in the store: the map is compiled with what was known before'
