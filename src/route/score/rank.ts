import type { Policy } from '../../model/service.ts'
import type { Terms } from '../race.ts'
import type { Field, PolicyKeys } from './field.ts'
import { failover } from './policies/failover.ts'
import { geo } from './policies/geo.ts'
import { ispFirst } from './policies/isp-first.ts'
import { rtt } from './policies/rtt.ts'
import { rttSpill } from './policies/rtt-spill.ts'
import { unlocated } from './policies/unlocated.ts'
import { weighted } from './policies/weighted.ts'

/** How a policy works: its keys, within how many ms keys tie (the nearer wins), and what it must know of a block. */
export interface PolicyRule {
  readonly keys: PolicyKeys
  readonly tieMs: number
  /** place: only the place helps; place-or-rtt: a measurement will do; nothing: it does not look at the block. */
  readonly needs: 'place' | 'place-or-rtt' | 'nothing'
  /** The keys depend on the hash of the block. */
  readonly hashed: boolean
}

/** Candidates this close are equally fast: measurement noise must not send clients past a nearer cluster. */
const TIE_MS = 2

export const POLICY_RULES: Readonly<Record<Policy, PolicyRule>> = {
  geo: { keys: geo, tieMs: 0, needs: 'place', hashed: false },
  rtt: { keys: rtt, tieMs: TIE_MS, needs: 'place-or-rtt', hashed: false },
  'isp-first': { keys: ispFirst, tieMs: TIE_MS, needs: 'place-or-rtt', hashed: false },
  'rtt-spill': { keys: rttSpill, tieMs: TIE_MS, needs: 'place-or-rtt', hashed: false },
  weighted: { keys: weighted, tieMs: 0, needs: 'nothing', hashed: true },
  failover: { keys: failover, tieMs: 0, needs: 'nothing', hashed: false },
}

const UNLOCATED: PolicyRule = { keys: unlocated, tieMs: 0, needs: 'nothing', hashed: true }

/** The rule for this field: the policy's own, or the fallback when it cannot judge a block of which so little is known. */
export function ruleFor(policy: Policy, field: Field): PolicyRule {
  const rule = POLICY_RULES[policy]
  if (rule.needs === 'nothing' || field.sheet.located) return rule
  if (rule.needs === 'place-or-rtt' && anyMeasured(field)) return rule
  return UNLOCATED
}

export function isUnlocated(rule: PolicyRule): boolean {
  return rule === UNLOCATED
}

function anyMeasured(field: Field): boolean {
  for (let i = 0; i < field.count; i++) if (field.sheet.measuredShare[field.clusters[i]!]! > 0) return true
  return false
}

/** A ranked field: clusters best first. Written anew by every call of {@link rank}. */
export interface Ranked {
  readonly clusters: Int32Array
  readonly keys: Float64Array
  count: number
}

export function newRanked(clusters: number): Ranked {
  return { clusters: new Int32Array(clusters), keys: new Float64Array(clusters), count: 0 }
}

/**
 * Orders the field by the rule. Runners with an infinite key are left out; equal keys go by the hash of the id, so that a configuration written in
 * another order chooses the same.
 */
export function rank(rule: PolicyRule, field: Field, terms: Terms, blockHash: number, out: Ranked): void {
  rule.keys(field, terms, blockHash, out.keys)
  out.count = 0
  for (let i = 0; i < field.count; i++) {
    if (out.keys[i] === Number.POSITIVE_INFINITY) continue
    out.keys[out.count] = out.keys[i]!
    out.clusters[out.count++] = field.clusters[i]!
  }
  sortByKey(out, field.sites.hash)
  if (rule.tieMs > 0) settleTies(out, rule.tieMs, field)
}

/** Up to so many runners plain insertion is the quickest. */
const FEW = 128

function sortByKey(ranked: Ranked, hash: Uint32Array): void {
  if (ranked.count > FEW) for (const gap of GAPS) shellPass(ranked, hash, gap)
  else insertionSort(ranked, hash)
}

function insertionSort({ clusters, keys, count }: Ranked, hash: Uint32Array): void {
  for (let i = 1; i < count; i++) {
    const key = keys[i]!
    const cluster = clusters[i]!
    let at = i
    for (; at > 0 && isBehind(keys[at - 1]!, hash[clusters[at - 1]!]!, key, hash[cluster]!); at--) {
      keys[at] = keys[at - 1]!
      clusters[at] = clusters[at - 1]!
    }
    keys[at] = key
    clusters[at] = cluster
  }
}

/** Gaps of Ciura 2001, "Best Increments for the Average Case of Shellsort": in place, and not quadratic for a thousand runners. */
const GAPS = [701, 301, 132, 57, 23, 10, 4, 1]

function shellPass({ clusters, keys, count }: Ranked, hash: Uint32Array, gap: number): void {
  for (let i = gap; i < count; i++) {
    const key = keys[i]!
    const cluster = clusters[i]!
    let at = i
    for (; at >= gap && isBehind(keys[at - gap]!, hash[clusters[at - gap]!]!, key, hash[cluster]!); at -= gap) {
      keys[at] = keys[at - gap]!
      clusters[at] = clusters[at - gap]!
    }
    keys[at] = key
    clusters[at] = cluster
  }
}

function isBehind(key: number, hash: number, otherKey: number, otherHash: number): boolean {
  return key > otherKey || (key === otherKey && hash > otherHash)
}

/** Everyone within `tieMs` of the leader of a group ties with it; inside a group the nearer wins. */
function settleTies(out: Ranked, tieMs: number, field: Field): void {
  for (let first = 0; first < out.count; ) {
    let end = first + 1
    while (end < out.count && out.keys[end]! - out.keys[first]! <= tieMs) end++
    sortByDistance(out.clusters, first, end, field.sheet.distanceKm)
    first = end
  }
}

function sortByDistance(clusters: Int32Array, from: number, to: number, distanceKm: Float64Array): void {
  for (let i = from + 1; i < to; i++) {
    const cluster = clusters[i]!
    let at = i
    for (; at > from && distanceKm[clusters[at - 1]!]! > distanceKm[cluster]!; at--) clusters[at] = clusters[at - 1]!
    clusters[at] = cluster
  }
}
