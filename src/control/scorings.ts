import type { Millis } from '../base/brand.ts'
import { type FleetPlan, type HeldChoice, MOST_HELD } from '../model/fleet-plan.ts'
import type { HoldVerdict, Planner } from '../model/planner.ts'

/** Wins of a new first choice are counted this far apart (ROUTING section 4), a tick's jitter aside. */
const COUNT_MS = 59_000
/** A planner that is this long at something else is not waited for: what is held stays held. */
const PATIENCE_MS = 15_000
/** Tables that lag behind the plan are asked about again after this time. */
const AGAIN_MS = 1_000

/** Evidence for a plan to count. */
export interface EvidenceNow<P> {
  readonly asOf: Millis
  readonly evidence: string
  /** What goes with it and is no business of the planner's. */
  readonly pending: P
}

/** The same, and the first choices that are held when it counts. */
export interface Scored<P> extends EvidenceNow<P> {
  readonly held: readonly HeldChoice[]
}

interface Asked<P> extends EvidenceNow<P> {
  readonly since: Millis
  readonly before: Millis
  readonly counts: boolean
  at: Millis
  /** undefined: no answer yet; null: the planner cannot tell, because other tables are served. */
  verdict: HoldVerdict | null | undefined
}

/** Before a plan counts new evidence, has the planner say which blocks keep their first choice; the loop goes on meanwhile. */
export class Scorings<P> {
  readonly #planner: Pick<Planner, 'hold'>
  readonly #log: (level: 'info' | 'warn', message: string) => void
  #asked: Asked<P> | null = null
  /** null: what this node counted is of an earlier lease, or there was none. */
  #countedAt: number | null = null
  #beyond = 0

  constructor(planner: Pick<Planner, 'hold'>, log: (level: 'info' | 'warn', message: string) => void) {
    this.#planner = planner
    this.#log = log
  }

  get alarms(): readonly string[] {
    if (this.#beyond === 0) return []
    return [`first choices of ${this.#beyond} measured blocks change at once: no more than ${MOST_HELD} can be held`]
  }

  /** A new lease: another leader may have counted in between. */
  begin(): void {
    this.#asked = null
    this.#countedAt = null
  }

  /** What the plan after `before` takes over; null while the planner is at it: ask again at the next tick. */
  after(before: FleetPlan, ask: EvidenceNow<P>, now: Millis): Scored<P> | null {
    let asked = this.#asked
    if (asked === null || asked.before !== before.asOf) {
      // When the leader before counted is not in the plan: wins that it left behind may be as fresh as that.
      this.#countedAt ??= before.held.some(({ wins }) => wins > 0) ? before.asOf : Number.NEGATIVE_INFINITY
      const counts = ask.asOf - this.#countedAt >= COUNT_MS
      asked = { ...ask, since: now, before: before.asOf, counts, at: now, verdict: undefined }
      this.#asked = asked
      this.#ask(before, asked)
      return null
    }
    if (asked.verdict) return this.#end(asked, asked.verdict)
    if (now - asked.since >= PATIENCE_MS) return this.#end(asked, { held: before.held, beyond: 0 })
    if (asked.verdict === null && now - asked.at >= AGAIN_MS) {
      asked.at = now
      asked.verdict = undefined
      this.#ask(before, asked)
    }
    return null
  }

  #end(asked: Asked<P>, { held, beyond }: HoldVerdict): Scored<P> {
    this.#asked = null
    this.#beyond = beyond
    if (asked.counts) this.#countedAt = asked.asOf
    const { asOf, evidence, pending } = asked
    return { asOf, evidence, pending, held }
  }

  async #ask({ asOf: served, survey, held }: FleetPlan, asked: Asked<P>): Promise<void> {
    const { asOf, evidence, counts } = asked
    try {
      asked.verdict = await this.#planner.hold({ served, survey, held, asOf, evidence, counts })
    } catch (error) {
      this.#log('warn', `first choices are held as they are: ${String(error)}`)
      asked.verdict = { held, beyond: 0 }
    }
  }
}
