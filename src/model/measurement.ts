import type { Millis } from '../base/brand.ts'
import type { Prefix } from '../base/prefix.ts'

/**
 * RTT and loss between a block of clients and a cluster, already smoothed by whoever measured. Of each (prefix, cluster) there are two at most, which
 * count together: what probers measured or an operator imported, and what edges saw (`passive`). Neither writes the other's.
 */
export interface Measurement {
  /** At most a leaf long: /24 or /56. */
  readonly prefix: Prefix
  /** Cluster id. */
  readonly cluster: string
  /** Smoothed round-trip time, 0 < ms <= 60000. */
  readonly rttMs: number
  /** Smoothed mean deviation, ms >= 0. */
  readonly rttVarMs: number
  /** Lost / sent, 0..1; edges know nothing of it: 0. */
  readonly loss: number
  /** Samples behind the figures, >= 1; an imported row counts as 100. */
  readonly samples: number
  readonly measuredAt: Millis
  readonly source: MeasurementSource
}

export type MeasurementSource = 'import' | 'probe' | 'passive'

/** Rows older than this are evidence of nothing (ROUTING: staleness ladder). */
export const MEASUREMENT_LIFETIME_MS = 24 * 3600 * 1000
