import { WORLD_BOTTOM, WORLD_TOP, WORLD_WIDTH } from './projection.js'

const HEIGHT = WORLD_BOTTOM - WORLD_TOP
/** Nearer than this a city fills the map. */
export const MOST_ZOOM = 60

/** Which part of the world is seen: its middle in units of the map, and how near. */
export class View {
  constructor() {
    this.width = 1
    this.height = 1
    this.zoom = 1
    this.x = WORLD_WIDTH / 2
    this.y = (WORLD_TOP + WORLD_BOTTOM) / 2
  }

  /** Pixels per unit of the map. */
  get scale() {
    return Math.min(this.width / WORLD_WIDTH, this.height / HEIGHT) * this.zoom
  }

  /** For an element that is drawn in units of the map. */
  get transform() {
    const { scale } = this
    return `translate(${this.width / 2 - this.x * scale} ${this.height / 2 - this.y * scale}) scale(${scale})`
  }

  /** @param {readonly [number, number]} spot in units of the map @returns {[x: number, y: number]} pixels */
  pixel([x, y]) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2]
  }

  /** @param {number} x @param {number} y pixels @param {number} margin */
  shows(x, y, margin) {
    return x > -margin && y > -margin && x < this.width + margin && y < this.height + margin
  }

  /**
   * @param {number} factor
   * @param {number} x the pixel that stays where it is
   * @param {number} y
   */
  zoomBy(factor, x = this.width / 2, y = this.height / 2) {
    const before = this.scale
    this.zoom = Math.max(1, Math.min(MOST_ZOOM, this.zoom * factor))
    this.x += (x - this.width / 2) * (1 / before - 1 / this.scale)
    this.y += (y - this.height / 2) * (1 / before - 1 / this.scale)
    this.hold()
  }

  /** @param {number} dx @param {number} dy pixels */
  moveBy(dx, dy) {
    this.x -= dx / this.scale
    this.y -= dy / this.scale
    this.hold()
  }

  /**
   * As near as all of the spots allow.
   * @param {readonly (readonly [number, number])[]} spots in units of the map
   */
  fit(spots) {
    const [xs, ys] = [spots.map(([x]) => x), spots.map(([, y]) => y)]
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
    this.zoom = 1
    const room =
      0.7 / Math.max((right - left) * (this.scale / this.width), (bottom - top) * (this.scale / this.height), 1e-9)
    this.zoom = Math.max(1, Math.min(MOST_ZOOM, room))
    this.x = (left + right) / 2
    this.y = (top + bottom) / 2
    this.hold()
  }

  all() {
    this.zoom = 1
    this.hold()
  }

  /** Keeps the edge of the world at or outside the edge of the map. */
  hold() {
    const within = (
      /** @type {number} */ at,
      /** @type {number} */ low,
      /** @type {number} */ high,
      /** @type {number} */ seen,
    ) => (seen >= high - low ? (low + high) / 2 : Math.max(low + seen / 2, Math.min(high - seen / 2, at)))
    this.x = within(this.x, 0, WORLD_WIDTH, this.width / this.scale)
    this.y = within(this.y, WORLD_TOP, WORLD_BOTTOM, this.height / this.scale)
  }
}
