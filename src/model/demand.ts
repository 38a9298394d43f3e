import type { Millis } from '../base/brand.ts'
import type { Prefix } from '../base/prefix.ts'

/** How much one block of clients asks for, as maps are compiled from it. */
export interface DemandRow {
  /** At most a leaf long: /24 or /56. Rows do not overlap. */
  readonly prefix: Prefix
  /** Relative to a leaf of which nothing is known, which counts 1; >= 0. */
  readonly weight: number
}

/** A table has at most so many rows: what lies behind them is a rounding error of what the fleet serves, and half a megabyte of text is enough. */
export const MOST_DEMAND_ROWS = 20_000

/** How much one block of clients asks, as it was counted by the nameservers or reported by somebody. */
export interface DemandCount {
  /** At most a leaf long. */
  readonly prefix: Prefix
  /** Queries per second, >= 0. */
  readonly qps: number
  readonly reported: boolean
}

/** Demand as one nameserver has counted it, or the fleet's put together. */
export interface DemandTable {
  readonly at: Millis
  /** Queries per second of all clients, those in no row included. */
  readonly total: number
  /** How many counted queries it rests on; those long ago count less. */
  readonly queries: number
  /** Disjoint, in prefix order, at most {@link MOST_DEMAND_ROWS}. */
  readonly rows: readonly DemandCount[]
}

export const DEMAND_UNITS = ['qps', 'bps'] as const
export type DemandUnit = (typeof DEMAND_UNITS)[number]

/** What somebody says that clients ask for. Inside its prefixes it goes before what is counted, until it expires. */
export interface DemandReport {
  readonly at: Millis
  readonly until: Millis
  /** Queries per second, or bits per second that are sent to the clients. */
  readonly unit: DemandUnit
  /** Disjoint, in prefix order, 1 to {@link MOST_DEMAND_ROWS}; `value` >= 0. */
  readonly rows: readonly { readonly prefix: Prefix; readonly value: number }[]
}

/** At most this long does a report hold, milliseconds. */
export const LONGEST_REPORT_MS = 30 * 24 * 3600 * 1000
/** And this long unless it says otherwise. */
export const REPORT_MS = 24 * 3600 * 1000

/** Counts the answers of one nameserver by client block. */
export interface DemandCounter {
  /** Takes up what was answered since the last call. */
  collect(now: Millis): Promise<void>
  /** What was counted, those answers that are long past hardly. */
  table(now: Millis): DemandTable
  /** Goes on from what the process before this one had counted. */
  restore(table: DemandTable, now: Millis): void
}

/** What is known of the demand that the map in force was compiled from. */
export interface DemandSummary {
  /** Rows: client blocks, and prefixes that were reported; and how many of them were reported. */
  readonly blocks: number
  readonly reported: number
  /** Queries per second of all clients, as counted and reported. */
  readonly qps: number
  /** Share of them that the rows make, 0..1; null while nothing is known. */
  readonly share: number | null
  /** When it was put together; null: never. */
  readonly at: number | null
}

export const NO_DEMAND: DemandSummary = { blocks: 0, reported: 0, qps: 0, share: null, at: null }
