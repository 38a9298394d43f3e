/**
 * Plain counters that one worker writes and the metrics endpoint reads on scrape: a Float64Array, one slot per counter,
 * only ever added to. An addition costs 3 ns where a metrics library's `inc` costs 175.
 *
 *   0          SCALARS                    + QTYPES                + RCODES        + REASONS    + PAIRS        + TARGETS
 *   | scalars  | queries by query type    | answers by rcode      | by reason    | (service, cluster)
 *                                                                                               | (service, target)
 *
 * Pairs: how many are used, how many found no room, and a hash table: key, count, key, count, ...
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

/** Where a table of pairs stands. */
interface PairTable {
  /** Two slots, for used and other, then `places` times key and count. */
  readonly at: number
  /** A power of two. */
  readonly places: number
  readonly limit: number
}

const AT_QTYPES = SCALARS.length
const AT_RCODES = AT_QTYPES + QTYPE_SLOTS
const AT_REASONS = AT_RCODES + RCODE_SLOTS
const PAIRS: PairTable = { at: AT_REASONS + REASON_SLOTS, places: 2048, limit: PAIR_LIMIT }
const TARGETS: PairTable = { at: endOf(PAIRS), places: 512, limit: TARGET_LIMIT }

function endOf({ at, places }: PairTable): number {
  return at + 2 + 2 * places
}

export const COUNTER_SLOTS = endOf(TARGETS)
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

/**
 * Counts one routed answer. `service` and `cluster` are the stable numbers that the process gives to ids (0..65534), so that a reload
 * does not move a count to another name.
 */
export function countPair(counters: Float64Array, service: number, cluster: number): void {
  countIn(PAIRS, counters, service, cluster)
}

/** Counts one CNAME to a target; numbers as with {@link countPair}. */
export function countTarget(counters: Float64Array, service: number, target: number): void {
  countIn(TARGETS, counters, service, target)
}

function countIn({ at: table, places, limit }: PairTable, counters: Float64Array, a: number, b: number): void {
  const key = a * 65536 + b + 1
  let place = (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) & (places - 1)
  for (;;) {
    const at = table + 2 + 2 * place
    const held = counters[at]!
    if (held === key) {
      counters[at + 1]!++
      return
    }
    if (held === 0) {
      if (counters[table]! >= limit) {
        counters[table + 1]!++
        return
      }
      counters[table]!++
      counters[at] = key
      counters[at + 1] = 1
      return
    }
    place = (place + 1) & (places - 1)
  }
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
}

export function readCounters(counters: Float64Array): CounterReading {
  const named = <K extends string>(names: readonly K[], from: number) =>
    Object.fromEntries(names.map((name, i) => [name, counters[from + i]!])) as Record<K, number>
  return {
    scalars: named(SCALARS, 0),
    qtypes: named([...COUNTED_QTYPES.map(([, name]) => name), 'other'], AT_QTYPES),
    rcodes: Array.from({ length: RCODE_SLOTS }, (_, i) => counters[AT_RCODES + i]!),
    reasons: named(REASONS, AT_REASONS),
    pairs: readPairs(PAIRS, counters).map(([service, cluster, count]) => ({ service, cluster, count })),
    pairsOther: counters[PAIRS.at + 1]!,
    targets: readPairs(TARGETS, counters).map(([service, target, count]) => ({ service, target, count })),
    targetsOther: counters[TARGETS.at + 1]!,
  }
}

function readPairs(table: PairTable, counters: Float64Array): [a: number, b: number, count: number][] {
  const pairs: [number, number, number][] = []
  for (let at = table.at + 2; at < endOf(table); at += 2) {
    const key = counters[at]!
    if (key !== 0) pairs.push([Math.floor((key - 1) / 65536), (key - 1) % 65536, counters[at + 1]!])
  }
  return pairs
}
