import { Refusal, startDoor } from './api.js'
import { drawDetail } from './detail.js'
import { byId, setText } from './dom.js'
import { drawAlarms, drawFacts } from './facts.js'
import { drawFleet } from './fleet.js'
import { drawLegend } from './legend.js'
import { WorldMap } from './map.js'
import { followStatus } from './poll.js'
import { all, zoomAtCurrent } from './steer.js'
import { ClusterTable } from './table.js'
import { startTheme } from './theme.js'
import { Trace } from './trace.js'
import { age, time } from './words.js'

/** @typedef {import('../../model/status.ts').Status} Status */

/** The newest status, and the one before it: rates are what lies between. @type {Status | null} */
let status = null
/** When it came, by the clock of the browser. */
let heardAt = 0
/** When the server is asked again while it does not answer; 0: it does. */
let againAt = 0
/** What is shown in full. @type {readonly string[]} */
let shown = []

const table = new ClusterTable(id => select([id]))
const map = new WorldMap(/** @type {SVGSVGElement} */ (/** @type {unknown} */ (byId('map'))), select)
const trace = new Trace((trail, question) => {
  map.follow(trail)
  remember(question)
})

/** @param {readonly string[]} ids */
function select(ids) {
  shown = ids.filter(Boolean)
  const only = shown.length === 1 ? (shown[0] ?? '') : ''
  table.selected = only
  table.draw()
  map.select(only)
  const hadFocus = byId('detail').contains(document.activeElement)
  showDetail()
  if (shown.length > 0) byId('detail').scrollIntoView({ block: 'nearest' })
  else if (hadFocus) map.focusCurrent()
  remember(trace.question)
}

function showDetail() {
  const wanted = new Set(shown)
  drawDetail(status?.clusters.filter(({ id }) => wanted.has(id)) ?? [], id => select([id]))
}

/** What is looked at stands in the address, so that it can be sent to a colleague. @param {import('./trace.js').Question | null} question */
function remember(question) {
  const words = new URLSearchParams(question === null ? {} : { ...question })
  if (shown.length === 1) words.set('cluster', shown[0] ?? '')
  history.replaceState(null, '', words.size === 0 ? location.pathname : `#${words}`)
}

function recall() {
  const words = new URLSearchParams(location.hash.slice(1))
  const question = { name: words.get('name') ?? '', client: words.get('client') ?? '', type: words.get('type') ?? 'A' }
  const cluster = words.get('cluster')
  if (question.name !== '') trace.fill(question)
  if (cluster !== null) select([cluster])
}

/** @param {Status} next */
function heard(next) {
  const rates = answerRates(next)
  const isFirst = status === null
  status = next
  heardAt = Date.now()
  againAt = 0
  document.title = `${next.alarms.length > 0 ? `(${next.alarms.length}) ` : ''}${next.node} · KingCDN`
  setText(byId('node'), next.node)
  setText(byId('phase'), next.phase)
  byId('phase').className = next.phase === 'serving' ? 'up' : 'degraded'
  setText(byId('version'), `${next.version}, up ${age(next.now - next.startedAt)}`)
  drawAlarms(next)
  drawFacts(next)
  drawFleet(next)
  map.update(new Map(next.clusters.map(cluster => [cluster.id, cluster])))
  table.update(next.clusters, rates)
  showDetail()
  trace.update(next)
  if (isFirst) recall()
  showLife()
}

/** Answers per second by cluster, between the last two statuses. @param {Status} next @returns {Map<string, number>} */
function answerRates(next) {
  const seconds = status === null ? 0 : (next.now - status.now) / 1000
  if (status === null || seconds <= 0 || status.startedAt !== next.startedAt) return new Map()
  const before = new Map(status.clusters.map(({ id, answers }) => [id, answers]))
  return new Map(
    next.clusters.map(({ id, answers }) => [id, Math.max(0, answers - (before.get(id) ?? answers)) / seconds]),
  )
}

/** @param {number} again @param {Error} error */
function lost(again, error) {
  againAt = Date.now() + again
  const since = heardAt === 0 ? '' : ` since ${time(heardAt)}: what you see is as it was then`
  const what = error instanceof Refusal ? 'The server refuses to tell' : 'No answer from the server'
  setText(byId('lost-text'), `${what}${since} (${error.message}).`)
  showLife()
}

/** Whether the server lives, every second: it must be seen at once when it does not. */
function showLife() {
  const isLost = againAt > 0
  document.documentElement.classList.toggle('lost', isLost)
  byId('lost').hidden = !isLost
  setText(byId('live-text'), isLost ? 'no answer' : heardAt === 0 ? 'asking …' : `live, ${time(heardAt)}`)
  if (isLost)
    setText(
      byId('again'),
      `Silent for ${heardAt === 0 ? 'as long as this page is open' : age(Date.now() - heardAt)}; asked again in ${age(againAt - Date.now())}.`,
    )
}

startTheme()
drawLegend()
byId('nearer').addEventListener('click', () => zoomAtCurrent(map, 1.5))
byId('farther').addEventListener('click', () => zoomAtCurrent(map, 1 / 1.5))
byId('all').addEventListener('click', () => all(map))
addEventListener('hashchange', recall)
addEventListener('keydown', event => {
  if (event.key === 'Escape' && shown.length > 0) select([])
})
startDoor(followStatus({ heard, lost }))
setInterval(showLife, 1000)
