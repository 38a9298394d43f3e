import { type Millis, millis } from '../base/brand.ts'

/**
 * The slow half of the evidence. Every few minutes the leader takes stock of everything that is measured and of where demand comes from, and all
 * nameservers compile the ground of their maps from it: what is interpolated for blocks that nobody measured, and how blocks rank for shedding.
 * New measurements of a block count at once; what they say of others waits for the next survey.
 */
export interface Survey {
  /** Grows by one with each; 0 = there has been none. */
  readonly number: number
  /** The moment for which measurements are aged. */
  readonly asOf: Millis
  /** Position in the store's change log up to which measurements count. */
  readonly evidence: string
  /** Id of the table of known demand that counts; '' = none. */
  readonly demand: string
}

export const NO_SURVEY: Survey = { number: 0, asOf: millis(0), evidence: '', demand: '' }
