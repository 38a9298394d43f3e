import type { Millis } from '../base/brand.ts'
import type { Prefix } from '../base/prefix.ts'

/** Round trips that an edge saw on connections of its clients, told for one block. */
export interface PassiveSample {
  /** The leaf that the client is in: /24 or /56. */
  readonly prefix: Prefix
  /** 0 < ms <= 60000. */
  readonly rttMs: number
  /** Connections behind the figure, >= 1. */
  readonly n: number
}

/**
 * What becomes of a sample.
 * accepted: it counts · special: its block is special-purpose, and no `passive.networks`, override or announced prefix covers it ·
 * own: servers of the clusters are in its block · outlier: far above what was seen before, and not for long enough ·
 * limited: its reporter sends too many · refused: its batch makes no sense
 */
export const PASSIVE_VERDICTS = ['accepted', 'special', 'own', 'outlier', 'limited', 'refused'] as const
export type PassiveVerdict = (typeof PASSIVE_VERDICTS)[number]

/** Samples of one cluster since the start. */
export interface PassiveCounts {
  readonly cluster: string
  readonly samples: Readonly<Record<PassiveVerdict, number>>
}

/** What became of a batch, in samples. */
export interface PassiveOutcome {
  readonly accepted: number
  /** Rows of the RTT table that were written. */
  readonly blocks: number
  readonly special: number
  readonly own: number
  readonly outlier: number
}

/** Who reports: an address that speaks for a cluster. */
export interface Reporter {
  readonly cluster: string
  readonly address: string
}

/** Where RTTs that edges saw come in. */
export interface PassivePort {
  /** Asked before anything else of a batch is looked at; ms to wait before the next try, 0 = come in. */
  admit(reporter: Reporter, samples: number): number
  /** The batch made no sense: counts it, and tells the log once in a while. */
  refuse(reporter: Reporter, samples: number, why: string): void
  /** Rejects as the store does. `at`: when the samples were seen. */
  take(cluster: string, samples: readonly PassiveSample[], at: Millis): Promise<PassiveOutcome>
}
