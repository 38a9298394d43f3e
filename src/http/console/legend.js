import { byId, html, svg } from './dom.js'
import { clientMark, clusterMark, heapMark } from './marks.js'

/** @typedef {import('../../model/status.ts').ClusterStatus} ClusterStatus */

/**
 * A cluster that looks like this.
 * @param {Partial<ClusterStatus>} more
 * @returns {ClusterStatus}
 */
const like = more => ({
  ...{ id: '', tier: 'embedded', location: { lat: 0, lon: 0 }, country: null, servers: 1, health: 'up', checked: null },
  ...{ drain: null, drained: 0, level: 0, floor: 0, planned: null, unit: 'bps', capacity: 1, target: 0.75, load: null },
  ...{ loadAgeMs: null, stale: false, answers: 0, services: [] },
  ...more,
})

const line = (/** @type {string} */ kind) => [svg('path', { class: `way ${kind}`, d: 'M-15 5Q0-9 15 5' })]

/** Every mark of the map by name, in the words of docs/console.md. @type {readonly (readonly [name: string, () => SVGElement[]])[]} */
const MARKS = [
  ['embedded', () => clusterMark(like({}))],
  ['exchange', () => clusterMark(like({ tier: 'exchange' }))],
  ['core', () => clusterMark(like({ tier: 'core' }))],
  ['up', () => clusterMark(like({}))],
  ['degraded', () => clusterMark(like({ health: 'degraded' }))],
  ['down', () => clusterMark(like({ health: 'down' }))],
  ['unknown', () => clusterMark(like({ health: 'unknown' }))],
  ['drained', () => clusterMark(like({ drained: 100 }))],
  ['load', () => clusterMark(like({ load: 0.55 }))],
  ['over target', () => clusterMark(like({ load: 0.88 }))],
  ['shedding', () => clusterMark(like({ load: 0.74, level: 100 }))],
  ['several', () => heapMark([like({}), like({}), like({}), like({ health: 'down' })])],
  ['client', () => [svg('g', { transform: 'translate(0 11)' }, ...clientMark())]],
  ['chosen', () => line('chosen')],
  ['outranked', () => line('outranked')],
  ['turned away', () => line('shed')],
  ['out of service', () => line('down')],
]

export function drawLegend() {
  byId('legend').replaceChildren(
    ...MARKS.map(([name, draw]) =>
      html(
        'li',
        {},
        svg('svg', { viewBox: '-22 -22 44 44', 'aria-hidden': 'true' }, ...draw()),
        html('span', {}, name),
      ),
    ),
  )
}
