import { distanceKm, type Point } from '../../base/earth.ts'
import { ACCESS_STEADIER, inflation } from '../../route/estimates.ts'
import { expectRtts, type Origin } from '../../route/score/prior.ts'
import type { Sites } from '../../route/sites.ts'
import type { SurveyedBlock } from './blocks.ts'
import type { Cells } from './cells.ts'
import { Medians } from './median.ts'
import type { Mesh } from './mesh.ts'
import type { Verdicts } from './violations.ts'

/** The rows that places are interpolated from: measured cells, then clusters. Row `j` has entries at[j] .. at[j + 1]. */
export interface Rows {
  readonly count: number
  /** Rows below this number are cells. */
  readonly cells: number
  readonly points: readonly Point[]
  readonly at: Uint32Array
  readonly cluster: Uint16Array
  /** y: ln of the inflation over the prior, less the row's access level. */
  readonly residual: Float64Array
  /** a, by row. */
  readonly access: Float64Array
  /** G, by cluster: mean residual of the rows that have it; 0 where none has. */
  readonly bias: Float64Array
}

/** Median RTTs of the cells that blocks were measured in, and what the clusters see of each other (ROUTING section 4). */
export function gatherRows(
  blocks: readonly SurveyedBlock[],
  { misplaced, astray }: Verdicts,
  mesh: Mesh,
  cells: Cells,
  sites: Sites,
): Rows {
  const writer = new RowWriter(sites, misplaced)
  const medians = new Medians(sites.clusters.length)
  blocks.forEach((block, i) => {
    if (astray[i] === 1) return
    block.clusters.forEach((c, k) => {
      medians.add(block.cell, c, block.rttMs[k]!)
    })
  })
  medians.read((cell, cluster, rttMs) => writer.push(cell, cells.middles[cell]!, cluster, rttMs))
  writer.endCells()
  const own = new Medians(sites.clusters.length)
  for (const [key, rttMs] of mesh) {
    const [a, b] = [Math.floor(key / sites.clusters.length), key % sites.clusters.length]
    // A row stands where its cluster is said to be.
    if (misplaced[a] === 0) own.add(a, b, rttMs)
    if (misplaced[b] === 0) own.add(b, a, rttMs)
  }
  own.read((owner, cluster, rttMs) => writer.push(owner, sites.clusters[owner]!.location, cluster, rttMs))
  return writer.finish()
}

/** Takes entries row by row. */
class RowWriter {
  readonly #sites: Sites
  readonly #misplaced: Uint8Array
  readonly #expected: Float64Array
  readonly #distance: Float64Array
  readonly #points: Point[] = []
  readonly #at: number[] = [0]
  readonly #clusters: number[] = []
  readonly #residuals: number[] = []
  readonly #access: number[] = []
  #owner = -1
  #cells = 0

  constructor(sites: Sites, misplaced: Uint8Array) {
    this.#sites = sites
    this.#misplaced = misplaced
    this.#expected = new Float64Array(sites.clusters.length)
    this.#distance = new Float64Array(sites.clusters.length)
  }

  push(owner: number, origin: Origin, cluster: number, rttMs: number): void {
    if (owner !== this.#owner) this.#begin(owner, origin)
    this.#clusters.push(cluster)
    this.#residuals.push(inflation(rttMs, this.#expected[cluster]!))
  }

  endCells(): void {
    this.#close()
    this.#cells = this.#points.length
  }

  finish(): Rows {
    this.#close()
    const cluster = Uint16Array.from(this.#clusters)
    const residual = Float64Array.from(this.#residuals)
    return {
      count: this.#points.length,
      cells: this.#cells,
      points: this.#points,
      at: Uint32Array.from(this.#at),
      cluster,
      residual,
      access: Float64Array.from(this.#access),
      bias: meanBy(cluster, residual, this.#sites.clusters.length),
    }
  }

  #begin(owner: number, origin: Origin): void {
    this.#close()
    this.#owner = owner
    this.#points.push(origin)
    this.#sites.clusters.forEach(({ location }, c) => {
      this.#distance[c] = distanceKm(origin, location)
    })
    expectRtts(origin, this.#distance, this.#sites, this.#expected)
  }

  /** Takes the access level out of the row: the mean of its entries, steadied. What a misplaced cluster measures says nothing of it. */
  #close(): void {
    if (this.#owner < 0) return
    this.#owner = -1
    const from = this.#at.at(-1)!
    let sum = 0
    let count = 0
    for (let i = from; i < this.#clusters.length; i++) {
      if (this.#misplaced[this.#clusters[i]!] === 1) continue
      sum += this.#residuals[i]!
      count++
    }
    const access = sum / (count + ACCESS_STEADIER)
    for (let i = from; i < this.#clusters.length; i++) this.#residuals[i]! -= access
    this.#access.push(access)
    this.#at.push(this.#clusters.length)
  }
}

function meanBy(cluster: Uint16Array, residual: Float64Array, clusters: number): Float64Array {
  const sum = new Float64Array(clusters)
  const count = new Float64Array(clusters)
  for (let i = 0; i < cluster.length; i++) {
    sum[cluster[i]!]! += residual[i]!
    count[cluster[i]!]!++
  }
  return sum.map((total, c) => (count[c] === 0 ? 0 : total / count[c]!))
}
