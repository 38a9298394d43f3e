import type { Millis } from '../../base/brand.ts'
import { formatPrefix, LEAF_LENGTH } from '../../base/prefix.ts'
import type { MeshRtt } from '../../model/estimates.ts'
import { type CountedRows, endOfPrefix, rttOf } from '../counted-rows.ts'

/**
 * RTTs between clusters as their probers measured them: the rows of a leaf in which another cluster stands. Where that has several leaves, the least
 * counts. `owners`: see model/server-leaves; `ids`: of the clusters, by index.
 */
export function probedMesh(
  rows: CountedRows,
  owners: ReadonlyMap<string, string>,
  ids: readonly string[],
  asOf: Millis,
): readonly MeshRtt[] {
  const pairs = new Map<string, MeshRtt>()
  if (owners.size === 0) return []
  for (let from = 0, to = 0; from < rows.count; from = to) {
    to = endOfPrefix(rows, from)
    const prefix = rows.measured.prefix(rows.at[from]!)
    const owner = prefix.length === LEAF_LENGTH[prefix.family] ? owners.get(formatPrefix(prefix)) : undefined
    if (owner === undefined) continue
    for (let i = from; i < to; i++) {
      const prober = ids[rows.cluster[i]!]!
      const rttMs = rttOf(rows, i, asOf)
      const key = `${prober} ${owner}`
      const known = pairs.get(key)
      if (prober !== owner && (known === undefined || rttMs < known.rttMs))
        pairs.set(key, { from: prober, to: owner, rttMs })
    }
  }
  return [...pairs.values()]
}

/** What probers measured of a pair, in either direction, takes the place of what the operator's file says of it. */
export function joinMesh(file: readonly MeshRtt[], probed: readonly MeshRtt[]): readonly MeshRtt[] {
  const known = new Set(probed.flatMap(({ from, to }) => [`${from} ${to}`, `${to} ${from}`]))
  return [...file.filter(({ from, to }) => !known.has(`${from} ${to}`)), ...probed]
}
