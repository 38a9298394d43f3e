import { hashText } from '../base/hash.ts'
import type { Cluster } from '../model/cluster.ts'
import type { CountryPairRtt } from '../model/estimates.ts'
import { COUNTRY_NUMBERS, countryNumber, regionOf } from './region.ts'

/** The clusters as the steps see them, in configuration order; a cluster is its index. */
export interface Sites {
  readonly clusters: readonly Cluster[]
  /** Hash of the id, so that a block's choice survives a reordered configuration. */
  readonly hash: Uint32Array
  /** Region of each, see region.ts. */
  readonly region: Uint8Array
  /** 1: serves only its own autonomous systems and the prefixes announced to it. */
  readonly restricted: Uint8Array
  /** RTT in ms that the operator knows between countries, 0 = none: row {@link countryNumber} of the client, column cluster. null: none at all. */
  readonly external: Float32Array | null
}

export function sitesOf(clusters: readonly Cluster[], pairs: readonly CountryPairRtt[] = []): Sites {
  return {
    clusters,
    hash: Uint32Array.from(clusters, cluster => hashText(cluster.id)),
    region: Uint8Array.from(clusters, cluster => regionOf(cluster.location.country)),
    restricted: Uint8Array.from(clusters, cluster => Number(cluster.tier === 'embedded' || cluster.serves.length > 0)),
    external: pairs.length === 0 ? null : externalRtts(clusters, pairs),
  }
}

function externalRtts(clusters: readonly Cluster[], pairs: readonly CountryPairRtt[]): Float32Array {
  const table = new Float32Array(COUNTRY_NUMBERS * clusters.length)
  for (const { client, cluster, rttMs } of pairs) {
    const row = countryNumber(client) * clusters.length
    clusters.forEach(({ location }, c) => {
      if (location.country === cluster) table[row + c] = rttMs
    })
  }
  return table
}
