import { distanceKm } from '../../base/earth.ts'
import type { Tier } from '../../model/cluster.ts'
import type { Place } from '../../model/place.ts'
import type { Block, MeasuredTable } from '../block.ts'
import { regionOf } from '../region.ts'
import type { Sites } from '../sites.ts'
import { lossFactor } from './measured.ts'
import { KM_PER_MS, priorMs } from './prior.ts'

/** What each cluster would be like for one block, indexed by cluster; written anew for every block. Milliseconds. */
export interface ScoreSheet {
  /** Is the place of the block known and not contradicted by a measurement? */
  located: boolean
  /** A measured RTT is shorter than light could make it: the place is wrong. */
  distrusted: boolean
  /** Great circle, km; -1 when the place is unknown. */
  readonly distanceKm: Float64Array
  /** Estimate R and its standard deviation. */
  readonly rttMs: Float64Array
  readonly sigmaMs: Float64Array
  /** Share of the estimate that its own measurement contributes, 0..1. */
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
    distanceKm: column(),
    rttMs: column(),
    sigmaMs: column(),
    measuredShare: column(),
    loss: column(),
    networkMs: column(),
    scoreMs: column(),
  }
}

/** Serving from inside the ISP is worth this much to everyone, ms. */
export const TIER_COST_MS: Readonly<Record<Tier, number>> = { embedded: 0, exchange: 4, core: 10 }

/** Error of an estimate without measured neighbours, sqrt(0.08^2 + 0.16^2), relative to RTT + 20 ms: no estimate is good to a few milliseconds. */
const PRIOR_SIGMA = 0.179
const PRIOR_OFFSET_MS = 20
/** Half a standard deviation is added: exaggerating it keeps blocks on bad clusters. */
const SIGMA_WEIGHT = 0.5
/** Somewhere on earth: 20 + 8 ms and 6000 km at alpha 0.5, which may be wrong by half. */
const NOWHERE = { rttMs: 148, sigmaMs: 74 }
/** A country's middle says little of where in it the client is, km. */
const CENTROID_RADIUS_KM = 500
/** Clocks and rounding of whoever measured, ms. */
const FLOOR_SLACK_MS = 2
const NO_LOSS = 0.001

/** Scores every cluster for the block (ROUTING section 4). */
export function scoreBlock(block: Block, sites: Sites, measured: MeasuredTable, sheet: ScoreSheet): void {
  const { place } = block
  sheet.distrusted = place !== null && contradicted(block, place, sites, measured, sheet)
  sheet.located = place !== null && !sheet.distrusted
  if (!sheet.located) sheet.distanceKm.fill(-1)
  const region = place === null ? 0 : regionOf(place.country, place.continent)
  for (let c = 0; c < sites.clusters.length; c++) {
    if (sheet.located) priorAt(place!, region, c, sites, sheet)
    else setEstimate(sheet, c, NOWHERE.rttMs, NOWHERE.sigmaMs)
    combine(c, block.measured[c]!, measured, sheet)
    const { tier, biasMs } = sites.clusters[c]!
    sheet.scoreMs[c] = sheet.networkMs[c]! + TIER_COST_MS[tier] + biasMs
  }
}

/** Fills the distances; true when a measured RTT is below the speed-of-light floor of one of them. */
function contradicted(block: Block, place: Place, sites: Sites, measured: MeasuredTable, sheet: ScoreSheet): boolean {
  const radius = radiusOf(place)
  let below = false
  for (let c = 0; c < sites.clusters.length; c++) {
    const km = distanceKm(place, sites.clusters[c]!.location)
    sheet.distanceKm[c] = km
    const row = block.measured[c]!
    if (row >= 0 && measured.rttMs[row]! < (km - radius) / KM_PER_MS - FLOOR_SLACK_MS) below = true
  }
  return below
}

function priorAt(place: Place, region: number, c: number, sites: Sites, sheet: ScoreSheet): void {
  const { country } = sites.clusters[c]!.location
  const same = country !== undefined && country === place.country
  const rtt = priorMs(sheet.distanceKm[c]!, region, sites.region[c]!, same)
  const spread = radiusOf(place) / KM_PER_MS
  setEstimate(sheet, c, rtt, Math.sqrt((PRIOR_SIGMA * (rtt + PRIOR_OFFSET_MS)) ** 2 + spread * spread))
}

function setEstimate(sheet: ScoreSheet, c: number, rtt: number, sigma: number): void {
  sheet.rttMs[c] = rtt
  sheet.sigmaMs[c] = sigma
}

/** Joins the estimate of cluster `c` with its measurement by inverse variance, and says what that means for a client. */
function combine(c: number, row: number, measured: MeasuredTable, sheet: ScoreSheet): void {
  const prior = 1 / (sheet.sigmaMs[c]! * sheet.sigmaMs[c]!)
  const own = row < 0 ? 0 : measured.precision[row]!
  const share = own / (own + prior)
  const rtt = row < 0 ? sheet.rttMs[c]! : share * measured.rttMs[row]! + (1 - share) * sheet.rttMs[c]!
  const sigma = 1 / Math.sqrt(own + prior)
  const loss = row < 0 ? NO_LOSS : measured.loss[row]!
  // Jitter is believed as far as the measurement is.
  const jitter = row < 0 ? 0 : (share * measured.jitterMs[row]!) / 2
  setEstimate(sheet, c, rtt, sigma)
  sheet.measuredShare[c] = share
  sheet.loss[c] = loss
  sheet.networkMs[c] = (rtt + SIGMA_WEIGHT * sigma) * lossFactor(loss) + jitter
}

function radiusOf(place: Place): number {
  return place.radiusKm > 0 ? place.radiusKm : place.centroid ? CENTROID_RADIUS_KM : 0
}
