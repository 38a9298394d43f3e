import { copyable, html } from './dom.js'
import { time } from './words.js'

/** @typedef {import('../../model/trail.ts').Trail} Trail */
/** @typedef {import('../../model/trail.ts').CandidateTrail} CandidateTrail */
/** @typedef {import('../../model/trail.ts').SharedTrail} SharedTrail */

/** What a verdict means, in a few words. @type {Readonly<Record<string, string>>} */
const WHY = {
  shed: 'turned away: its load is near its target',
  down: 'no server is up',
  degraded: 'too few servers are up',
  warming: 'in its slow start',
  'no-family': 'has no address of this family',
  'no-content': 'does not hold the content',
  'not-announced': 'is not for this network',
  excluded: 'is not one of the service',
}

/** @param {number | undefined} value @param {string} unit */
const number = (value, unit) => (value === undefined ? '–' : `${Math.round(value * 10) / 10}${unit}`)

/**
 * The decision, from the answer down to every candidate.
 * @param {Trail} trail
 */
export function trailParts(trail) {
  return [
    answer(trail),
    ...(trail.shared === undefined ? [] : [shared(trail.shared)]),
    facts(trail),
    candidates(trail),
    commands(trail),
    json(trail),
  ]
}

/** The decision in one sentence. @param {Trail} trail */
export const sentence = ({ cluster, answers, reason, client }) =>
  `${client.block} goes to ${cluster ?? 'no cluster'}: ${reason}. ${answers.join(', ') || 'No address'}.`

/** @param {Trail} trail */
function answer({ cluster, servers, answers, ttl, reason }) {
  const from = servers.length === 0 ? '' : ` (${servers.join(', ')})`
  return html(
    'div',
    {},
    html('p', { class: 'result' }, html('b', {}, cluster ?? 'no cluster'), ` · ${answers.join(', ') || 'no address'}`),
    html('p', {}, `${reason}; TTL ${ttl} s${from}`),
  )
}

/** @param {SharedTrail} trail */
function shared({ hostname, target, targets, reason, ttl }) {
  const list = targets.map(
    each =>
      `${each.target} (weight ${each.weight}${each.countries === undefined ? '' : `, ${each.countries.join(' ')}`}): ${each.verdict}`,
  )
  return html('p', {}, `${hostname} leads to ${target}: ${reason}; TTL ${ttl} s. ${list.join('; ')}.`)
}

/** @param {Trail} trail */
function facts({ client, place, service, policy, demand, snapshot }) {
  const network = place?.asn === undefined ? '' : `, AS${place.asn}`
  const where =
    place === undefined
      ? 'not known: no line on the map'
      : `${place.country ?? 'no country'}, ${place.lat}, ${place.lon}${network} (${place.from})`
  const pairs = [
    ['Client', `${client.address}, by ${client.source}`],
    ['Block', `${client.block}, ECS scope ${client.scope}`],
    ['Place', where],
    ['Service', `${service}, policy ${policy}; map ${snapshot}`],
    ...(demand === undefined ? [] : [['Demand', `weight ${Math.round(demand * 100) / 100}`]]),
  ]
  return html(
    'dl',
    { class: 'pairs' },
    ...pairs.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]),
  )
}

/** @param {Trail} trail */
function candidates({ candidates: all, reason }) {
  const hasLoss = all.some(({ loss }) => loss !== undefined)
  const head = ['Candidate', 'Verdict', 'RTT, known from', ...(hasLoss ? ['Loss'] : []), 'Distance', 'Score']
  const titles = head.map((title, i) => html('th', { scope: 'col', class: i > 2 ? 'n' : '' }, title))
  return html(
    'div',
    { class: 'candidates' },
    html(
      'table',
      {},
      html('thead', {}, html('tr', {}, ...titles)),
      html('tbody', {}, ...all.map(each => candidateRow(each, reason, hasLoss))),
    ),
  )
}

/** @param {CandidateTrail} candidate @param {string} reason @param {boolean} hasLoss whether any candidate has */
function candidateRow(candidate, reason, hasLoss) {
  const { cluster, tier, verdict, health, rttMs, rttFrom, loss, distanceKm, score } = candidate
  const why =
    verdict === 'chosen' ? reason : candidate.planned ? 'the allocation planned it elsewhere' : (WHY[verdict] ?? '')
  const notes = [why, health, drainNote(candidate)].filter(Boolean).join('; ')
  const numbers = [
    ...(hasLoss ? [loss === undefined ? '–' : number(loss * 100, ' %')] : []),
    number(distanceKm, ' km'),
    number(score, ''),
  ]
  return html(
    'tr',
    { class: verdict === 'chosen' ? 'is-chosen' : '' },
    html('th', { scope: 'row' }, cluster, html('small', {}, tier)),
    html('td', { class: 'said' }, html('span', { class: 'verdict' }, verdict), html('small', {}, notes)),
    html('td', { class: 'evidence' }, number(rttMs, ' ms'), html('small', {}, rttFrom)),
    ...numbers.map(text => html('td', { class: 'n' }, text)),
  )
}

/** @param {CandidateTrail} candidate */
function drainNote({ drain }) {
  if (drain === undefined) return ''
  const end = drain.until === undefined ? '' : ` until ${time(drain.until)}`
  return `drained ${drain.percent} % of ${drain.target} % by ${drain.by}${end}${drain.reason === '' ? '' : `: ${drain.reason}`}`
}

/** The same question in a terminal, where its words need no quoting there. @param {Trail} trail */
function commands({ name, client, type, shared: before }) {
  const asked = before?.hostname ?? name
  const safe = [asked, client.address, client.block].every(word => /^[A-Za-z0-9.:/_-]+$/.test(word))
  const lines = safe ? [`kingcdn explain ${asked} --client ${client.address} --type ${type} --live`] : []
  return html('div', {}, ...lines.map(copyable))
}

/** @param {Trail} trail */
const json = trail => html('details', {}, html('summary', {}, 'JSON'), html('pre', {}, JSON.stringify(trail, null, 2)))
