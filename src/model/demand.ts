import type { Prefix } from '../base/prefix.ts'

/** How much one block of clients asks for. */
export interface DemandRow {
  /** At most a leaf long: /24 or /56. Rows do not overlap. */
  readonly prefix: Prefix
  /** Relative to a leaf of which nothing is known, which counts 1; >= 0. */
  readonly weight: number
}
