import { setChildren, svg } from './dom.js'
import { labels } from './labels.js'
import { HEAP_R, keyOf, layOut } from './layout.js'
import { clientMark, clusterMark, heapMark, markKey } from './marks.js'
import { project } from './projection.js'
import { steer } from './steer.js'
import { View } from './view.js'
import { clientSpot, drawnCandidates, ways } from './ways.js'
import { describe, plural, stateOf } from './words.js'
import { LAND, LAND_GRID } from './world.js'

/** @typedef {import('../../model/status.ts').ClusterStatus} ClusterStatus */
/** @typedef {import('../../model/trail.ts').Trail} Trail */
/** @typedef {import('./layout.js').Item} Item */

const ALL_IN_ONE = 3
const MARGIN = 30

/** The world with the clusters on it. Marks keep their size at every zoom, so they are laid out in pixels above the land. */
export class WorldMap {
  /**
   * @param {SVGSVGElement} root
   * @param {(ids: readonly string[]) => void} show what somebody chose: a cluster, or several that are at one place
   */
  constructor(root, show) {
    this.root = root
    this.show = show
    this.view = new View()
    /** @type {ReadonlyMap<string, ClusterStatus>} */
    this.clusters = new Map()
    /** @type {Map<string, [number, number]>} */
    this.spots = new Map()
    /** Ids and places as text: where they are the same, marks stand where they stood. */
    this.places = ''
    /** @type {Item[]} */
    this.items = []
    /** What the items were laid out for, and where the middle of the world was then. */
    this.laid = { key: '', x: 0, y: 0 }
    /** @type {Map<string, SVGElement>} */
    this.nodes = new Map()
    /** @type {Trail | null} */
    this.trail = null
    /** The cluster that Tab leads to, and the one that is shown in full. */
    this.current = ''
    this.selected = ''
    this.lines = svg('g', { class: 'ways' })
    const land = svg('path', { class: 'land', d: LAND, transform: `scale(${1 / LAND_GRID})` })
    this.world = svg('g', { 'aria-hidden': 'true' }, land, this.lines)
    this.leaders = svg('g', { class: 'leaders', 'aria-hidden': 'true' })
    this.marks = svg('g', { class: 'marks' })
    this.above = svg('g', { class: 'above', 'aria-hidden': 'true' })
    root.append(this.world, this.leaders, this.marks, this.above)
    steer(this)
    new ResizeObserver(([entry]) => {
      const box = entry?.contentRect
      if (box === undefined || box.width === 0) return
      Object.assign(this.view, { width: box.width, height: box.height })
      root.setAttribute('viewBox', `0 0 ${box.width} ${box.height}`)
      this.view.hold()
      this.draw()
    }).observe(root)
  }

  /** @param {ReadonlyMap<string, ClusterStatus>} clusters */
  update(clusters) {
    this.clusters = clusters
    this.spots = new Map([...clusters.values()].map(({ id, location }) => [id, project(location.lat, location.lon)]))
    this.places = [...this.spots].join()
    if (!clusters.has(this.current)) this.current = clusters.keys().next().value ?? ''
    this.draw()
  }

  /** @param {Trail | null} trail */
  follow(trail) {
    this.trail = trail
    this.draw()
  }

  /** @param {string} id */
  select(id) {
    this.selected = id
    if (this.spots.has(id)) this.current = id
    this.draw()
  }

  draw() {
    const { view, trail } = this
    this.world.setAttribute('transform', view.transform)
    this.lines.replaceChildren(...(trail === null ? [] : ways(trail, this.clusters)))
    const client = trail === null ? undefined : clientSpot(trail)
    const pin = client === undefined ? undefined : view.pixel(client)
    const taken = pin === undefined ? [] : [{ x: pin[0], y: pin[1] - 12, r: 14 }]
    this.layOut(pin, taken)
    const seen = this.items.filter(({ x, y }) => view.shows(x, y, MARGIN))
    this.leaders.replaceChildren(...seen.filter(isAway).map(leader))
    const hadFocus = this.marks.contains(document.activeElement)
    setChildren(
      this.marks,
      seen.map(item => this.node(item)),
    )
    const keys = new Set(seen.map(keyOf))
    for (const key of this.nodes.keys()) if (!keys.has(key)) this.nodes.delete(key)
    if (hadFocus && !this.marks.contains(document.activeElement)) this.focusCurrent()
    const pins = pin === undefined ? [] : [svg('g', { transform: `translate(${pin[0]} ${pin[1]})` }, ...clientMark())]
    this.above.replaceChildren(...labels(seen, this.labelText(), view, taken), ...pins)
  }

  /**
   * Where the marks stand; while the map is only moved, they move with it.
   * @param {readonly [number, number] | undefined} pin
   * @param {readonly { x: number, y: number, r: number }[]} taken
   */
  layOut(pin, taken) {
    const { view, laid } = this
    const [x, y] = view.pixel([0, 0])
    const key = [
      view.zoom,
      view.width,
      view.height,
      this.places,
      pin === undefined ? '' : [pin[0] - x, pin[1] - y].map(Math.round),
    ].join()
    if (key === laid.key) {
      for (const item of this.items) {
        item.x += x - laid.x
        item.placeX += x - laid.x
        item.y += y - laid.y
        item.placeY += y - laid.y
      }
    } else {
      const spots = [...this.spots].map(([id, spot]) => {
        const [spotX, spotY] = view.pixel(spot)
        return { id, x: spotX, y: spotY }
      })
      this.items = layOut(spots, view.zoom, taken)
    }
    this.laid = { key, x, y }
  }

  /** What is written beside a mark, and how early it gets its room. */
  labelText() {
    const { trail } = this
    const verdicts = new Map(
      trail === null ? [] : drawnCandidates(trail).map(({ cluster, verdict }) => [cluster, verdict]),
    )
    return (/** @type {string} */ id) => {
      const cluster = this.clusters.get(id)
      const verdict = verdicts.get(id)
      const isTrouble = cluster !== undefined && stateOf(cluster) !== 'up'
      const rank = verdict === 'chosen' ? 0 : id === this.selected ? 1 : verdict !== undefined ? 2 : isTrouble ? 3 : 4
      return { text: id, note: verdict ?? '', rank }
    }
  }

  /** The element of an item, made anew only where it looks different. @param {Item} item */
  node(item) {
    const key = keyOf(item)
    const clusters = item.members.flatMap(id => this.clusters.get(id) ?? [])
    const node = this.nodes.get(key) ?? svg('g', { role: 'button', 'data-key': key })
    this.nodes.set(key, node)
    const [only] = clusters
    const isOne = item.members.length === 1 && only !== undefined
    const look = isOne ? markKey(only) : clusters.map(stateOf).join()
    if (node.dataset.look !== look) {
      node.dataset.look = look
      node.replaceChildren(...(isOne ? clusterMark(only) : heapMark(clusters)))
    }
    const isCurrent = item.members.includes(this.current)
    attribute(node, 'transform', `translate(${item.x.toFixed(1)} ${item.y.toFixed(1)})`)
    attribute(node, 'class', `mark${item.members.includes(this.selected) ? ' selected' : ''}`)
    attribute(node, 'tabindex', isCurrent ? '0' : '-1')
    attribute(node, 'aria-label', isOne ? describe(only) : describeHeap(clusters))
    return node
  }

  /** Goes to the item with a cluster and brings it into sight. @param {string} id */
  goTo(id) {
    this.current = id
    const item = this.items.find(({ members }) => members.includes(id))
    if (item !== undefined && !this.view.shows(item.x, item.y, -HEAP_R)) {
      this.view.moveBy(this.view.width / 2 - item.x, this.view.height / 2 - item.y)
    }
    this.draw()
    this.focusCurrent()
  }

  focusCurrent() {
    const item = this.items.find(({ members }) => members.includes(this.current))
    if (item !== undefined) this.nodes.get(keyOf(item))?.focus({ preventScroll: true })
  }

  /** One cluster is shown in full; several are looked at from nearer, or all shown where nearness parts them no more. @param {string} key */
  open(key) {
    const item = this.items.find(each => keyOf(each) === key)
    if (item === undefined) return
    this.current = item.members[0] ?? ''
    const before = this.view.zoom
    if (item.members.length > 1) {
      this.view.fit(item.members.flatMap(id => [this.spots.get(id) ?? [0, 0]]))
      this.draw()
    }
    const isParted =
      this.view.zoom > before &&
      !this.items.some(({ members }) => members.length === item.members.length && members[0] === item.members[0])
    if (item.members.length === 1 || !isParted) this.show(item.members)
  }
}

/** @param {Item} item */
const isAway = ({ x, y, placeX, placeY }) => Math.hypot(x - placeX, y - placeY) > ALL_IN_ONE

/** From the mark to its place. @param {Item} item */
const leader = ({ x, y, placeX, placeY }) =>
  svg('g', {}, svg('line', { x1: x, y1: y, x2: placeX, y2: placeY }), svg('circle', { cx: placeX, cy: placeY, r: 2 }))

/** @param {readonly ClusterStatus[]} clusters */
function describeHeap(clusters) {
  /** @type {Map<string, number>} */
  const states = new Map()
  for (const cluster of clusters) states.set(stateOf(cluster), (states.get(stateOf(cluster)) ?? 0) + 1)
  const counted = [...states].map(([state, number]) => `${number} ${state}`).join(', ')
  return `${plural(clusters.length, 'cluster')} around ${clusters[0]?.id ?? ''}: ${counted}. Enter looks closer.`
}

/** @param {Element} node @param {string} name @param {string} value */
function attribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value)
}
