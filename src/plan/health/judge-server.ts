import type { Millis } from '../../base/brand.ts'
import { HEALTH_LIFETIME_MS } from '../../model/health.ts'
import type { DownCause, ServerVerdict } from '../../model/verdict.ts'
import { afterFall, faded, HELD_ABOVE, penaltyAt } from './penalty.ts'
import { warming } from './ramp.ts'
import type { Tally } from './tally.ts'

/** The two clocks: the leader's, and that of evidence, which stands while the store is away. */
export interface Moment {
  readonly now: Millis
  readonly evidence: Millis
}

/**
 * The verdict after `before`, by what the monitors say (null: nothing, or too few of them are heard). A pure step: whoever leads next goes on from
 * what the plan holds.
 *
 *   unknown --first majority--> up | down          without a slow start: nobody knows that it was away
 *   up --majority says down--> down                which costs a penalty
 *   down --majority says up--> up, warming         unless its penalty is too high: then it stays down, `flapping`, until that has faded
 *   any --nobody speaks--> as it was               and unknown after `patienceMs` of it; a tie changes nothing
 *
 * undefined: unknown.
 */
export function judgeServer(
  before: ServerVerdict | undefined,
  said: Tally | null,
  moment: Moment,
  patienceMs = HEALTH_LIFETIME_MS,
): ServerVerdict | undefined {
  if (said === null) return standStill(before, moment, patienceMs)
  const was = before === undefined ? null : before.up || before.cause === 'flapping'
  const says = said.up === said.down ? was : said.up > said.down
  if (says === null) return undefined
  return decided(before, says, was === true && !says, said, moment.now)
}

function decided(
  before: ServerVerdict | undefined,
  says: boolean,
  fell: boolean,
  said: Tally,
  now: Millis,
): ServerVerdict {
  const penalty = fell ? afterFall(before?.penalty, now) : faded(before?.penalty, now)
  const up = says && (before?.up === true || penaltyAt(penalty, now) <= HELD_ABOVE)
  const back = up && before?.up === false
  return {
    up,
    since: before?.up === up ? before.since : now,
    cause: up ? null : causeOf(before, says, said),
    voices: [says ? said.up : said.down, said.up + said.down],
    ...(penalty === undefined ? {} : { penalty }),
    ...(up ? warming(back ? now : before?.warmingSince, now) : {}),
  }
}

function causeOf(before: ServerVerdict | undefined, says: boolean, said: Tally): DownCause {
  if (says) return 'flapping'
  // In a tie nobody may have a cause to name.
  return said.cause ?? before?.cause ?? 'timeout'
}

function standStill(
  before: ServerVerdict | undefined,
  { now, evidence }: Moment,
  patienceMs: number,
): ServerVerdict | undefined {
  if (before === undefined) return undefined
  const silentSince = before.silentSince ?? evidence
  if (evidence - silentSince > patienceMs) return undefined
  const { ramp: _, warmingSince, ...rest } = before
  return { ...rest, silentSince, ...warming(warmingSince, now) }
}

/** Share of its clients that a server takes, 0..1. Before its first verdict it takes all. */
export function shareOf(verdict: ServerVerdict | undefined): number {
  if (verdict === undefined) return 1
  return verdict.up ? (verdict.ramp ?? 100) / 100 : 0
}

/** True when both are the same to answers and to people, however many say so. */
export function sameVerdict(a: ServerVerdict | undefined, b: ServerVerdict | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.up === b.up &&
    a.since === b.since &&
    a.cause === b.cause &&
    a.ramp === b.ramp &&
    a.penalty?.at === b.penalty?.at &&
    a.silentSince === b.silentSince
  )
}
