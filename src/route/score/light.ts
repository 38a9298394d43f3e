import { distanceKm } from '../../base/earth.ts'
import type { Place } from '../../model/place.ts'
import type { Sites } from '../sites.ts'
import { KM_PER_MS } from './prior.ts'

/** Clocks and rounding of whoever measured, ms. */
const SLACK_MS = 2
/** A country's middle says little of where in it the client is, km. */
const CENTROID_RADIUS_KM = 500

/** The shortest RTT in ms that a distance allows; negative below 200 km. */
export function lightFloorMs(km: number): number {
  return km / KM_PER_MS - SLACK_MS
}

/** How far from the point the client may well be, km. */
export function radiusKm(place: Place): number {
  return place.radiusKm > 0 ? place.radiusKm : place.centroid ? CENTROID_RADIUS_KM : 0
}

/**
 * Is there no one place on earth with these RTTs? Light takes at least as long from one cluster over the client to the other as straight from one
 * to the other, and so an anycast address, or a network that moves, is known. `clusters[i]` answered in `rttMs[i]`. Where it is true, wherever one
 * takes the client to be, one of the RTTs is below the floor.
 */
export function isInSeveralPlaces(clusters: readonly number[], rttMs: readonly number[], sites: Sites): boolean {
  for (let i = 1; i < clusters.length; i++) {
    const here = sites.clusters[clusters[i]!]!.location
    for (let j = 0; j < i; j++) {
      const km = distanceKm(here, sites.clusters[clusters[j]!]!.location)
      if (rttMs[i]! + rttMs[j]! < lightFloorMs(km) - SLACK_MS) return true
    }
  }
  return false
}
