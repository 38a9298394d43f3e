/**
 * Writes src/http/console/world.js, the land of the console's map, from the package that `npm install` brought: `node world-map/build.mjs`.
 * See README.md beside this file.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { project, WORLD_BOTTOM } from '../src/http/console/projection.js'

const OUTPUT = new URL('../src/http/console/world.js', import.meta.url)
/** Points that change the land by a smaller area go, and whole islands below `ISLAND`; in square units of the map. */
const DETAIL = 0.15
const ISLAND = 0.3
/** Units of the map per unit of the path. */
const GRID = 0.1

/** @returns {string} the text of world.js */
export function worldModule() {
  const topology = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('world-atlas/land-50m.json'), 'utf8'))
  const rings = ringsOf(topology)
    .flatMap(cutAtDateLine)
    .map(ring => ring.map(([lon, lat]) => project(lat, lon)))
    .filter(ring => ring.some(([, y]) => y < WORLD_BOTTOM) && Math.abs(area(ring)) >= ISLAND)
    .map(ring => simplified(ring, DETAIL))
    .filter(ring => ring.length >= 3)
  return `// Made by world-map/build.mjs from Natural Earth (public domain).
/** Land, as a path; LAND_GRID of its units are one of projection.js. */
export const LAND_GRID = ${1 / GRID}
export const LAND =
  '${rings.map(pathOf).join('')}'
`
}

/** TopoJSON: arcs are delta-coded on a grid; a ring is a list of arcs, those below 0 backwards; neighbours share their joint. */
function ringsOf({ arcs, objects, transform: { scale, translate } }) {
  const places = arcs.map(arc => {
    let [x, y] = [0, 0]
    return arc.map(([dx, dy]) => {
      x += dx
      y += dy
      return [x * scale[0] + translate[0], y * scale[1] + translate[1]]
    })
  })
  const arcOf = index => (index < 0 ? [...places[~index]].reverse() : places[index])
  const ringOf = indexes => indexes.flatMap(index => arcOf(index).slice(1))
  const polygons = geometry =>
    geometry.type === 'GeometryCollection'
      ? geometry.geometries.flatMap(polygons)
      : geometry.type === 'MultiPolygon'
        ? geometry.arcs
        : [geometry.arcs]
  return polygons(objects.land).flatMap(polygon => polygon.map(ringOf))
}

/** A ring that goes on beyond 180 degrees comes in again at the other side. */
function cutAtDateLine(ring) {
  let turns = 0
  const whole = ring.map(([lon, lat], i) => {
    const step = i === 0 ? 0 : lon - ring[i - 1][0]
    if (Math.abs(step) > 180) turns -= Math.sign(step)
    return [lon + 360 * turns, lat]
  })
  return [-360, 0, 360]
    .map(shift => whole.map(([lon, lat]) => [lon + shift, lat]))
    .map(copy => clipped(clipped(copy, 180, 1), -180, -1))
    .filter(piece => piece.length >= 3)
}

/** Sutherland and Hodgman: what of a ring lies west of a meridian (`side` 1), or east of it (-1). */
function clipped(ring, meridian, side) {
  const isIn = ([lon]) => (meridian - lon) * side >= 0
  return ring.flatMap((point, i) => {
    const before = ring.at(i - 1)
    const crossing = () => {
      const share = (meridian - before[0]) / (point[0] - before[0])
      return [meridian, before[1] + share * (point[1] - before[1])]
    }
    const entry = isIn(before) === isIn(point) ? [] : [crossing()]
    return isIn(point) ? [...entry, point] : entry
  })
}

/** Twice, with a sign for the direction. */
const triangle = ([ax, ay], [bx, by], [cx, cy]) => (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)

const area = ring => ring.reduce((sum, point, i) => sum + triangle([0, 0], point, ring[(i + 1) % ring.length]), 0) / 2

/** After Visvalingam and Whyatt: points go whose triangle with their neighbours is small, the smallest first; never two neighbours at once. */
function simplified(ring, least) {
  let left = ring
  for (let limit = least / 256; limit <= least; limit *= 2) {
    for (let before = Infinity; left.length < before; ) {
      before = left.length
      let went = false
      left = left.filter((point, i, all) => {
        went = !went && Math.abs(triangle(all.at(i - 1), point, all[(i + 1) % all.length])) / 2 < limit
        return !went
      })
    }
  }
  return left
}

/** Relative moves in whole numbers: a sign separates as well as a space. */
function pathOf(ring) {
  const points = ring.map(([x, y]) => [Math.round(x / GRID), Math.round(y / GRID)])
  let d = `M${pair(points[0])}l`
  for (let i = 1; i < points.length; i++) {
    const step = pair([points[i][0] - points[i - 1][0], points[i][1] - points[i - 1][1]])
    d += i === 1 || step.startsWith('-') ? step : ` ${step}`
  }
  return `${d}z`
}

const pair = ([x, y]) => `${x}${y < 0 ? '' : ' '}${y}`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = worldModule()
  writeFileSync(OUTPUT, text)
  console.log(`${fileURLToPath(OUTPUT)}: ${text.length} bytes`)
}
