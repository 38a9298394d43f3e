/** One look at a source, before it is a load: the figures that were asked for, apart, because a count may start anew in one of them. */
export interface Reading {
  readonly series: ReadonlyMap<string, number>
  /** When the source says that it was measured, Unix ms; null: it does not say. */
  readonly at: number | null
  /** What looking adds to the figure: our own connection, our own request. */
  readonly own: number
}

/** Reads what a source says, line by line. Both methods throw {@link PullFault}. */
export interface LineReader {
  line(text: string): void
  /** After the last line. */
  finish(): Reading
}

/** Why a source gave no figure, as the end of a sentence for people: `says 503`. */
export class PullFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PullFault'
  }
}
