import { EARTH_RADIUS_KM, type Point } from '../../base/earth.ts'
import { BIAS_WEIGHT, SUM_STEADIER } from '../../route/estimates.ts'
import type { Cells } from './cells.ts'
import type { Rows } from './rows.ts'

/** So many rows speak for a place: more of them would reach into other networks. */
export const NEAREST = 12
/** At this distance a row counts half. */
const HALF_WEIGHT_KM = 700

export interface Interpolations {
  /** cells x clusters. */
  readonly residual: Float32Array
  readonly mass: Float32Array
  /** By cell. */
  readonly access: Float32Array
  readonly weight: Float32Array
}

/** The nearest rows of one place, the nearest first; of two equally far ones the lower number. Written anew by every {@link Finder.find}. */
export interface Nearest {
  readonly rows: Int32Array
  readonly km: Float64Array
  count: number
}

/**
 * Finds the rows nearest to a point by looking at all of them. Points are unit vectors, so that a row costs three multiplications; an index would
 * save little of what the sums behind it cost.
 */
export class Finder {
  readonly nearest: Nearest = { rows: new Int32Array(NEAREST), km: new Float64Array(NEAREST), count: 0 }
  readonly #x: Float64Array
  readonly #y: Float64Array
  readonly #z: Float64Array
  /** Cosine of the angle to each of the nearest: the larger the nearer. */
  readonly #cosine = new Float64Array(NEAREST)

  constructor(points: readonly Point[]) {
    const vectors = points.map(unitVector)
    this.#x = Float64Array.from(vectors, v => v[0])
    this.#y = Float64Array.from(vectors, v => v[1])
    this.#z = Float64Array.from(vectors, v => v[2])
  }

  find(point: Point): Nearest {
    const [x, y, z] = unitVector(point)
    const { nearest } = this
    const xs = this.#x
    const ys = this.#y
    const zs = this.#z
    let farthest = Number.NEGATIVE_INFINITY
    nearest.count = 0
    for (let j = 0; j < xs.length; j++) {
      const cosine = x * xs[j]! + y * ys[j]! + z * zs[j]!
      if (cosine > farthest) farthest = this.#take(j, cosine)
    }
    for (let i = 0; i < nearest.count; i++) {
      nearest.km[i] = EARTH_RADIUS_KM * Math.acos(Math.min(1, Math.max(-1, this.#cosine[i]!)))
    }
    return nearest
  }

  /** Returns what the next row has to surpass. */
  #take(row: number, cosine: number): number {
    const { nearest } = this
    const cosines = this.#cosine
    let at = nearest.count < NEAREST ? nearest.count++ : NEAREST - 1
    for (; at > 0 && cosines[at - 1]! < cosine; at--) {
      cosines[at] = cosines[at - 1]!
      nearest.rows[at] = nearest.rows[at - 1]!
    }
    cosines[at] = cosine
    nearest.rows[at] = row
    return nearest.count < NEAREST ? Number.NEGATIVE_INFINITY : cosines[NEAREST - 1]!
  }
}

export function weightAt(km: number): number {
  return 1 / (1 + (km / HALF_WEIGHT_KM) ** 2)
}

/** Interpolates every cell from the rows nearest to it (ROUTING section 4). Without rows the tables are empty. */
export function interpolateCells(rows: Rows, finder: Finder, cells: Cells): Interpolations {
  const clusters = rows.bias.length
  const count = rows.count === 0 ? 0 : cells.count
  const out = {
    residual: new Float32Array(count * clusters),
    mass: new Float32Array(count * clusters),
    access: new Float32Array(count),
    weight: new Float32Array(count),
  }
  const sums = new Float64Array(clusters)
  const mass = new Float64Array(clusters)
  for (let cell = 0; cell < count; cell++) {
    interpolateCell(rows, finder.find(cells.middles[cell]!), sums, mass, cell, out)
  }
  return out
}

function interpolateCell(
  rows: Rows,
  { rows: near, km, count }: Nearest,
  sums: Float64Array,
  mass: Float64Array,
  cell: number,
  out: Interpolations,
): void {
  const { at, cluster, residual, bias } = rows
  let level = 0
  let weights = 0
  sums.fill(0)
  mass.fill(0)
  for (let k = 0; k < count; k++) {
    const j = near[k]!
    const w = weightAt(km[k]!)
    for (let i = at[j]!; i < at[j + 1]!; i++) {
      const c = cluster[i]!
      sums[c]! += w * residual[i]!
      mass[c]! += w
    }
    level += w * rows.access[j]!
    weights += w
  }
  const base = cell * bias.length
  for (let c = 0; c < bias.length; c++) {
    out.residual[base + c] = (sums[c]! + BIAS_WEIGHT * bias[c]!) / (mass[c]! + SUM_STEADIER)
    out.mass[base + c] = mass[c]!
  }
  out.access[cell] = level / (weights + SUM_STEADIER)
  out.weight[cell] = weights
}

const RADIANS = Math.PI / 180

function unitVector({ lat, lon }: Point): readonly [number, number, number] {
  const across = Math.cos(lat * RADIANS)
  return [across * Math.cos(lon * RADIANS), across * Math.sin(lon * RADIANS), Math.sin(lat * RADIANS)]
}
