import { svg } from './dom.js'
import { project, wayBetween } from './projection.js'

/** @typedef {import('../../model/trail.ts').Trail} Trail */
/** @typedef {import('../../model/status.ts').ClusterStatus} ClusterStatus */

/** Of those that score worse, so many are drawn: the best. */
const MOST_OUTRANKED = 6
const STEPS = 48

/**
 * How a verdict is drawn; those that are missing were never in question for this client, and have no line.
 * @type {Readonly<Record<string, string>>}
 */
const LINES = {
  ...{ chosen: 'chosen', outranked: 'outranked', shed: 'shed', draining: 'shed', warming: 'shed' },
  ...{ down: 'down', degraded: 'down', 'no-family': 'down' },
}

/**
 * The candidates to which a line leads, the chosen one last, so that it is drawn above the others.
 * @param {Trail} trail
 */
export function drawnCandidates({ candidates }) {
  let outranked = 0
  return candidates
    .filter(({ verdict }) => LINES[verdict] !== undefined && (verdict !== 'outranked' || outranked++ < MOST_OUTRANKED))
    .sort((a, b) => Number(a.verdict === 'chosen') - Number(b.verdict === 'chosen'))
}

/**
 * Lines from the client's place to the candidates, in units of the map.
 * @param {Trail} trail
 * @param {ReadonlyMap<string, ClusterStatus>} clusters
 */
export function ways(trail, clusters) {
  const { place } = trail
  if (place === undefined) return []
  return drawnCandidates(trail).flatMap(({ cluster, verdict }) => {
    const there = clusters.get(cluster)?.location
    if (there === undefined) return []
    const d = wayBetween(place, there, STEPS).map(pathOf).join('')
    return [svg('path', { class: `way ${LINES[verdict]}`, d })]
  })
}

/** @param {readonly (readonly [number, number])[]} points */
const pathOf = points =>
  points.length < 2 ? '' : `M${points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join('L')}`

/** @param {Trail} trail where the client is, in units of the map; undefined when nobody knows */
export const clientSpot = ({ place }) => (place === undefined ? undefined : project(place.lat, place.lon))
