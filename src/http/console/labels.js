import { svg } from './dom.js'

/** @typedef {import('./layout.js').Item} Item */
/** @typedef {[left: number, top: number, width: number, height: number]} Box */

const LETTER = 6.7
const LINE = 13
const GAP = 17

/**
 * Names beside the marks of single clusters, wherever there is room: right, left, above, below or between these; who comes first is served first.
 * @param {readonly Item[]} items
 * @param {(id: string) => { text: string, note: string, rank: number }} textOf
 * @param {{ width: number, height: number }} view
 * @param {readonly { x: number, y: number, r: number }[]} taken
 */
export function labels(items, textOf, view, taken) {
  const used = new Boxes()
  for (const { x, y, r } of items) used.add([x - r + 2, y - r + 2, 2 * r - 4, 2 * r - 4])
  for (const { x, y, r } of taken) used.add([x - r, y - r, 2 * r, 2 * r])
  const wanted = items.flatMap(item => {
    const [only] = item.members
    return item.members.length === 1 && only !== undefined ? [{ item, ...textOf(only) }] : []
  })
  wanted.sort((a, b) => a.rank - b.rank)
  return wanted.flatMap(({ item, text, note }) => {
    const width = Math.max(text.length, note.length * 0.9) * LETTER + 4
    const height = note === '' ? LINE + 2 : 2 * LINE + 2
    const box = places(item, width, height).find(
      each =>
        each[0] >= 0 &&
        each[1] >= 0 &&
        each[0] + width <= view.width &&
        each[1] + height <= view.height &&
        used.isFree(each),
    )
    if (box === undefined) return []
    used.add(box)
    const isLeft = box[0] + width <= item.x
    const isBeside = isLeft || box[0] >= item.x
    const x = isLeft ? box[0] + width - 2 : isBeside ? box[0] + 2 : item.x
    const at = { x, class: `label ${isLeft ? 'end' : isBeside ? '' : 'middle'}` }
    const name = svg('text', { ...at, y: box[1] + LINE - 2 }, text)
    return note === ''
      ? [name]
      : [name, svg('text', { ...at, class: `${at.class} note`, y: box[1] + 2 * LINE - 2 }, note)]
  })
}

/** @param {Item} item @param {number} width @param {number} height @returns {Box[]} the best first */
const places = ({ x, y }, width, height) => [
  [x + GAP, y - height / 2, width, height],
  [x - GAP - width, y - height / 2, width, height],
  [x - width / 2, y - GAP - height, width, height],
  [x - width / 2, y + GAP - 2, width, height],
  [x + GAP, y - height - 4, width, height],
  [x - GAP - width, y - height - 4, width, height],
  [x - GAP - width, y + 4, width, height],
  [x + GAP, y + 4, width, height],
]

/** Boxes by the strips of the screen that they touch. */
class Boxes {
  constructor() {
    /** @type {Map<number, Box[]>} */
    this.strips = new Map()
  }

  /** @param {Box} box */
  strip([, top, , height]) {
    return [Math.floor(top / 40), Math.floor((top + height) / 40)]
  }

  /** @param {Box} box */
  add(box) {
    for (const strip of this.strip(box)) this.strips.set(strip, [...(this.strips.get(strip) ?? []), box])
  }

  /** @param {Box} box */
  isFree(box) {
    return !this.strip(box).some(strip => this.strips.get(strip)?.some(other => overlaps(box, other)))
  }
}

/** @param {Box} a @param {Box} b */
const overlaps = (a, b) => a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3]
