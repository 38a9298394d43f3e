import type { Estimates } from './estimates.ts'

/** What an interpolation rests on, for people. */
export interface Neighbours {
  /** Measured places, and clusters, that have an RTT to the cluster. */
  readonly cells: number
  readonly clusters: number
  /** From the nearest to the farthest of the places; of the clusters where there is no place. */
  readonly nearestKm: number
  readonly farthestKm: number
}

/** The rows among the nearest to the cell that have cluster `cluster`; null: none has. */
export function neighboursOf({ rows, cells, finder }: Estimates, cell: number, cluster: number): Neighbours | null {
  const near = finder.find(cells.middles[cell]!)
  const found = [...near.rows.subarray(0, near.count)]
    .map((row, k) => ({ row, km: near.km[k]! }))
    .filter(({ row }) => rows.cluster.subarray(rows.at[row]!, rows.at[row + 1]!).includes(cluster))
  const places = found.filter(({ row }) => row < rows.cells)
  const shown = places.length > 0 ? places : found
  if (shown.length === 0) return null
  return {
    cells: places.length,
    clusters: found.length - places.length,
    nearestKm: shown[0]!.km,
    farthestKm: shown.at(-1)!.km,
  }
}
