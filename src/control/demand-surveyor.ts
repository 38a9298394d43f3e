import type { Millis } from '../base/brand.ts'
import type { DemandTable } from '../model/demand.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import { demandDistance } from '../plan/join-demand.ts'
import { type Store, StoreUnavailable } from '../store/store.ts'
import { SURVEY_MS } from './surveyor.ts'

/** While nothing is known, or little, it is looked for what is known by now more often. */
const FIRST_LOOK_MS = 10_000
const EARLY_LOOK_MS = 60_000
/** A table that rests on fewer queries is an early one; four times as many are news even where the shares stay. */
const EARLY_QUERIES = 10_000
const MUCH_MORE = 4
/** Half of so many are believed: see weigh-demand.ts. */
const LEAST_QUERIES = 1_000
/** A report is one write: this long after it nothing more of it comes. */
const REPORT_QUIET_MS = 1_000
/** What could not be surveyed, or was not published, is looked at again after this time. */
const AGAIN_MS = 1_000
/** Demand of which less than this share is elsewhere than it was is the same: no map is compiled for it. */
const SAME_SHARE = 0.05

export interface DemandSurveyorDeps {
  readonly store: Store
  /** What the fleet knows now. */
  readonly join: (now: Millis) => Promise<DemandTable>
  readonly log: (level: 'info' | 'warn', message: string) => void
}

/** Decides, at the leader, when the demand has become another, and keeps the table that maps are then compiled from. */
export class DemandSurveyor {
  readonly #deps: DemandSurveyorDeps
  #lookedAt = Number.NEGATIVE_INFINITY
  #reportedAt: number | null = null
  /** What the last look named; null before the first. */
  #named: string | null = null
  /** The table in force, as far as it is known here. */
  #held: { readonly id: string; readonly table: DemandTable | null } = { id: '', table: null }

  constructor(deps: DemandSurveyorDeps) {
    this.#deps = deps
  }

  /** A report of demand was made or withdrawn. */
  noticeReport(now: Millis): void {
    this.#reportedAt = now
  }

  /** Id of the table that the plan after `before` counts: a new one where the demand has become another. Never rejects. */
  async look(before: FleetPlan | null, now: Millis): Promise<string> {
    const id = before?.survey.demand ?? ''
    if (before === null || !this.#isDue(id, now)) return id
    const reportedAt = this.#reportedAt
    this.#lookedAt = now
    this.#reportedAt = null
    try {
      this.#named = await this.#survey(id, now)
      return this.#named
    } catch (error) {
      if (error instanceof StoreUnavailable) this.#reportedAt ??= reportedAt
      else this.#deps.log('warn', `demand was not surveyed: ${String(error)}`)
      return id
    }
  }

  #isDue(id: string, now: Millis): boolean {
    const since = now - this.#lookedAt
    const isReported = this.#reportedAt !== null && now - this.#reportedAt >= REPORT_QUIET_MS
    // A plan that names another table than the last look did: the one after that look was not published.
    const isLost = this.#named !== null && this.#named !== id
    if ((isReported || isLost) && since >= AGAIN_MS) return true
    const isEarly = (this.#held.table?.queries ?? 0) < EARLY_QUERIES
    return since >= (id === '' ? FIRST_LOOK_MS : isEarly ? EARLY_LOOK_MS : SURVEY_MS)
  }

  async #survey(id: string, now: Millis): Promise<string> {
    const { store, join, log } = this.#deps
    const found = await join(now)
    if (this.#held.id !== id) this.#held = { id, table: id === '' ? null : await store.readDemand(id) }
    const { table } = this.#held
    if (table !== null && !isOther(table, found)) {
      // So that it is there for a nameserver that starts tomorrow.
      return store.putDemand(table)
    }
    if (found.total === 0 || !saysEnough(found)) return id
    const next = await store.putDemand(found)
    this.#held = { id: next, table: found }
    log(
      'info',
      `demand: ${found.rows.length} blocks of clients are known, of ${found.total.toPrecision(3)} queries/s in all`,
    )
    return next
  }
}

/** A handful of queries is chance, and no reason to compile the maps of a whole city database; a report is none. */
function saysEnough({ queries, rows }: DemandTable): boolean {
  return queries >= LEAST_QUERIES || rows.some(({ reported }) => reported)
}

function isOther(table: DemandTable, found: DemandTable): boolean {
  if (found.total === 0) return false
  const known = table.queries < EARLY_QUERIES && found.queries >= MUCH_MORE * Math.max(1, table.queries)
  return known || demandDistance(table, found) > SAME_SHARE
}
