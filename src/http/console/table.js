import { byId, html, setChildren, setText, svg } from './dom.js'
import {
  age,
  count,
  isOver,
  isShedding,
  loadWord,
  percent,
  STATES,
  shedWord,
  stateOf,
  stateWord,
  time,
  urgency,
} from './words.js'

/** @typedef {import('../../model/status.ts').ClusterStatus} ClusterStatus */
/** @typedef {{ row: HTMLTableRowElement, name: HTMLButtonElement, cells: Record<string, HTMLElement>, bar: SVGSVGElement }} Row */

/** More rows than anybody reads are drawn only when asked for. */
const MOST = 200

/** @typedef {readonly [word: string, holds: (cluster: ClusterStatus) => boolean]} Chip */

/** @type {readonly Chip[]} */
const CHIPS = [
  ...STATES.map(state => /** @type {Chip} */ ([state, cluster => stateOf(cluster) === state])),
  ['shedding', isShedding],
  ['over target', isOver],
]

/** All clusters as text, trouble first. */
export class ClusterTable {
  /** @param {(id: string) => void} select */
  constructor(select) {
    this.select = select
    /** @type {Map<string, Row>} */
    this.rows = new Map()
    /** @type {readonly ClusterStatus[]} */
    this.clusters = []
    /** @type {ReadonlyMap<string, number>} */
    this.rates = new Map()
    this.selected = ''
    this.only = ''
    this.most = MOST
    this.filter = /** @type {HTMLInputElement} */ (byId('filter'))
    this.filter.addEventListener('input', () => this.draw())
    byId('more').addEventListener('click', () => {
      this.most = Infinity
      this.draw()
    })
    this.chips = CHIPS.map(([word]) => this.chip(word))
    byId('chips').replaceChildren(...this.chips)
  }

  /** @param {string} word */
  chip(word) {
    const chip = html('button', { type: 'button', class: 'quiet', 'aria-pressed': 'false' }, word)
    chip.addEventListener('click', () => {
      this.only = this.only === word ? '' : word
      this.draw()
    })
    return chip
  }

  /**
   * @param {readonly ClusterStatus[]} clusters
   * @param {ReadonlyMap<string, number>} rates answers per second
   */
  update(clusters, rates) {
    this.clusters = clusters
    this.rates = rates
    this.draw()
  }

  draw() {
    for (const [i, [word, holds]] of CHIPS.entries()) {
      const chip = this.chips[i]
      const number = this.clusters.filter(holds).length
      if (chip === undefined) continue
      setText(chip, `${number} ${word}`)
      chip.hidden = number === 0 && this.only !== word
      chip.setAttribute('aria-pressed', String(this.only === word))
    }
    const found = this.found()
    setChildren(
      byId('clusters'),
      found.slice(0, this.most).map(cluster => this.row(cluster)),
    )
    byId('rest').hidden = found.length <= this.most
    setText(byId('rest-text'), `${this.most} of ${found.length} clusters.`)
  }

  found() {
    const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean)
    const holds = CHIPS.find(([word]) => word === this.only)?.[1] ?? (() => true)
    const matches = (/** @type {ClusterStatus} */ { id, tier, country, services }) => {
      const text = [id, tier, country, ...services].join(' ').toLowerCase()
      return words.every(word => text.includes(word))
    }
    return this.clusters
      .filter(cluster => holds(cluster) && matches(cluster))
      .sort((a, b) => urgency(a) - urgency(b) || (a.id < b.id ? -1 : 1))
  }

  /** @param {ClusterStatus} cluster */
  row(cluster) {
    const { id } = cluster
    const known = this.rows.get(id) ?? this.newRow(id)
    this.rows.set(id, known)
    const { row, cells, bar, name } = known
    row.className = id === this.selected ? 'selected' : ''
    name.setAttribute('aria-pressed', String(id === this.selected))
    const set = (/** @type {string} */ key, /** @type {string} */ text) => {
      const cell = cells[key]
      if (cell !== undefined) setText(cell, text)
    }
    set('where', [cluster.tier, cluster.country].filter(Boolean).join(', '))
    set('state', stateWord(cluster))
    if (cells.state !== undefined) cells.state.className = `state ${stateOf(cluster)}`
    set('load', loadWord(cluster))
    set('target', percent(cluster.target))
    set('shed', shedWord(cluster))
    const rate = this.rates.get(id)
    set('rate', rate === undefined ? '…' : count(rate))
    set('report', cluster.loadAgeMs === null ? 'never' : `${age(cluster.loadAgeMs)} ago`)
    cells.report?.classList.toggle('degraded', cluster.stale && cluster.loadAgeMs !== null)
    set('remark', remark(cluster))
    drawBar(bar, cluster)
    return row
  }

  /** @param {string} id @returns {Row} */
  newRow(id) {
    const name = html('button', { type: 'button', class: 'name' }, id)
    name.addEventListener('click', () => this.select(id))
    const bar = svg('svg', { class: 'bar', viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' })
    const cells = {
      where: html('small', {}),
      state: html('td', {}),
      load: html('small', {}),
      target: html('td', { class: 'n' }),
      shed: html('td', { class: 'n' }),
      rate: html('td', { class: 'n' }),
      report: html('td', { class: 'n' }),
      remark: html('td', { class: 'remark' }),
    }
    const { where, state, load, ...rest } = cells
    const row = html(
      'tr',
      {},
      html('th', { scope: 'row' }, name, where),
      state,
      html('td', {}, bar, load),
      ...Object.values(rest),
    )
    return { row, name, cells, bar }
  }
}

/** Load, and the target as a line across it. @param {SVGSVGElement} bar @param {ClusterStatus} cluster */
function drawBar(bar, { load, target }) {
  const look = `${load === null ? '' : Math.round(load * 100)} ${target}`
  if (bar.dataset.look === look) return
  bar.dataset.look = look
  const tone = load === null ? '' : load >= 0.95 ? 'full' : load > target ? 'over' : ''
  bar.replaceChildren(
    svg('rect', { class: 'room', y: 1, width: 100, height: 6 }),
    svg('rect', { class: `fill ${tone}`, y: 1, width: Math.min(100, (load ?? 0) * 100), height: 6 }),
    svg('rect', { class: 'goal', x: Math.min(99.2, target * 100), width: 0.8, height: 8 }),
  )
}

/** Who drains it and why, and which servers are down. @param {ClusterStatus} cluster */
export function remark({ drain, drained, checked }) {
  const parts = []
  if (drain !== null) {
    const end = drain.until === undefined ? '' : ` until ${time(drain.until)}`
    const wanted = drain.percent === 0 ? 'being restored' : `to ${drain.percent} %`
    parts.push(`${wanted} by ${drain.by}${end}${drain.reason === '' ? '' : `: ${drain.reason}`}`)
  } else if (drained > 0) parts.push('being restored')
  const [first] = checked?.down ?? []
  const more = (checked?.down.length ?? 0) - 1
  if (first !== undefined)
    parts.push(`${first.server} down (${first.cause}, IPv${first.family})${more > 0 ? ` and ${more} more` : ''}`)
  return parts.join('; ')
}
