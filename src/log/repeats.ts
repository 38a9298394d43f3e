/** Lines that are one kind are counted by the minute. */
const MINUTE_MS = 60_000
/** Kinds that are told apart; all others of the same level count as one. */
const MOST_KINDS = 1_000
/** As much of a line as its kind is made of, characters. */
const KIND_LENGTH = 300

export interface LeftOut<L> {
  readonly level: L
  /** Lines that were not written. */
  readonly count: number
  /** The last of them. */
  readonly message: string
}

interface Kind<L> {
  readonly level: L
  readonly since: number
  lines: number
  leftOut: number
  last: string
}

/** Keeps the log readable where the same thing happens again and again: of each kind of line so many a minute, and then how many more there were. */
export class Repeats<L extends string> {
  readonly #now: () => number
  readonly #kinds = new Map<string, Kind<L>>()
  /** Lines of one kind a minute; 0 = no limit. */
  most: number

  /** `now`: milliseconds. */
  constructor(most: number, now: () => number) {
    this.most = most
    this.#now = now
  }

  /** True: the line is to be written; else it is counted. */
  admit(level: L, message: string): boolean {
    if (this.most === 0) return true
    const kind = this.#kindOf(level, message)
    if (kind.lines < this.most) {
      kind.lines++
      return true
    }
    kind.leftOut++
    kind.last = message
    return false
  }

  /** What was left out of minutes that are over, `all`: of the present ones too. To be called about once a minute. */
  takeLeftOut(all = false): LeftOut<L>[] {
    const over = [...this.#kinds].filter(([, { since }]) => all || this.#now() - since >= MINUTE_MS)
    for (const [name] of over) this.#kinds.delete(name)
    return over
      .filter(([, { leftOut }]) => leftOut > 0)
      .map(([, { level, leftOut, last }]) => ({ level, count: leftOut, message: last }))
  }

  #kindOf(level: L, message: string): Kind<L> {
    const own = `${level} ${kindText(message)}`
    const name = this.#kinds.has(own) || this.#kinds.size < MOST_KINDS ? own : `${level} of any kind`
    const known = this.#kinds.get(name)
    if (known !== undefined) return known
    const kind = { level, since: this.#now(), lines: 0, leftOut: 0, last: '' }
    this.#kinds.set(name, kind)
    return kind
  }
}

/** What a line says, without what it says it of: words with a digit (numbers, addresses, most names) and all that is quoted. */
function kindText(message: string): string {
  return message
    .slice(0, KIND_LENGTH)
    .replace(/"[^"]*"/g, '#')
    .replace(/\S*\d\S*/g, '#')
}
