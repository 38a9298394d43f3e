import type { Millis } from '../base/brand.ts'
import { comparePosition } from '../base/position.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import { NO_SURVEY, type Survey } from '../model/survey.ts'

/** A survey compiles the maps of a whole city database anew, which takes seconds: not more often than this (ROUTING section 4). */
export const SURVEY_MS = 5 * 60_000
/** An import is what an operator looks at now. It is surveyed as soon as it seems to be complete. */
export const IMPORT_QUIET_MS = 5_000

/** Measurements of before a nameserver joined are counted in a plan by then. */
export const JOINED_MS = 10_000

/**
 * Decides when the leader takes stock of all measurements anew. What a survey counts already stands in the plan, so that one that was lost on its way
 * to the store is made again, and whoever takes over the lease does not repeat the last.
 */
export class Surveyor {
  #firstRowsAt: number | null = null
  #rowsAt = Number.NEGATIVE_INFINITY
  #importedAt = Number.NEGATIVE_INFINITY
  /** Position of the newest import. */
  #import = ''
  /** The positions of the last look; since when one is known that joined behind the survey, null = none. */
  #joined: ReadonlySet<string> = new Set()
  #joinedAt: number | null = null
  /** The newest survey that was seen in a plan, and since when. */
  #last = { number: -1, at: Number.NEGATIVE_INFINITY }

  /** Measurements have arrived, up to this position of the store's change log. */
  notice(position: string, imported: boolean, now: Millis): void {
    this.#firstRowsAt ??= now
    this.#rowsAt = now
    if (!imported) return
    this.#importedAt = now
    if (comparePosition(position, this.#import) > 0) this.#import = position
  }

  /** Is there an import behind this position? */
  isImportedSince(position: string): boolean {
    return comparePosition(this.#import, position) > 0
  }

  /**
   * The survey of the plan that follows `before`: the one that stands, or a new one of what that plan counts. `demand`: see {@link Survey}.
   * `joined`: from which positions on the nameservers of the fleet know every measurement. One that joined behind the survey has compiled it from newer
   * ones than the others: soon there is another, of measurements that all of them have.
   */
  next(before: FleetPlan | null, now: Millis, demand: string, joined: readonly string[] = []): Survey {
    const survey = before?.survey ?? NO_SURVEY
    if (before === null) return survey
    if (survey.number !== this.#last.number) {
      // Of one that was there before the first look its evidence says how old it is.
      this.#last = { number: survey.number, at: this.#last.number < 0 ? survey.asOf : now }
      this.#joinedAt = null
    }
    this.#noticeJoined(joined, survey, now)
    if (!this.#isDue(before, now) && demand === survey.demand) return survey
    return { number: survey.number + 1, asOf: before.asOf, evidence: before.evidence, demand }
  }

  #isDue({ survey, evidence }: FleetPlan, now: Millis): boolean {
    if (this.#firstRowsAt === null || evidence === survey.evidence) return false
    const isFirst = survey.evidence === ''
    if (!isFirst && this.#joinedAt !== null && now - this.#joinedAt >= JOINED_MS) return true
    if (now - (isFirst ? this.#firstRowsAt : this.#last.at) >= SURVEY_MS) return true
    if (isFirst) return now - this.#rowsAt >= IMPORT_QUIET_MS
    const isComplete = now - this.#importedAt >= IMPORT_QUIET_MS && !this.isImportedSince(evidence)
    return isComplete && this.isImportedSince(survey.evidence)
  }

  /** Each position is news once. One that is made up hides no other. */
  #noticeJoined(joined: readonly string[], { evidence }: Survey, now: Millis): void {
    const news = joined.filter(position => !this.#joined.has(position))
    if (news.some(position => comparePosition(position, evidence) > 0)) this.#joinedAt ??= now
    this.#joined = new Set(joined)
  }
}
