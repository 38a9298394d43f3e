import { REACTION_MS, undisturbed } from './reaction.ts'
import type { Attempt, ChaosRecord, Downtime, Query } from './record.ts'

/** In how long after the blow a resolver may still lose queries to a server that fell: then it has gone over to the others. */
const LOSS_MS = 2_000
/** What was on its way when the blow fell was sent a little earlier. */
const BEFORE_MS = 200

export interface Verdict {
  /** What went wrong first, in plain words; null = nothing. */
  readonly violation: string | null
  /** How many more went wrong. */
  readonly more: number
  readonly figures: Figures
}

export interface Figures {
  readonly queries: number
  /** Answered by the first server asked. */
  readonly atOnce: number
  /** Answered by the second or third. */
  readonly retried: number
  /** Answers that were given while some edge had been down for longer than the reaction time: the rule was put to the test. */
  readonly avoiding: number
  /** ms from an edge's going down to the last answer that had it. */
  readonly slowestReaction: number
}

interface Violation {
  readonly at: number
  readonly what: string
}

/**
 * Holds the record against what the nameservers promise: every query is answered within two retries; a server loses queries only just after it was struck
 * itself; every answer is one; and no answer has an edge that has been known to be down for longer than {@link REACTION_MS}, as long as others are up.
 */
export function judge(record: ChaosRecord): Verdict {
  const attempts = record.queries.flatMap(query => query.attempts)
  const answers = [...attempts, ...record.knocks]
  const found = [
    ...record.queries.flatMap(query => unanswered(query)),
    ...attempts.flatMap(attempt => lost(attempt, record.downtimes)),
    ...answers.flatMap(attempt => wrong(attempt)),
    ...answers.flatMap(attempt => downEdges(attempt, record)),
  ].sort((a, b) => a.at - b.at)
  const [first] = found
  return {
    violation: first === undefined ? null : `at ${seconds(first.at)} ${first.what}`,
    more: Math.max(0, found.length - 1),
    figures: figuresOf(record, answers),
  }
}

function unanswered({ block, attempts }: Query): Violation[] {
  if (attempts.some(({ outcome }) => outcome.kind !== 'silence')) return []
  const servers = attempts.map(({ server }) => server).join(', ')
  return [{ at: attempts[0]!.sentAt, what: `nobody answered ${block}: ${servers} were asked, a second each` }]
}

function lost({ server, sentAt, outcome }: Attempt, downtimes: readonly Downtime[]): Violation[] {
  if (outcome.kind !== 'silence') return []
  const own = downtimes.filter(({ name }) => name === server)
  if (own.some(({ from }) => sentAt >= from - BEFORE_MS && sentAt <= from + LOSS_MS)) return []
  return [{ at: sentAt, what: `${server} did not answer, ${lastBlow(own, sentAt)}` }]
}

function wrong({ server, endedAt, outcome }: Attempt): Violation[] {
  return outcome.kind === 'wrong' ? [{ at: endedAt, what: `${server} said ${outcome.what}` }] : []
}

function downEdges({ server, endedAt, outcome }: Attempt, record: ChaosRecord): Violation[] {
  if (outcome.kind !== 'answer' || downAt(record, endedAt).length === record.edges.length) return []
  return downAt(record, endedAt)
    .filter(({ name }) => outcome.edges.includes(name))
    .filter(({ from }) => undisturbed(from, endedAt, server, record.downtimes) > REACTION_MS)
    .map(({ name, blow, from }) => ({
      at: endedAt,
      what: `${server} gave out ${name}, down since ${seconds(from)} (${blow})`,
    }))
}

function figuresOf(record: ChaosRecord, answers: readonly Attempt[]): Figures {
  const first = record.queries.filter(({ attempts }) => attempts[0]!.outcome.kind === 'answer').length
  const second = record.queries.filter(({ attempts }) => attempts.slice(1).some(each => each.outcome.kind === 'answer'))
  const known = (server: string, at: number) =>
    downAt(record, at).some(({ from }) => undisturbed(from, at, server, record.downtimes) > REACTION_MS)
  return {
    queries: record.queries.length,
    atOnce: first,
    retried: second.length,
    avoiding: answers.filter(({ server, endedAt, outcome }) => outcome.kind === 'answer' && known(server, endedAt))
      .length,
    slowestReaction: Math.max(0, ...answers.flatMap(attempt => reactions(attempt, record))),
  }
}

/** How long the edges in this answer had been down. */
function reactions({ endedAt, outcome }: Attempt, record: ChaosRecord): number[] {
  if (outcome.kind !== 'answer') return []
  return downAt(record, endedAt).flatMap(({ name, from }) => (outcome.edges.includes(name) ? [endedAt - from] : []))
}

const downAt = ({ downtimes }: ChaosRecord, at: number): Downtime[] =>
  downtimes.filter(({ role, from, to }) => role === 'edge' && from <= at && at < (to ?? Number.POSITIVE_INFINITY))

function lastBlow(own: readonly Downtime[], at: number): string {
  const last = own.filter(({ from }) => from <= at).at(-1)
  return last === undefined
    ? 'and nothing had been done to it'
    : `${seconds(at - last.from)} after it was struck (${last.blow})`
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
