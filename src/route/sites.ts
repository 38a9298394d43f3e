import { hashText } from '../base/hash.ts'
import type { Cluster } from '../model/cluster.ts'
import { regionOf } from './region.ts'

/** The clusters as the steps see them, in configuration order; a cluster is its index. */
export interface Sites {
  readonly clusters: readonly Cluster[]
  /** Hash of the id, so that a block's choice survives a reordered configuration. */
  readonly hash: Uint32Array
  /** Region of each, see region.ts. */
  readonly region: Uint8Array
  /** 1: serves only its own autonomous systems and the prefixes announced to it. */
  readonly restricted: Uint8Array
}

export function sitesOf(clusters: readonly Cluster[]): Sites {
  return {
    clusters,
    hash: Uint32Array.from(clusters, cluster => hashText(cluster.id)),
    region: Uint8Array.from(clusters, cluster => regionOf(cluster.location.country)),
    restricted: Uint8Array.from(clusters, cluster => Number(cluster.tier === 'embedded' || cluster.serves.length > 0)),
  }
}
