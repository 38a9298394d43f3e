import type { MeshRtt } from '../../model/estimates.ts'

/** RTTs of pairs of clusters: key a * clusters + b with a < b -> ms. The one place where the clusters' view of each other comes in. */
export type Mesh = ReadonlyMap<number, number>

/** An RTT is the same both ways: of two that were measured the mean counts. Unknown clusters and self entries are left out. */
export function meshOf(rows: readonly MeshRtt[], clusterIndex: ReadonlyMap<string, number>): Mesh {
  const count = clusterIndex.size
  const directed = new Map<number, number>()
  for (const { from, to, rttMs } of rows) {
    const [a, b] = [clusterIndex.get(from), clusterIndex.get(to)]
    if (a !== undefined && b !== undefined && a !== b) directed.set(a * count + b, rttMs)
  }
  const mesh = new Map<number, number>()
  for (const key of Float64Array.from(directed.keys()).sort()) {
    const [a, b] = [Math.floor(key / count), key % count]
    const there = directed.get(a * count + b)
    const back = directed.get(b * count + a)
    mesh.set(Math.min(a, b) * count + Math.max(a, b), ((there ?? back)! + (back ?? there)!) / 2)
  }
  return mesh
}
