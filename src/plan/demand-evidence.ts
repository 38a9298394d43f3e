import { rangeIndex4, rangeIndex6 } from '../base/range-table.ts'
import { DEMAND_EVIDENCE, type DemandEvidence, type EvidenceShares } from '../model/demand-evidence.ts'
import type { Policy } from '../model/service.ts'
import type { MapGroup } from '../route/race.ts'
import { ALIKE_NETWORK } from '../route/score/alike.ts'
import type { ScoreSheet } from '../route/score/score.ts'
import { NO_CLUSTER } from '../route/tables.ts'
import type { KnownDemand } from './known-demand.ts'
import type { Swept } from './swept.ts'
import { leaves6, weight6 } from './weight.ts'
import { PROFILE } from './world.ts'

export const EVIDENCE_CLASSES = DEMAND_EVIDENCE.length
/** Of blocks that nobody may serve, and of space that is not looked at. */
export const NO_EVIDENCE = EVIDENCE_CLASSES
const classOf = (evidence: DemandEvidence): number => DEMAND_EVIDENCE.indexOf(evidence)
const [OWN, PREFIX, METRO] = [classOf('own'), classOf('prefix'), classOf('metro')]
const [INTERPOLATED, PRIOR] = [classOf('interpolated'), classOf('prior')]
export const UNLOCATED_EVIDENCE = classOf('unlocated')
export const OVERRIDE_EVIDENCE = classOf('override')

/** From this mass on, rows around a place say more of it than the mean of all rows does (the 0.04 of the interpolation, see docs/estimates.md). */
const LEAST_MASS = 0.04

/** What the estimate of `first`, the best of a block that was scored, owes most to; NO_CLUSTER = the block has none. */
export function evidenceOf(sheet: ScoreSheet, first: number): number {
  if (first === NO_CLUSTER) return NO_EVIDENCE
  const [own, alike] = [sheet.ownShare[first]!, sheet.alikeShare[first]!]
  const place = 1 - sheet.measuredShare[first]!
  if (own > 0 && own >= alike && own >= place) return OWN
  if (alike > 0 && alike >= place) return sheet.alikeKind[first] === ALIKE_NETWORK ? PREFIX : METRO
  if (!sheet.located) return UNLOCATED_EVIDENCE
  return sheet.mass[first]! >= LEAST_MASS ? INTERPOLATED : PRIOR
}

/**
 * Demand by class once measured parts are laid over a map: theirs is added, and what their blocks weighed before is taken away. `before`: by class, of the map without
 * them; `ofProfile`: class of each of its profiles; `measured`: by class, of the parts.
 */
export function overlaidEvidence(
  before: Float64Array,
  ofProfile: Uint8Array,
  measured: Float64Array,
  covered: readonly CoveredPart[],
): Float64Array {
  const sums = before.map((weight, i) => weight + measured[i]!)
  for (const { profile, weigh } of covered) {
    const evidence = ofProfile[profile] ?? NO_EVIDENCE
    if (evidence !== NO_EVIDENCE) sums[evidence] = Math.max(0, sums[evidence]! - weigh(evidence !== UNLOCATED_EVIDENCE))
  }
  return sums
}

/** A measured part of the space: the profile that it had unmeasured, and what it weighed then. */
export interface CoveredPart {
  readonly profile: number
  readonly weigh: (located: boolean) => number
}

/** The parts of `swept` whose profile is not one of the ground. Each lies inside of one range of the ground. */
export function coveredParts(swept: Swept, ground: Swept, demand: KnownDemand): CoveredPart[] {
  const unmeasured = ground.profiles.count
  const parts: CoveredPart[] = []
  const cover = (profile: number, known: () => number, weigh: CoveredPart['weigh']) => {
    // Nobody is known to be in a special-purpose block, unless somebody is.
    const isSpecial = ground.profiles.word(profile, PROFILE.special) === 1
    parts.push({ profile, weigh: isSpecial ? known : weigh })
  }
  swept.profile4.forEach((number, i) => {
    if (number < unmeasured) return
    const [start, end] = [swept.starts4[i]!, swept.starts4[i + 1] ?? 2 ** 24]
    cover(
      ground.profile4[rangeIndex4(ground.starts4, start)]!,
      () => demand.four.between(start, 0, end, 0).weight,
      located => demand.weight4(start, end, located),
    )
  })
  swept.profile6.forEach((number, i) => {
    if (number < unmeasured) return
    const part = span6(swept, i)
    const around = rangeIndex6(ground.hi6, ground.lo6, part[0], part[1])
    cover(
      ground.profile6[around]!,
      () => demand.six.between(...part).weight,
      located => weightInside(demand, part, span6(ground, around), located),
    )
  })
  return parts
}

type Span6 = readonly [hi: number, lo: number, endHi: number, endLo: number]

function span6({ hi6, lo6 }: Swept, i: number): Span6 {
  return [hi6[i]!, lo6[i]!, hi6[i + 1] ?? 2 ** 32, lo6[i + 1] ?? 0]
}

/** What a part contributes to the weight of the range around it, which is bounded however many leaves it has: what is known, and an even share of the rest. */
function weightInside(demand: KnownDemand, part: Span6, around: Span6, located: boolean): number {
  const own = { ...demand.six.between(...part) }
  const all = { ...demand.six.between(...around) }
  const [unknownOwn, unknownAll] = [leaves6(...part) - own.leaves, leaves6(...around) - all.leaves]
  return own.weight + (unknownAll > 0 ? (weight6(unknownAll, located) * unknownOwn) / unknownAll : 0)
}

const BY_RTT: ReadonlySet<Policy> = new Set(['rtt', 'isp-first', 'rtt-spill'])

/** Mean over the services that choose by RTT; null where there are none. `weights`: by class, of each group's map. */
export function evidenceShares(
  groups: readonly MapGroup[],
  ofService: readonly number[],
  weights: readonly Float64Array[],
): EvidenceShares | null {
  const services = ofService.filter(g => BY_RTT.has(groups[g]!.policy))
  const sums = new Float64Array(EVIDENCE_CLASSES)
  let counted = 0
  for (const g of services) {
    const all = weights[g]!.reduce((sum, weight) => sum + weight, 0)
    if (all === 0) continue
    counted++
    for (let i = 0; i < EVIDENCE_CLASSES; i++) sums[i]! += weights[g]![i]! / all
  }
  if (counted === 0) return null
  return Object.fromEntries(DEMAND_EVIDENCE.map((name, i) => [name, sums[i]! / counted])) as Record<
    DemandEvidence,
    number
  >
}
