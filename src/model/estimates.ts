/** RTT that the operator knows between clients of one country and clusters in another (or the same). */
export interface CountryPairRtt {
  /** ISO 3166-1 alpha-2. */
  readonly client: string
  readonly cluster: string
  readonly rttMs: number
}

/** RTT between two clusters, as one of them measured it. */
export interface MeshRtt {
  /** Cluster ids, different ones. */
  readonly from: string
  readonly to: string
  readonly rttMs: number
}

/** What the operator imports beside the measurements of client blocks. */
export interface ExternalRtts {
  readonly mesh: readonly MeshRtt[]
  readonly countryPairs: readonly CountryPairRtt[]
}

/** What RTTs of blocks that nobody measured are estimated from. */
export interface EstimateStats {
  /** Measured places: half-degree cells. */
  readonly cells: number
  /** Clusters whose RTTs to others are known. */
  readonly clusters: number
  /** Profiles of measured blocks whose place a measured RTT contradicts; and of those that are in several places at once. */
  readonly distrusted: number
  readonly anycast: number
  /** Ids of clusters whose coordinates the measurements contradict. */
  readonly misplaced: readonly string[]
}
