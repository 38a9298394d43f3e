import { svg } from './dom.js'
import { isOver, STATES, stateOf } from './words.js'

/** @typedef {import('../../model/status.ts').ClusterStatus} ClusterStatus */

/*
 * A cluster, in pixels around its middle:
 *
 *        .-'''-.        ring, 13: load as a share of capacity, clockwise from the top; a notch at the target; dashed when nobody reports it
 *      /  .-'-.  \      inner arc, 9: shed level
 *     |  |  #  |  |     shape: tier (circle embedded, diamond exchange, square core); its colour and the sign on it: state
 *      \  '-.-'  /
 *        '-...-'
 */
const RING = 13
const SHED = 9.2

/** @type {Readonly<Record<string, string>>} */
const SHAPES = {
  embedded: 'M0-5.8A5.8 5.8 0 1 1 0 5.8A5.8 5.8 0 1 1 0-5.8z',
  exchange: 'M0-7.2L7.2 0 0 7.2-7.2 0z',
  core: 'M-5.4-5.4H5.4V5.4H-5.4z',
}

/** @type {Readonly<Record<string, string>>} */
const SIGNS = {
  up: '',
  down: 'M-2.3-2.3L2.3 2.3M2.3-2.3L-2.3 2.3',
  degraded: 'M0-3.2V.8M0 3V3.1',
  drained: 'M0-2.8V2.8M-2.1.7L0 2.8 2.1.7',
  unknown: 'M-1.7-1.6A1.7 1.7 0 1 1 0 .3V.9M0 3V3.1',
}

/**
 * @param {ClusterStatus} cluster
 * @returns {SVGElement[]}
 */
export function clusterMark(cluster) {
  const state = stateOf(cluster)
  const { load } = cluster
  const tone = load === null ? '' : load >= 0.95 ? 'full' : isOver(cluster) ? 'over' : ''
  return [
    svg('circle', { class: 'disc', r: 16 }),
    svg('circle', { class: load === null ? 'track none' : 'track', r: RING }),
    ...(load === null ? [] : [svg('path', { class: `load ${tone}`, d: arc(RING, load) }), notch(cluster.target)]),
    ...(cluster.level > 0 ? [svg('path', { class: 'shed', d: arc(SHED, cluster.level / 256) })] : []),
    svg('path', { class: `shape ${state}`, d: SHAPES[cluster.tier] ?? SHAPES.core ?? '' }),
    svg('path', { class: `sign ${state}`, d: SIGNS[state] ?? '' }),
  ]
}

/** The parts of a cluster that its mark shows: the same text, the same mark. @param {ClusterStatus} cluster */
export const markKey = ({ tier, load, target, level, ...rest }) =>
  [
    tier,
    load === null ? '' : Math.round(load * 100),
    target,
    level,
    stateOf({ tier, load, target, level, ...rest }),
  ].join()

/**
 * Several clusters at once: their number, and a ring of their states.
 * @param {readonly ClusterStatus[]} clusters
 * @returns {SVGElement[]}
 */
export function heapMark(clusters) {
  const parts = []
  let from = 0
  for (const state of STATES) {
    const share = clusters.filter(cluster => stateOf(cluster) === state).length / clusters.length
    if (share > 0) parts.push(svg('path', { class: `part ${state}`, d: arc(16.5, share, from) }))
    from += share
  }
  return [
    svg('circle', { class: 'disc', r: 20 }),
    ...parts,
    svg('text', { class: 'number', y: 4.2 }, String(clusters.length)),
  ]
}

/** The place of the client: a pin with its point at the middle. */
export function clientMark() {
  return [
    svg('path', { class: 'pin', d: 'M0 0C-3-6-8-9-8-15A8 8 0 0 1 8-15C8-9 3-6 0 0z' }),
    svg('circle', { class: 'pin-eye', cy: -15, r: 3 }),
  ]
}

/** @param {number} target 0..1 */
function notch(target) {
  const angle = 2 * Math.PI * Math.min(0.999, target)
  const [x, y] = [Math.sin(angle), -Math.cos(angle)]
  return svg('line', { class: 'notch', x1: x * 10.8, y1: y * 10.8, x2: x * 15.2, y2: y * 15.2 })
}

/**
 * A piece of a circle, clockwise from the top.
 * @param {number} r
 * @param {number} share 0..1 of the circle
 * @param {number} from where it begins, 0..1
 */
function arc(r, share, from = 0) {
  const point = (/** @type {number} */ at) => {
    const angle = 2 * Math.PI * at
    return `${(r * Math.sin(angle)).toFixed(2)} ${(-r * Math.cos(angle)).toFixed(2)}`
  }
  const whole = Math.min(0.9999, Math.max(0, share))
  return `M${point(from)}A${r} ${r} 0 ${whole > 0.5 ? 1 : 0} 1 ${point(from + whole)}`
}
