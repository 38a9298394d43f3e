import { byId, html, setText, svg } from './dom.js'
import { age, amount, count, isOver, isShedding, percent, plural, STATES, stateOf } from './words.js'

/** @typedef {import('../../model/status.ts').Status} Status */
/** @typedef {{ name: string, value: string, note: string, tone?: string, extra?: SVGElement }} Fact */

const HISTORY = 100
const OLD_PLAN_MS = 60_000

/** @type {number[]} */
const qps = []

/** The numbers on top. @param {Status} status */
export function drawFacts(status) {
  qps.push(status.qps)
  if (qps.length > HISTORY) qps.shift()
  byId('facts').replaceChildren(...facts(status).map(factElement))
}

/** @param {Fact} fact */
function factElement({ name, value, note, tone = '', extra }) {
  return html(
    'div',
    {},
    html('dt', {}, name),
    html('dd', { class: `value ${tone}` }, value),
    html('dd', { class: 'note' }, note, extra),
  )
}

/** @param {Status} status @returns {Fact[]} */
function facts(status) {
  return [
    clusterFact(status),
    loadFact(status),
    ...serviceFacts(status),
    planFact(status),
    storeFact(status),
    fleetFact(status),
  ]
}

/** @param {Status} status @returns {Fact} */
function clusterFact({ clusters }) {
  const name = 'Clusters up'
  const number = (/** @type {string} */ state) => clusters.filter(cluster => stateOf(cluster) === state).length
  const others = STATES.filter(state => state !== 'up' && number(state) > 0).map(state => `${number(state)} ${state}`)
  const shedding = clusters.filter(isShedding).length
  if (shedding > 0) others.push(`${shedding} shedding`)
  const tone = number('down') > 0 ? 'down' : number('degraded') > 0 ? 'degraded' : ''
  return {
    name,
    value: `${number('up')} of ${clusters.length}`,
    note: others.join(', ') || 'none sheds, none is drained',
    tone,
  }
}

/** Of the unit that most clusters have. @param {Status} status @returns {Fact} */
function loadFact({ clusters }) {
  const name = 'Load'
  const reporting = clusters.filter(({ load }) => load !== null)
  const [first] = reporting
  if (first === undefined) return { name, value: '–', note: 'no cluster reports its load' }
  const alike = reporting.filter(({ unit }) => unit === first.unit)
  const capacity = alike.reduce((sum, each) => sum + each.capacity, 0)
  const load = alike.reduce((sum, each) => sum + (each.load ?? 0) * each.capacity, 0)
  const fullest = reporting.reduce((a, b) => ((b.load ?? 0) > (a.load ?? 0) ? b : a))
  const over = reporting.filter(isOver).length
  const note = `${amount(load, first.unit)}; ${fullest.id} ${percent(fullest.load ?? 0)}${over > 0 ? `, ${over} over target` : ''}`
  return { name, value: percent(load / capacity), note, tone: over > 0 ? 'degraded' : '' }
}

/** @param {Status} status @returns {Fact[]} */
function serviceFacts({ snapshot, services, now, ...status }) {
  const isNone = snapshot.generation === 0
  const made =
    snapshot.from === 'disk' ? 'from disk' : snapshot.coarse ? 'coarse for now' : `made in ${age(snapshot.buildMs)}`
  return [
    {
      name: 'Queries per second',
      value: count(status.qps),
      note: plural(services.length, 'service'),
      extra: sparkline(),
    },
    {
      name: 'Map',
      value: isNone ? 'none' : `${age(now - snapshot.builtAt)} old`,
      note: isNone ? 'nothing is served yet' : `number ${snapshot.generation}, ${made}`,
      tone: isNone ? 'down' : snapshot.from === 'disk' ? 'degraded' : '',
    },
  ]
}

/** @param {Status} status @returns {Fact} */
function planFact({ leader, now }) {
  const who = leader.self ? 'this node leads' : leader.holder === null ? 'nobody leads' : `${leader.holder} leads`
  const old = leader.planAt === null ? Infinity : now - leader.planAt
  const value = leader.planAt === null ? 'none' : `${age(old)} old`
  return { name: 'Plan', value, note: `${who}, number ${leader.planSeq}`, tone: old > OLD_PLAN_MS ? 'degraded' : '' }
}

/** @param {Status} status @returns {Fact} */
function storeFact({ store, now }) {
  const note = `${store.kind}, for ${age(now - store.since)}${store.up ? '' : `: ${store.reason}`}`
  return { name: 'Store', value: store.up ? 'up' : 'away', note, tone: store.up ? '' : 'down' }
}

/** @param {Status} status @returns {Fact} */
function fleetFact({ fleet, health }) {
  const up = fleet.filter(({ state }) => state === 'up').length
  const silent = fleet.filter(({ state }) => state === 'silent').length
  const monitors =
    health.monitors.length === 0
      ? 'no monitors'
      : `${health.monitors.filter(({ fresh }) => fresh).length} of ${plural(health.monitors.length, 'monitor')} heard`
  return { name: 'Nameservers up', value: `${up} of ${fleet.length}`, note: monitors, tone: silent > 0 ? 'down' : '' }
}

function sparkline() {
  const top = Math.max(1, ...qps)
  const points = qps.map((value, i) => `${i},${15 - (value / top) * 13}`).join(' ')
  const box = `0 0 ${HISTORY - 1} 16`
  return svg(
    'svg',
    { viewBox: box, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('polyline', { class: 'spark', points }),
  )
}

/** @type {string[]} */
let alarmsShown = []

/** A screen reader says those that are new. @param {Status} status */
export function drawAlarms({ alarms }) {
  byId('alarms').hidden = alarms.length === 0
  setText(byId('calm'), alarms.length === 0 ? 'no alarms' : '')
  setText(byId('alarm-count'), plural(alarms.length, 'alarm'))
  if (alarms.join('\n') === alarmsShown.join('\n')) return
  const list = byId('alarm-list')
  const kept = new Map([...list.children].map(item => [item.textContent ?? '', item]))
  list.replaceChildren(...alarms.map(alarm => kept.get(alarm) ?? html('li', {}, alarm)))
  alarmsShown = [...alarms]
}
