import { type Millis, millis } from '../base/brand.ts'
import { AUDIT_ACTIONS, AUDIT_OUTCOMES, type AuditEntry } from '../model/audit.ts'
import { LONGEST_RAMP_MS } from '../model/drain.ts'
import {
  type Allocation,
  type ClusterPlan,
  type CookieRing,
  type FleetPlan,
  type HeldChoice,
  MOST_HELD,
} from '../model/fleet-plan.ts'
import { type DrainIntent, type LoadSample, MOST_LOAD, type NodeReport } from '../model/signals.ts'
import { NO_SURVEY, type Survey } from '../model/survey.ts'
import { MOST_PLAN_NUMBER } from './plan-order.ts'
import { isClusterId, MAX_CLOCK_LEAD_MS } from './row-codec.ts'
import { readMonitors, readVerdicts } from './verdict-codec.ts'

/**
 * The gate for everything but measurements: JSON from Redis or from the journal becomes a value of the model, or null when it is not one.
 * Unknown fields are dropped, so that an older program reads what a newer one wrote.
 */
export const MAX_TEXT_OCTETS = 16 * 1024
/** The planner's memory is in the plan: some 100 bytes for each cluster and group of blocks. */
export const MAX_PLAN_OCTETS = 16 * 1024 * 1024

type Fields = Readonly<Record<string, unknown>>

/**
 * `value`, unless its time is too far ahead of `now`: what comes later would count as older until then. For what others say; what this process has kept
 * itself counts, whatever the clock says now.
 */
export function believable<T>(value: T | null, time: (value: T) => Millis, now: Millis): T | null {
  return value !== null && time(value) <= latestBelievable(now) ? value : null
}

export const latestBelievable = (now: Millis): Millis => millis(now + MAX_CLOCK_LEAD_MS)

/** The value of a JSON text; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function readIntent(value: unknown): DrainIntent | null {
  if (!isFields(value)) return null
  const { cluster, percent, reason, by, since, until, from, rampMs } = value
  if (!isText(cluster) || !isClusterId(cluster) || !isText(reason) || !isText(by)) return null
  if (!isNumber(percent, 0, 100) || !isMoment(since)) return null
  if (until !== undefined && until !== null && !isMoment(until)) return null
  return {
    ...{ cluster, percent, reason, by, since: millis(since) },
    ...(isMoment(until) ? { until: millis(until) } : {}),
    ...(isNumber(from, 0, 100) ? { from } : {}),
    ...(isNumber(rampMs, 0, LONGEST_RAMP_MS) ? { rampMs } : {}),
  }
}

export function readNode(value: unknown): NodeReport | null {
  if (!isFields(value)) return null
  const { node, at, generation, configHash, geoHash, leader, planSeq, planToken, builtAt, alarms, stopped } = value
  const { knowsSince } = value
  if (!isText(node) || !isMoment(at) || !isText(configHash) || !isText(geoHash)) return null
  if (!isCount(generation) || !isCount(planSeq) || typeof leader !== 'boolean') return null
  return {
    ...{ node, at: millis(at), generation, configHash, geoHash, leader, planSeq },
    ...(isCount(planToken) ? { planToken } : {}),
    ...(isMoment(builtAt) ? { builtAt } : {}),
    ...(isCount(alarms) ? { alarms } : {}),
    ...(isText(knowsSince) && /^\d{1,16}-\d{1,16}$/.test(knowsSince) ? { knowsSince } : {}),
    ...(stopped === true ? { stopped } : {}),
  }
}

export function readAuditEntry(value: unknown): AuditEntry | null {
  if (!isFields(value)) return null
  const { at, action, subject, by, from, what, outcome, why } = value
  if (!isMoment(at) || !isText(subject) || !isText(by) || !isText(from) || !isText(what) || !isText(why)) return null
  const known = AUDIT_ACTIONS.find(each => each === action)
  const came = AUDIT_OUTCOMES.find(each => each === outcome)
  if (known === undefined || came === undefined) return null
  return { at: millis(at), action: known, subject, by, from, what, outcome: came, why }
}

export function readPlan(value: unknown): FleetPlan | null {
  if (!isFields(value)) return null
  const { token, seq, by, at, asOf, evidence, gated, survey, allocation, held, clusters, cookies, levelState, alarms } =
    value
  const monitors = readMonitors(value.monitors)
  if (!isPlanNumber(token) || !isPlanNumber(seq) || !isText(by) || !isMoment(at) || !isMoment(asOf)) return null
  if (!isText(evidence) || !(evidence === '' || isPosition(evidence)) || !isFields(clusters)) return null
  if (!Array.isArray(alarms) || !alarms.every(isText)) return null
  const plans: [string, ClusterPlan][] = []
  for (const [id, entry] of Object.entries(clusters)) {
    const plan = readClusterPlan(entry)
    if (plan === null || !isClusterId(id)) return null
    plans.push([id, plan])
  }
  const moments = { at: millis(at), asOf: millis(asOf) }
  return {
    token,
    seq,
    by,
    ...moments,
    evidence,
    gated: gated === true,
    survey: readSurvey(survey) ?? NO_SURVEY,
    allocation: readAllocation(allocation),
    held: readHeld(held),
    clusters: Object.fromEntries(plans),
    ...(monitors === null ? {} : { monitors }),
    cookies: readCookieRing(cookies),
    levelState,
    alarms,
  }
}

/** null: the plan is of a version that knew none, or it makes no sense. */
function readSurvey(value: unknown): Survey | null {
  if (!isFields(value)) return null
  const { number, asOf, evidence, demand = '' } = value
  if (!isCount(number) || !isMoment(asOf) || !(evidence === '' || isPosition(evidence))) return null
  return isText(demand) ? { number, asOf: millis(asOf), evidence, demand } : null
}

function readAllocation(value: unknown): Allocation | null {
  if (!isFields(value)) return null
  const { survey, at, floors, planned } = value
  if (!isCount(survey) || !isMoment(at) || !isFields(floors) || !isFields(planned)) return null
  if (!isByCluster(floors, 256) || !isByCluster(planned, Number.MAX_VALUE)) return null
  return { survey, at: millis(at), floors: { ...floors }, planned: { ...planned } }
}

function isByCluster(fields: Fields, most: number): fields is Readonly<Record<string, number>> {
  return Object.entries(fields).every(([id, value]) => isClusterId(id) && isNumber(value, 0, most))
}

function readHeld(value: unknown): readonly HeldChoice[] {
  return Array.isArray(value) && value.length <= MOST_HELD && value.every(isHeld) ? value : []
}

function isHeld(value: unknown): value is HeldChoice {
  if (!isFields(value)) return false
  const { service, prefix, cluster, wins, terms } = value
  return isText(service) && isText(prefix) && isText(cluster) && isCount(wins) && isCount(terms)
}

/** A ring that makes no sense counts as none: the leader then makes another. */
function readCookieRing(value: unknown): CookieRing | null {
  if (!isFields(value)) return null
  const { secrets, active, since } = value
  if (!Array.isArray(secrets) || secrets.length > 2 || !secrets.every(isSecret)) return null
  if (!isMoment(since) || !isCount(active) || active >= secrets.length) return null
  return { secrets, active, since: millis(since) }
}

function readClusterPlan(value: unknown): ClusterPlan | null {
  if (!isFields(value)) return null
  const { health, drainPercent, drain, level, load, stale, serving } = value
  if (health !== 'up' && health !== 'degraded' && health !== 'down') return null
  if (!isNumber(drainPercent, 0, 100) || !isNumber(level, 0, 256) || typeof stale !== 'boolean') return null
  const intent = drain === undefined ? null : readIntent(drain)
  const more = { ...(isServing(serving) ? { serving } : {}), ...(intent === null ? {} : { drain: intent }) }
  const plan = { health, ...readVerdicts(value), drainPercent, level, stale, ...more } as const
  return isNumber(load, 0, Number.MAX_VALUE) ? { ...plan, load } : plan
}

/** Numbers of servers by order group; one that makes no sense counts as none, which means all of them. */
function isServing(value: unknown): value is Readonly<Record<string, number>> {
  return isFields(value) && Object.values(value).every(servers => isNumber(servers, 1, 0xffff))
}

/** `at SP value`: the time first, so that a script can compare it. */
export function packLoad(sample: LoadSample): string {
  return `${sample.at} ${sample.value}`
}

export function readLoad(name: Pick<LoadSample, 'cluster' | 'server'>, text: string): LoadSample | null {
  const match = /^(\d{1,16}) (\S{1,32})$/.exec(text)
  const value = Number(match?.[2])
  if (match === null || !isNumber(value, 0, MOST_LOAD) || !isClusterId(name.cluster)) return null
  const { cluster, server } = name
  if (server !== undefined && (server === '' || !isText(server))) return null
  const sample = { cluster, value, at: millis(Number(match[1])) }
  return server === undefined ? sample : { ...sample, server }
}

/** `<number>-<number>`: a stream id. */
export const isPosition = (text: unknown): text is string =>
  typeof text === 'string' && /^\d{1,16}-\d{1,16}$/.test(text)

const isSecret = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT_OCTETS
const isNumber = (value: unknown, from: number, to: number): value is number =>
  typeof value === 'number' && value >= from && value <= to
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isMoment = isCount
const isPlanNumber = (value: unknown): value is number => isCount(value) && value <= MOST_PLAN_NUMBER
