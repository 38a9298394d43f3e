import { distanceKm } from '../../base/earth.ts'
import type { Place } from '../../model/place.ts'
import { isInSeveralPlaces, lightFloorMs, radiusKm } from '../../route/score/light.ts'
import { KM_PER_MS } from '../../route/score/prior.ts'
import type { Sites } from '../../route/sites.ts'
import type { SurveyedBlock } from './blocks.ts'
import type { Mesh } from './mesh.ts'

/** A cluster to which so large a share of RTTs is too short for light is itself not where the configuration says. */
const TOO_MANY = 0.05
/** One database that is wrong about one city is not a misplaced cluster. */
const LEAST_CELLS = 3

/** What of the survey is believed. */
export interface Verdicts {
  /** By cluster, 1: its coordinates are wrong. */
  readonly misplaced: Uint8Array
  /** By block, 1: its place is wrong, or it has none. */
  readonly astray: Uint8Array
  /** By block, 1: it is in several places at once. */
  readonly anycast: Uint8Array
}

/** RTTs to one cluster that are shorter than light would take. */
interface Violations {
  /** To blocks: how many, and in which cells. */
  count: number
  readonly cells: Set<number>
  /** To other clusters. */
  readonly mesh: number[]
}

/** Holds every RTT against the speed of light. */
export function judge(blocks: readonly SurveyedBlock[], mesh: Mesh, sites: Sites): Verdicts {
  const misplaced = findMisplaced(blocks, mesh, sites)
  const astray = new Uint8Array(blocks.length)
  const anycast = new Uint8Array(blocks.length)
  blocks.forEach((block, i) => {
    const believed = [...block.clusters.keys()].filter(k => misplaced[block.clusters[k]!] === 0)
    const least = believed.reduce((sum, k) => Math.min(sum, marginMs(block, k, sites)), Number.POSITIVE_INFINITY)
    const clusters = believed.map(k => block.clusters[k]!)
    const rtts = believed.map(k => block.rttMs[k]!)
    anycast[i] = Number(least < 0 && isInSeveralPlaces(clusters, rtts, sites))
    astray[i] = Number(anycast[i] === 1 || block.place === null || least < -slackMs(block.place))
  })
  return { misplaced, astray, anycast }
}

/** By how much the RTT stays above the floor of the very point, ms; without a point it does not. */
function marginMs({ place, clusters, rttMs }: SurveyedBlock, k: number, sites: Sites): number {
  if (place === null) return Number.NEGATIVE_INFINITY
  return rttMs[k]! - lightFloorMs(distanceKm(place, sites.clusters[clusters[k]!]!.location))
}

const slackMs = (place: Place): number => radiusKm(place) / KM_PER_MS

/** The worst first: the RTTs to a cluster that is found out speak against no other. */
function findMisplaced(blocks: readonly SurveyedBlock[], mesh: Mesh, sites: Sites): Uint8Array {
  const count = sites.clusters.length
  const misplaced = new Uint8Array(count)
  const judged = new Float64Array(count)
  const violations = Array.from(sites.clusters, (): Violations => ({ count: 0, cells: new Set(), mesh: [] }))
  for (const block of blocks) {
    if (block.place === null) continue
    block.clusters.forEach((cluster, k) => {
      judged[cluster]!++
      if (marginMs(block, k, sites) >= -slackMs(block.place!)) return
      violations[cluster]!.count++
      violations[cluster]!.cells.add(block.cell)
    })
  }
  for (const [key, rttMs] of mesh) {
    const [a, b] = [Math.floor(key / count), key % count]
    judged[a]!++
    judged[b]!++
    if (rttMs >= lightFloorMs(distanceKm(sites.clusters[a]!.location, sites.clusters[b]!.location))) continue
    violations[a]!.mesh.push(b)
    violations[b]!.mesh.push(a)
  }
  for (let worst = worstOf(violations, judged, misplaced); worst >= 0; worst = worstOf(violations, judged, misplaced)) {
    misplaced[worst] = 1
    for (const key of mesh.keys()) {
      if (Math.floor(key / count) === worst) judged[key % count]!--
      if (key % count === worst) judged[Math.floor(key / count)]!--
    }
  }
  return misplaced
}

/** The cluster with the largest share of violations among those that have too many; -1: none. */
function worstOf(violations: readonly Violations[], judged: Float64Array, misplaced: Uint8Array): number {
  let worst = -1
  let worstShare = TOO_MANY
  violations.forEach(({ count, cells, mesh }, c) => {
    const others = mesh.filter(other => misplaced[other] === 0)
    const share = (count + others.length) / judged[c]!
    if (misplaced[c] === 1 || cells.size + new Set(others).size < LEAST_CELLS || !(share > worstShare)) return
    worst = c
    worstShare = share
  })
  return worst
}
