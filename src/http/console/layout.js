/**
 * Where marks stand on the screen, in pixels. Marks of clusters that lie close together are pushed apart, each with a line to its place; where there are
 * too many for that they become one mark with a number, until somebody looks closer.
 *
 *   places      . : .      few:   o o o      many:   (12)
 *                                  \|/
 *
 * @typedef {{ readonly id: string, readonly x: number, readonly y: number }} Spot
 * @typedef {{ members: string[], x: number, y: number, placeX: number, placeY: number, r: number }} Item
 */

/** So many marks are told apart; more of them are put together wherever they touch. */
const CALM = 60
/** A heap of so many is pushed apart on a calm map. */
const HEAP = 7
const TOUCH = 24
const NEAR = 40
export const MARK_R = 17
export const HEAP_R = 21
const ROUNDS = 60

/** What an item is called as long as it begins with the same cluster. @param {Item} item */
export const keyOf = ({ members }) => `${members.length === 1 ? 'one' : 'some'}:${members[0]}`

/**
 * @param {readonly Spot[]} spots in an order that stays the same
 * @param {number} zoom 1 = the whole world is seen
 * @param {readonly { x: number, y: number, r: number }[]} taken what must stay free
 * @returns {Item[]}
 */
export function layOut(spots, zoom, taken = []) {
  const isCalm = spots.length / (zoom * zoom) <= CALM
  const items = heaps(spots, isCalm ? TOUCH : NEAR).flatMap(heap => {
    const isSmall = heap.length === 1 || (isCalm && heap.length <= HEAP)
    return isSmall ? heap.map(spot => item([spot], MARK_R)) : [item(heap, HEAP_R)]
  })
  pushApart(items, taken)
  return items
}

/**
 * @param {readonly Spot[]} spots
 * @param {number} r
 * @returns {Item}
 */
function item(spots, r) {
  const x = spots.reduce((sum, spot) => sum + spot.x, 0) / spots.length
  const y = spots.reduce((sum, spot) => sum + spot.y, 0) / spots.length
  return { members: spots.map(({ id }) => id), x, y, placeX: x, placeY: y, r }
}

/**
 * Each spot joins the first heap whose first spot is within reach.
 * @param {readonly Spot[]} spots
 * @param {number} reach
 */
function heaps(spots, reach) {
  /** @type {Spot[][]} */
  const found = []
  const grid = new Grid(reach)
  for (const spot of spots) {
    const near = grid.around(spot).find(i => {
      const first = found[i]?.[0]
      return first !== undefined && Math.hypot(first.x - spot.x, first.y - spot.y) < reach
    })
    const heap = near === undefined ? undefined : found[near]
    if (heap !== undefined) heap.push(spot)
    else {
      grid.add(spot, found.length)
      found.push([spot])
    }
  }
  return found
}

/**
 * Marks that overlap push each other; each is drawn back to its place a little.
 * @param {Item[]} items
 * @param {readonly { x: number, y: number, r: number }[]} taken
 */
function pushApart(items, taken) {
  for (let round = 0; round < ROUNDS; round++) {
    const grid = new Grid(2 * HEAP_R)
    for (const [i, each] of items.entries()) {
      each.x += (each.placeX - each.x) * 0.04
      each.y += (each.placeY - each.y) * 0.04
      grid.add(each, i)
    }
    let moved = false
    for (const [i, each] of items.entries())
      for (const j of grid.around(each)) {
        const other = items[j]
        if (j > i && other !== undefined) moved = push(each, other, i + j) || moved
      }
    for (const fixed of taken) for (const [i, each] of items.entries()) moved = push(each, fixed, i, 0) || moved
    if (!moved) return
  }
}

/**
 * @param {{ x: number, y: number, r: number }} a
 * @param {{ x: number, y: number, r: number }} b
 * @param {number} turn for two that are at one place: any number
 * @param {number} give share of the way that b goes
 */
function push(a, b, turn, give = 0.5) {
  const gap = a.r + b.r - 4
  let [dx, dy] = [b.x - a.x, b.y - a.y]
  let distance = Math.hypot(dx, dy)
  if (distance >= gap) return false
  if (distance < 0.01) [dx, dy, distance] = [Math.cos(turn * 2.4), Math.sin(turn * 2.4), 1]
  const way = (gap - distance) / distance
  a.x -= dx * way * (1 - give)
  a.y -= dy * way * (1 - give)
  b.x += dx * way * give
  b.y += dy * way * give
  return true
}

/** Numbers by where they are, for questions about what is near. */
class Grid {
  /** @param {number} size of a cell */
  constructor(size) {
    this.size = size
    /** @type {Map<number, number[]>} */
    this.cells = new Map()
  }

  /** @param {number} x @param {number} y */
  key(x, y) {
    return Math.floor(x / this.size) * 100_003 + Math.floor(y / this.size)
  }

  /** @param {{ x: number, y: number }} at @param {number} value */
  add({ x, y }, value) {
    const key = this.key(x, y)
    const cell = this.cells.get(key)
    if (cell === undefined) this.cells.set(key, [value])
    else cell.push(value)
  }

  /** @param {{ x: number, y: number }} at @returns {number[]} what is in its cell and the eight around it */
  around({ x, y }) {
    const found = []
    for (const dx of [-1, 0, 1])
      for (const dy of [-1, 0, 1]) {
        const cell = this.cells.get(this.key(x + dx * this.size, y + dy * this.size))
        if (cell !== undefined) found.push(...cell)
      }
    return found
  }
}
