import { distanceKm } from '../../base/earth.ts'
import type { Tier } from '../../model/cluster.ts'
import type { Place } from '../../model/place.ts'
import type { Block, MeasuredTable } from '../block.ts'
import type { Sites } from '../sites.ts'
import { joinAlike } from './alike.ts'
import { interpolate } from './interpolation.ts'
import { isInSeveralPlaces, lightFloorMs, radiusKm } from './light.ts'
import { lossFactor } from './measured.ts'
import { expectRtts, KM_PER_MS } from './prior.ts'

/** What each cluster would be like for one block, indexed by cluster; written anew for every block. Milliseconds. */
export interface ScoreSheet {
  /** Is the place of the block known and not contradicted by a measurement? */
  located: boolean
  /** A measured RTT is shorter than light could make it: the place is wrong. */
  distrusted: boolean
  /** No one place explains the measured RTTs: an anycast address, or a network that moves. */
  anycast: boolean
  /** Great circle, km; -1 when the place is unknown. */
  readonly distanceKm: Float64Array
  /** What one expects without any measurement; only where the block is located. */
  readonly priorMs: Float64Array
  /** Mass of the rows behind the interpolation; 0 = the prior alone. */
  readonly mass: Float64Array
  /** Estimate R and its standard deviation. */
  readonly rttMs: Float64Array
  readonly sigmaMs: Float64Array
  /** Share of the estimate that its own measurement contributes, 0..1. */
  readonly ownShare: Float64Array
  /** Share that measured blocks of the same network contribute. */
  readonly alikeShare: Float64Array
  /** Which of them: ALIKE_*. */
  readonly alikeKind: Uint8Array
  /** Share that is measured, at the block itself or in its network. */
  readonly measuredShare: Float64Array
  /** Smoothed loss, 0.001..1. */
  readonly loss: Float64Array
  /** What the network does to a client: R + sigma/2, loss and jitter. */
  readonly networkMs: Float64Array
  /** networkMs + cost of the tier + the operator's bias: lower wins. */
  readonly scoreMs: Float64Array
}

export function newScoreSheet(clusters: number): ScoreSheet {
  const column = () => new Float64Array(clusters)
  return {
    located: false,
    distrusted: false,
    anycast: false,
    distanceKm: column(),
    priorMs: column(),
    mass: column(),
    rttMs: column(),
    sigmaMs: column(),
    ownShare: column(),
    alikeShare: column(),
    alikeKind: new Uint8Array(clusters),
    measuredShare: column(),
    loss: column(),
    networkMs: column(),
    scoreMs: column(),
  }
}

/** Serving from inside the ISP is worth this much to everyone, ms. */
export const TIER_COST_MS: Readonly<Record<Tier, number>> = { embedded: 0, exchange: 4, core: 10 }

/** Half a standard deviation is added: exaggerating it keeps blocks on bad clusters. */
const SIGMA_WEIGHT = 0.5
/** Somewhere on earth: 20 + 8 ms and 6000 km at alpha 0.5, which may be wrong by half. */
const NOWHERE = { rttMs: 148, sigmaMs: 74 }
const NO_LOSS = 0.001

/**
 * Scores every cluster for the block (ROUTING section 4): what is interpolated for its place, what is measured in its network and what is measured
 * of itself, joined by inverse variance.
 */
export function scoreBlock(block: Block, sites: Sites, measured: MeasuredTable, sheet: ScoreSheet): void {
  const { place } = block
  const margin = place === null ? Number.NEGATIVE_INFINITY : leastMargin(block, place, sites, measured, sheet)
  // RTTs that no one place explains do not suit this point either.
  sheet.anycast = margin < 0 && isAnycast(block, sites, measured)
  sheet.distrusted = sheet.anycast || (place !== null && margin < -radiusKm(place) / KM_PER_MS)
  sheet.located = place !== null && !sheet.distrusted
  sheet.alikeKind.fill(0)
  sheet.alikeShare.fill(0)
  if (sheet.located) {
    expectRtts(place!, sheet.distanceKm, sites, sheet.priorMs)
    interpolate(block, measured, radiusKm(place!) / KM_PER_MS, sheet)
  } else setNowhere(sheet)
  // An anycast address is in its network in name only.
  if (!sheet.anycast) joinAlike(block, measured, sheet)
  for (let c = 0; c < sites.clusters.length; c++) {
    joinOwn(c, block.measured[c]!, measured, sheet)
    const { tier, biasMs } = sites.clusters[c]!
    sheet.scoreMs[c] = sheet.networkMs[c]! + TIER_COST_MS[tier] + biasMs
  }
}

/** Fills the distances; by how much the measured RTTs stay above the speed-of-light floor of the very point, ms: the least of them. */
function leastMargin(block: Block, place: Place, sites: Sites, measured: MeasuredTable, sheet: ScoreSheet): number {
  const { misplaced } = measured.estimates
  let least = Number.POSITIVE_INFINITY
  for (let c = 0; c < sites.clusters.length; c++) {
    const km = distanceKm(place, sites.clusters[c]!.location)
    sheet.distanceKm[c] = km
    const row = block.measured[c]!
    if (row >= 0 && misplaced[c] === 0) least = Math.min(least, measured.rttMs[row]! - lightFloorMs(km))
  }
  return least
}

function isAnycast(block: Block, sites: Sites, { rttMs, estimates }: MeasuredTable): boolean {
  const clusters: number[] = []
  const rtts: number[] = []
  for (let c = 0; c < sites.clusters.length; c++) {
    const row = block.measured[c]!
    if (row < 0 || estimates.misplaced[c] === 1) continue
    clusters.push(c)
    rtts.push(rttMs[row]!)
  }
  return isInSeveralPlaces(clusters, rtts, sites)
}

function setNowhere({ distanceKm, rttMs, sigmaMs, mass }: ScoreSheet): void {
  distanceKm.fill(-1)
  rttMs.fill(NOWHERE.rttMs)
  sigmaMs.fill(NOWHERE.sigmaMs)
  mass.fill(0)
}

/** Joins the estimate of cluster `c` with the block's own measurement, and says what that means for a client. */
function joinOwn(c: number, row: number, measured: MeasuredTable, sheet: ScoreSheet): void {
  const others = 1 / (sheet.sigmaMs[c]! * sheet.sigmaMs[c]!)
  const own = row < 0 ? 0 : measured.precision[row]!
  const share = own / (own + others)
  const rtt = row < 0 ? sheet.rttMs[c]! : share * measured.rttMs[row]! + (1 - share) * sheet.rttMs[c]!
  const sigma = 1 / Math.sqrt(own + others)
  const loss = row < 0 ? NO_LOSS : measured.loss[row]!
  // Jitter is believed as far as the measurement is.
  const jitter = row < 0 ? 0 : (share * measured.jitterMs[row]!) / 2
  sheet.rttMs[c] = rtt
  sheet.sigmaMs[c] = sigma
  sheet.ownShare[c] = share
  sheet.alikeShare[c]! *= 1 - share
  sheet.measuredShare[c] = share + sheet.alikeShare[c]!
  sheet.loss[c] = loss
  sheet.networkMs[c] = (rtt + SIGMA_WEIGHT * sigma) * lossFactor(loss) + jitter
}
