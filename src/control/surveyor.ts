import type { Millis } from '../base/brand.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import { NO_SURVEY, type Survey } from '../model/survey.ts'

/** A survey compiles the maps of a whole city database anew, which takes seconds: not more often than this (ROUTING section 4). */
export const SURVEY_MS = 5 * 60_000
/** An import is what an operator looks at now. It is surveyed as soon as it seems to be complete. */
export const IMPORT_QUIET_MS = 5_000

/** Decides when the leader takes stock of all measurements anew. */
export class Surveyor {
  #firstRowsAt: number | null = null
  #rowsAt = Number.NEGATIVE_INFINITY
  #importedAt = Number.NEGATIVE_INFINITY
  #surveyedAt = Number.NEGATIVE_INFINITY

  /** Measurements have arrived. */
  notice(imported: boolean, now: Millis): void {
    this.#firstRowsAt ??= now
    this.#rowsAt = now
    if (imported) this.#importedAt = now
  }

  /** The survey of the plan that follows `before`: the one that stands, or a new one of what that plan counts. `demand`: see {@link Survey}. */
  next(before: FleetPlan | null, now: Millis, demand: string): Survey {
    const survey = before?.survey ?? NO_SURVEY
    if (before === null) return survey
    const isDue = before.evidence !== '' && this.#isDue(survey, now)
    if (!isDue && demand === survey.demand) return survey
    this.#surveyedAt = now
    return { number: survey.number + 1, asOf: before.asOf, evidence: before.evidence, demand }
  }

  #isDue(survey: Survey, now: Millis): boolean {
    if (this.#rowsAt <= this.#surveyedAt || now - this.#rowsAt < IMPORT_QUIET_MS) return this.#isOverdue(survey, now)
    return survey.number === 0 || this.#importedAt > this.#surveyedAt || this.#isOverdue(survey, now)
  }

  /** Probers never fall quiet. */
  #isOverdue(survey: Survey, now: Millis): boolean {
    const last = survey.number === 0 ? (this.#firstRowsAt ?? now) : Math.max(this.#surveyedAt, survey.asOf)
    return this.#rowsAt >= last && now - last >= SURVEY_MS
  }
}
