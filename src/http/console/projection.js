/** The map is so many units wide; its middle is latitude 0, longitude 0 at (500, 0), and y grows to the south. */
export const WORLD_WIDTH = 1000
/** What of it is shown: from the north of Greenland to Cape Horn. Nobody has servers beyond. */
export const WORLD_TOP = -243
export const WORLD_BOTTOM = 190

const RADIANS = Math.PI / 180
/** So that the equator is WORLD_WIDTH long. */
const SCALE = WORLD_WIDTH / (2 * Math.PI * 0.8707)

/**
 * Where a place lies on the map. Natural Earth projection, as polynomials: B. Savric, B. Jenny, T. Patterson, D. Petrovic and L. Hurni, "A Polynomial Equation
 * for the Natural Earth Projection", Cartography and Geographic Information Science 38 (2011).
 * @param {number} lat degrees, -90..90
 * @param {number} lon degrees, -180..180
 * @returns {[x: number, y: number]}
 */
export function project(lat, lon) {
  const p = lat * RADIANS
  const p2 = p * p
  const p4 = p2 * p2
  const x = lon * RADIANS * (0.8707 - 0.131979 * p2 + p4 * (-0.013791 + p4 * (0.003971 * p2 - 0.001529 * p4)))
  const y = p * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)))
  return [WORLD_WIDTH / 2 + x * SCALE, -y * SCALE]
}

/** A line rises by this share of the longitudes that it crosses, but by no more than so many degrees: lines over the same ground stay apart. */
const RISE = 0.12
const MOST_RISE = 10

/**
 * A line between two places, the shorter way around, in pieces: two where it leaves the map at one side and enters it at the other. It says who goes where, not
 * by which cable.
 * @typedef {{ readonly lat: number, readonly lon: number }} Place degrees
 * @param {Place} from
 * @param {Place} to
 * @param {number} steps how many straight pieces stand for the curve
 * @returns {[x: number, y: number][][]}
 */
export function wayBetween(from, to, steps) {
  const across = ((to.lon - from.lon + 540) % 360) - 180
  const rise = Math.min(MOST_RISE, Math.abs(across) * RISE) * (from.lat + to.lat < 0 ? -1 : 1)
  /** @type {[number, number][][]} */
  const pieces = [[]]
  let turn = 0
  for (let i = 0; i <= steps; i++) {
    const share = i / steps
    const lat = from.lat + (to.lat - from.lat) * share + rise * Math.sin(Math.PI * share)
    const lon = from.lon + across * share
    const now = lon > 180 ? -360 : lon < -180 ? 360 : 0
    if (now !== turn) pieces.push([])
    turn = now
    pieces[pieces.length - 1]?.push(project(lat, lon + turn))
  }
  return pieces
}
