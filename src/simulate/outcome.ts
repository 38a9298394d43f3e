import type { RttHistogram } from './histogram.ts'

/** Time between two looks at round trips and moves, seconds. */
export const SAMPLE_EVERY = 10

/** A load as a share of capacity, where and when. */
export interface Peak {
  readonly cluster: number
  readonly second: number
  readonly load: number
}

/** Round trips of clients, weighted by demand: as they were, and as others would have placed them. */
export interface RoundTrips {
  readonly served: RttHistogram
  /** Best true RTT among the eligible living clusters, whatever their load. */
  readonly oracle: RttHistogram
  /** The same with no cluster above its capacity, for the mean demand of the run. */
  readonly oracleWithin: RttHistogram
  /** Nearest eligible living cluster by distance. */
  readonly geo: RttHistogram
  /** Share of demand within max(10 ms, 20 %) of the oracle. */
  readonly close: number
}

/** A sentence of the load plan: figures in it change, so the last wording is kept. */
export interface AlarmSpan {
  readonly from: number
  readonly to: number
  readonly message: string
}

/** What a run showed. Seconds count from its start; loads are shares of capacity. */
export interface Outcome {
  readonly seconds: number
  readonly clusters: readonly string[]
  /** `second * clusters + cluster`: what the cluster carries; 0 while it is dead. */
  readonly loads: Float32Array
  /** 1 while it is dead, the same layout. */
  readonly dead: Uint8Array
  /** The same layout, by sample: the load if every block had its first usable choice. */
  readonly home: Float32Array
  /** Demand in the unit of capacities, by sample. */
  readonly demand: Float64Array
  /** Share of demand that changed cluster since the sample before, and how many blocks (two parts each) did. */
  readonly moved: Float64Array
  readonly movedParts: Uint32Array
  /** Share of all demand that went to dead clusters or found none. */
  readonly lost: number
  readonly roundTrips: RoundTrips
  /** Highest load of a living cluster; null without any. */
  readonly worst: Peak | null
  /** The least highest load that any plan could have reached at that moment, about. */
  readonly worstBestPossible: number
  readonly alarms: readonly AlarmSpan[]
  /** Clusters whose reports were found stale at some time. */
  readonly stale: readonly string[]
  /** Shed levels at the end, by cluster id. */
  readonly levels: Readonly<Record<string, number>>
  /** Blocks (resolvers), and the share of demand whose true RTTs were given. */
  readonly blocks: number
  readonly trueShare: number
}

/** Highest load of a living cluster in seconds `from .. to`, and where; null where nothing lives. */
export function peakBetween(outcome: Outcome, from: number, to: number = outcome.seconds): Peak | null {
  const n = outcome.clusters.length
  let peak: Peak | null = null
  for (let i = from * n; i < to * n; i++) {
    if (outcome.dead[i] === 1 || (peak !== null && outcome.loads[i]! <= peak.load)) continue
    peak = { cluster: i % n, second: Math.floor(i / n), load: outcome.loads[i]! }
  }
  return peak
}

/** Seconds after `from` until no living cluster is above `load` any more; Infinity = at the end some still is. */
export function settledAfter(outcome: Outcome, from: number, load: number): number {
  const n = outcome.clusters.length
  for (let i = outcome.seconds * n - 1; i >= from * n; i--) {
    if (outcome.dead[i] === 1 || outcome.loads[i]! <= load) continue
    const last = Math.floor(i / n) + 1
    return last >= outcome.seconds ? Number.POSITIVE_INFINITY : last - from
  }
  return 0
}
