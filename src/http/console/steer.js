import { keyOf } from './layout.js'

/** @typedef {import('./map.js').WorldMap} WorldMap */

const STEP = 1.5
/** A finger or a mouse that moved less has clicked. */
const CLICK = 5

/** @type {Readonly<Record<string, readonly [number, number]>>} */
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

/** Keys, wheel and pointer move the map. @param {WorldMap} map */
export function steer(map) {
  steerByKeys(map)
  steerByWheel(map)
  steerByPointer(map)
}

/** @param {WorldMap} map */
function steerByKeys(map) {
  map.root.addEventListener('keydown', event => {
    if (event.altKey || event.ctrlKey || event.metaKey || !act(map, event.key)) return
    event.preventDefault()
  })
}

/**
 * @param {WorldMap} map
 * @param {string} key
 * @returns {boolean} whether the key means something here
 */
function act(map, key) {
  const way = WAYS[key]
  if (way !== undefined) {
    const next = neighbour(map, way)
    if (next !== undefined) map.goTo(next)
  } else if (key === '+' || key === '=') zoomAtCurrent(map, STEP)
  else if (key === '-') zoomAtCurrent(map, 1 / STEP)
  else if (key === '0') all(map)
  else if (key === 'Home') map.goTo(map.clusters.keys().next().value ?? '')
  else if (key === 'Enter' || key === ' ') openFocused(map)
  else return false
  return true
}

/** @param {WorldMap} map */
export function all(map) {
  map.view.all()
  map.draw()
}

/** Nearer or farther around the mark that has the focus. @param {WorldMap} map @param {number} factor */
export function zoomAtCurrent(map, factor) {
  const item = map.items.find(({ members }) => members.includes(map.current))
  const isSeen = item !== undefined && map.view.shows(item.x, item.y, 0) && map.marks.contains(document.activeElement)
  if (isSeen) map.view.zoomBy(factor, item.placeX, item.placeY)
  else map.view.zoomBy(factor)
  map.draw()
}

/** @param {WorldMap} map */
function openFocused(map) {
  const focused = document.activeElement
  if (focused instanceof SVGElement && focused.dataset.key !== undefined) map.open(focused.dataset.key)
}

/**
 * The nearest mark in a direction; what lies aside counts as farther.
 * @param {WorldMap} map
 * @param {readonly [number, number]} way
 * @returns {string | undefined} its first cluster
 */
function neighbour(map, [wayX, wayY]) {
  const from = map.items.find(({ members }) => members.includes(map.current))
  if (from === undefined) return map.items[0]?.members[0]
  let best = Infinity
  let found
  for (const item of map.items) {
    const [dx, dy] = [item.x - from.x, item.y - from.y]
    const ahead = dx * wayX + dy * wayY
    const aside = Math.abs(dx * wayY) + Math.abs(dy * wayX)
    const far = ahead + 2 * aside
    if (keyOf(item) !== keyOf(from) && ahead > 0.5 && aside <= 2 * ahead && far < best)
      [best, found] = [far, item.members[0]]
  }
  return found
}

/** The wheel belongs to the page until somebody is on the map; with Ctrl, as a pinch says it, always to the map. @param {WorldMap} map */
function steerByWheel(map) {
  map.root.addEventListener(
    'wheel',
    event => {
      if (!event.ctrlKey && !map.root.contains(document.activeElement)) return
      event.preventDefault()
      const box = map.root.getBoundingClientRect()
      map.view.zoomBy(
        Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)),
        event.clientX - box.left,
        event.clientY - box.top,
      )
      map.draw()
    },
    { passive: false },
  )
}

/** @param {WorldMap} map */
function steerByPointer(map) {
  /** @type {{ x: number, y: number } | null} */
  let held = null
  let moved = false
  map.root.addEventListener('pointerdown', event => {
    moved = false
    if (event.button === 0) held = { x: event.clientX, y: event.clientY }
  })
  map.root.addEventListener('pointermove', event => {
    if (held === null) return
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y]
    if (!moved && Math.hypot(dx, dy) < CLICK) return
    if (!moved) map.root.setPointerCapture(event.pointerId)
    moved = true
    held = { x: event.clientX, y: event.clientY }
    map.view.moveBy(dx, dy)
    map.draw()
  })
  for (const end of ['pointerup', 'pointercancel'])
    map.root.addEventListener(end, () => {
      held = null
    })
  // A click and not what the pointer did: screen readers click without one.
  map.root.addEventListener('click', event => {
    const mark = event.target instanceof Element ? event.target.closest('.mark') : null
    const key = mark?.getAttribute('data-key')
    if (moved) return
    if (key === null || key === undefined) map.root.focus({ preventScroll: true })
    else map.open(key)
  })
}
