/** @typedef {import('../../model/status.ts').Status} Status */
/** @typedef {import('../../model/status.ts').ClusterStatus} ClusterStatus */
/** @typedef {'down' | 'degraded' | 'drained' | 'unknown' | 'up'} State */

/** The states, the worst first, and what each is called. @type {readonly State[]} */
export const STATES = ['down', 'degraded', 'drained', 'unknown', 'up']

const compact = new Intl.NumberFormat('en', { maximumFractionDigits: 1, notation: 'compact' })
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'short' })

/** @param {number} value */
export const count = value => compact.format(value)

/** @param {number} share 0..1 */
export const percent = share => `${Math.round(share * 100)} %`

/** @param {number} ms Unix time */
export const time = ms => clock.format(ms)

/** @param {number} ms Unix time */
export const date = ms => moment.format(ms)

/**
 * `40 Gbps`, `50K rps`.
 * @param {number} value
 * @param {string} unit
 */
export function amount(value, unit) {
  if (unit !== 'bps') return `${count(value)} ${unit}`
  const step = Math.max(0, Math.min(4, Math.floor(Math.log10(Math.max(1, value)) / 3)))
  return `${Math.round((value / 1000 ** step) * 10) / 10} ${['bps', 'Kbps', 'Mbps', 'Gbps', 'Tbps'][step]}`
}

/**
 * `40 s`, `12 min`, `3 h`, `5 days`; seconds up to two minutes, and so on.
 * @param {number} ms
 */
export function age(ms) {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 120) return `${s} s`
  if (s < 7200) return `${Math.round(s / 60)} min`
  return s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} days`
}

/**
 * @param {number} value
 * @param {string} one `1 alarm`, `2 alarms`
 */
export const plural = (value, one) => `${value} ${one}${value === 1 ? '' : 's'}`

/**
 * The one state a cluster is shown in: what its monitors say goes before what the operator wants.
 * @param {ClusterStatus} cluster
 * @returns {State}
 */
export function stateOf(cluster) {
  if (cluster.health === 'down' || cluster.health === 'degraded') return cluster.health
  if (cluster.drain !== null || cluster.drained > 0) return 'drained'
  return cluster.health
}

/** @param {ClusterStatus} cluster */
export function stateWord(cluster) {
  const state = stateOf(cluster)
  const share = cluster.drain !== null || cluster.drained > 0 ? `drained ${Math.round(cluster.drained)} %` : ''
  return state === 'drained' ? share : share === '' ? state : `${state}, ${share}`
}

/** @param {ClusterStatus} cluster */
export const isShedding = ({ level }) => level > 0

/** @param {ClusterStatus} cluster */
export const isOver = ({ load, target }) => load !== null && load > target

/**
 * Trouble first: 0 is the worst.
 * @param {ClusterStatus} cluster
 */
export function urgency(cluster) {
  const state = stateOf(cluster)
  if (state === 'down' || state === 'degraded') return STATES.indexOf(state)
  if (isOver(cluster) || isShedding(cluster)) return 2
  return STATES.indexOf(state) + 1
}

/** @param {ClusterStatus} cluster */
export function loadWord({ load, capacity, unit }) {
  return load === null ? `of ${amount(capacity, unit)}, not reported` : `${percent(load)} of ${amount(capacity, unit)}`
}

/** @param {ClusterStatus} cluster */
export const shedWord = ({ level }) => (level === 0 ? '–' : percent(level / 256))

/**
 * A cluster in one sentence, for who cannot see its mark.
 * @param {ClusterStatus} cluster
 */
export function describe(cluster) {
  const place = cluster.country === null ? '' : `, ${cluster.country}`
  const load =
    cluster.load === null ? 'load not reported' : `load ${loadWord(cluster)}${cluster.stale ? ', old report' : ''}`
  const shed = cluster.level === 0 ? '' : `, shedding ${shedWord(cluster)}`
  return `${cluster.id}, ${cluster.tier}${place}: ${stateWord(cluster)}, ${load}, target ${percent(cluster.target)}${shed}`
}
