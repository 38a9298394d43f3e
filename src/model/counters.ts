import { type CountTable, countKey, countOther, endOf, readTable } from './count-table.ts'

/**
 * Plain counters that one worker writes and the metrics endpoint reads on scrape: a Float64Array, one slot per counter,
 * only ever added to. An addition costs 3 ns where a metrics library's `inc` costs 175.
 *
 *   0          SCALARS                  + QTYPES              + RCODES      + REASONS             + SCOPES
 *   | scalars  | queries by query type  | answers by rcode    | by reason   | answers by ECS scope  | times of answers ...
 *
 *   ... + TIMES             + PAIRS             + TARGETS            + ZONES       the last three: see count-table.ts
 *       | (service, cluster)  | (service, target)  | queries by zone
 */
export const SCALARS = [
  'queriesUdp',
  'queriesTcp',
  /** DNS over TLS. */
  'queriesTls',
  /** Datagrams or messages that got no answer: too short, QR=1, source port 0. */
  'ignored',
  'formErr',
  /** The answer path threw; the client saw SERVFAIL. Always a bug. */
  'internalErrors',
  'ecsQueries',
  /** ECS present but its address locates nobody: the resolver's address was used. */
  'ecsUnroutable',
  'truncated',
  'ednsQueries',
  'tcpConnections',
  'tcpRefused',
  'tcpTimeouts',
  /** Closed to make room: for another connection, or for what others hold in memory. */
  'tcpEvicted',
  'sendErrors',
  /** UDP datagrams that found the receive buffer full, as far as the kernel tells. */
  'receiveDropped',
  'bytesIn',
  'bytesOut',
  'badDatagramsDropped',
  /** TLS connections that ended before their handshake did. */
  'tlsFailed',
  /** Queries with a server cookie that is ours and fresh enough; with one that is not; with a client cookie alone (RFC 7873). */
  'cookiesGood',
  'cookiesBad',
  'cookiesNew',
  /** Responses over the rate: left out, sent truncated instead, and those that only a dry run spared. */
  'rateDropped',
  'rateSlipped',
  'rateSpared',
  /** Questions whose answer was remembered; those that had to be looked up; and answers that were taken into memory. */
  'cacheHits',
  'cacheMisses',
  'cacheStored',
] as const
export type Scalar = (typeof SCALARS)[number]

/** Query types counted by name; every other one counts as `other`. Index = slot. */
export const COUNTED_QTYPES: readonly (readonly [type: number, name: string])[] = [
  [1, 'A'],
  [28, 'AAAA'],
  [5, 'CNAME'],
  [2, 'NS'],
  [6, 'SOA'],
  [16, 'TXT'],
  [15, 'MX'],
  [12, 'PTR'],
  [33, 'SRV'],
  [65, 'HTTPS'],
  [64, 'SVCB'],
  [43, 'DS'],
  [48, 'DNSKEY'],
  [255, 'ANY'],
  [257, 'CAA'],
]
export const QTYPE_SLOTS = COUNTED_QTYPES.length + 1

/** RCODEs 0..23 by number; anything above counts in the last slot. */
export const RCODE_SLOTS = 25

/** Why a routed answer is what it is. Index = code in the hot path. */
export const REASONS = [
  'first-choice',
  'shed',
  'drained',
  'down',
  'no-family',
  'degraded-pass',
  'beyond-slots',
  'unlocated',
  'override',
  'when-all-down',
  'servfail',
  /** The first choice is degraded and another cluster serves; `degraded-pass`: only degraded ones are left. */
  'degraded',
  /** The first choice has come back and takes its clients little by little; this one is not yet among them. */
  'warming',
  /** The service does not go by health: too few of its clusters are left (`failOpenBelow`). */
  'fail-open',
  /** Nothing is usable: the servers that were up last (`whenAllDown: last-good`). */
  'last-good',
] as const
export type Reason = (typeof REASONS)[number]
export const REASON_SLOTS = REASONS.length

/** Distinct (service, cluster) pairs a worker keeps by name; later ones count in one slot, `other`. */
export const PAIR_LIMIT = 1000
/** The same of (service, target). */
export const TARGET_LIMIT = 250

/** Zones that a worker keeps by name; queries of later ones count in one slot, `other`. */
export const ZONE_LIMIT = 1000

/** FAMILY of an ECS option (RFC 7871 section 6) and the scopes that an answer of it may have, 0..`most`. Family 0 asks that none be used. */
export const ECS_FAMILIES = [
  { family: 0, name: 'none', most: 0, from: 0 },
  { family: 1, name: 'ipv4', most: 32, from: 1 },
  { family: 2, name: 'ipv6', most: 128, from: 34 },
] as const
const SCOPE_SLOTS = 163

/** Upper ends of the buckets of answer times, seconds; one more bucket takes what is longer. */
export const ANSWER_TIME_BOUNDS: readonly number[] = [
  1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2,
]
const TIME_BUCKETS = ANSWER_TIME_BOUNDS.length + 1

const AT_QTYPES = SCALARS.length
const AT_RCODES = AT_QTYPES + QTYPE_SLOTS
const AT_REASONS = AT_RCODES + RCODE_SLOTS
const AT_SCOPES = AT_REASONS + REASON_SLOTS
/** A slot per bucket, and the sum of all times. */
const AT_TIMES = AT_SCOPES + SCOPE_SLOTS
const AT_TIME_SUM = AT_TIMES + TIME_BUCKETS
const PAIRS: CountTable = { at: AT_TIME_SUM + 1, places: 2048, limit: PAIR_LIMIT }
const TARGETS: CountTable = { at: endOf(PAIRS), places: 512, limit: TARGET_LIMIT }
const ZONES: CountTable = { at: endOf(TARGETS), places: 2048, limit: ZONE_LIMIT }

export const COUNTER_SLOTS = endOf(ZONES)
export const COUNTER_BYTES = COUNTER_SLOTS * 8

/** Slot of each scalar, for `counters[AT.ecsQueries]++`. */
export const AT: Readonly<Record<Scalar, number>> = Object.fromEntries(SCALARS.map((name, i) => [name, i])) as Record<
  Scalar,
  number
>

const QTYPE_INDEX = new Uint8Array(65536).fill(COUNTED_QTYPES.length)
COUNTED_QTYPES.forEach(([type], i) => {
  QTYPE_INDEX[type] = i
})

export function countQtype(counters: Float64Array, qtype: number): void {
  counters[AT_QTYPES + QTYPE_INDEX[qtype]!]!++
}

export function countRcode(counters: Float64Array, rcode: number): void {
  counters[AT_RCODES + (rcode < RCODE_SLOTS ? rcode : RCODE_SLOTS - 1)]!++
}

export function countReason(counters: Float64Array, reason: number): void {
  counters[AT_REASONS + reason]!++
}

/** `family`: that of the ECS option of the answer, 0..2; `scope`: its SCOPE PREFIX-LENGTH, in range for the family. */
export function countScope(counters: Float64Array, family: number, scope: number): void {
  counters[AT_SCOPES + ECS_FAMILIES[family]!.from + scope]!++
}

/** Counts one answer that took so many seconds. */
export function countAnswerTime(counters: Float64Array, seconds: number): void {
  let bucket = 0
  while (bucket < TIME_BUCKETS - 1 && seconds > ANSWER_TIME_BOUNDS[bucket]!) bucket++
  counters[AT_TIMES + bucket]!++
  counters[AT_TIME_SUM]! += seconds
}

/**
 * Counts one routed answer. `service` and `cluster` are the stable numbers that the process gives to ids (0..65534), so that a reload
 * does not move a count to another name.
 */
export function countPair(counters: Float64Array, service: number, cluster: number): void {
  countKey(PAIRS, counters, keyOf(service, cluster), pairHash(service, cluster))
}

/** Counts one CNAME to a target; numbers as with {@link countPair}. */
export function countTarget(counters: Float64Array, service: number, target: number): void {
  countKey(TARGETS, counters, keyOf(service, target), pairHash(service, target))
}

/** Counts one query that belongs to the zone of that stable number; -1: to none. */
export function countZone(counters: Float64Array, zone: number): void {
  if (zone < 0) countOther(ZONES.at, counters)
  else countKey(ZONES, counters, zone + 1, Math.imul(zone, 0x9e3779b1))
}

function keyOf(a: number, b: number): number {
  return a * 65536 + b + 1
}

function pairHash(a: number, b: number): number {
  return Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)
}

/** One worker's counters, read out for people. */
export interface CounterReading {
  readonly scalars: Readonly<Record<Scalar, number>>
  readonly qtypes: Readonly<Record<string, number>>
  /** Index = RCODE. */
  readonly rcodes: readonly number[]
  readonly reasons: Readonly<Record<Reason, number>>
  readonly pairs: readonly { readonly service: number; readonly cluster: number; readonly count: number }[]
  readonly pairsOther: number
  readonly targets: readonly { readonly service: number; readonly target: number; readonly count: number }[]
  readonly targetsOther: number
  /** Queries by stable number of their zone. */
  readonly zones: readonly { readonly zone: number; readonly count: number }[]
  readonly zonesOther: number
  /** Answers with an ECS option, by place in {@link ECS_FAMILIES} and scope. */
  readonly scopes: readonly (readonly number[])[]
  readonly answerTimes: TimeReading
}

/** Times that were taken: how many fell into each bucket (one more than bounds), and their sum in seconds. */
export interface TimeReading {
  readonly buckets: readonly number[]
  readonly sum: number
}

export function readCounters(counters: Float64Array): CounterReading {
  const named = <K extends string>(names: readonly K[], from: number) =>
    Object.fromEntries(names.map((name, i) => [name, counters[from + i]!])) as Record<K, number>
  const pairs = readTable(PAIRS, counters)
  const targets = readTable(TARGETS, counters)
  const zones = readTable(ZONES, counters)
  return {
    scalars: named(SCALARS, 0),
    qtypes: named([...COUNTED_QTYPES.map(([, name]) => name), 'other'], AT_QTYPES),
    rcodes: Array.from({ length: RCODE_SLOTS }, (_, i) => counters[AT_RCODES + i]!),
    reasons: named(REASONS, AT_REASONS),
    pairs: pairs.counts.map(([key, count]) => ({ service: firstOf(key), cluster: secondOf(key), count })),
    pairsOther: pairs.other,
    targets: targets.counts.map(([key, count]) => ({ service: firstOf(key), target: secondOf(key), count })),
    targetsOther: targets.other,
    zones: zones.counts.map(([key, count]) => ({ zone: key - 1, count })),
    zonesOther: zones.other,
    scopes: ECS_FAMILIES.map(({ from, most }) => [...counters.subarray(AT_SCOPES + from, AT_SCOPES + from + most + 1)]),
    answerTimes: { buckets: [...counters.subarray(AT_TIMES, AT_TIME_SUM)], sum: counters[AT_TIME_SUM]! },
  }
}

const firstOf = (key: number): number => Math.floor((key - 1) / 65536)
const secondOf = (key: number): number => (key - 1) % 65536
