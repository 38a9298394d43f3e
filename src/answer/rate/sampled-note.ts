import { formatPrefix, LEAF_LENGTH, mask32 } from '../../base/prefix.ts'
import { formatName } from '../../wire/name.ts'
import type { Exchange } from '../exchange.ts'
import { ResponseClass } from './response-class.ts'

const PERIOD_MS = 60_000
/** Characters of a name that a sentence has at most; an escaped octet has four. */
const MOST_NAME = 100

const KINDS: Readonly<Record<ResponseClass, string>> = {
  [ResponseClass.Answer]: 'answer',
  [ResponseClass.Alias]: 'alias',
  [ResponseClass.NoData]: 'no data',
  [ResponseClass.NxDomain]: 'no such name',
  [ResponseClass.Referral]: 'referral',
  [ResponseClass.Error]: 'error',
  [ResponseClass.Other]: 'no zone asked',
}

/** Tells the log of suppressed responses: a sentence a minute, with one of them as the sample. */
export class SampledNote {
  readonly #note: (sentence: string) => void
  readonly #dryRun: boolean
  #dropped = 0
  #slipped = 0
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(note: (sentence: string) => void, dryRun: boolean) {
    this.#note = note
    this.#dryRun = dryRun
  }

  /** One more response was suppressed, or would have been. `time[0]`: milliseconds that never go back. */
  add(x: Exchange, kind: ResponseClass, slipped: boolean, time: Float64Array): void {
    if (slipped) this.#slipped++
    else this.#dropped++
    if (time[0]! - this.#lastAt < PERIOD_MS) return
    this.#note(this.#sentence(x, kind))
    this.#lastAt = time[0]!
    this.#dropped = 0
    this.#slipped = 0
  }

  #sentence({ peer, query }: Exchange, kind: ResponseClass): string {
    const length = LEAF_LENGTH[peer.family]
    const hi = (peer.hi & mask32(length)) >>> 0
    const lo = (peer.lo & mask32(length - 32)) >>> 0
    const block = formatPrefix({ family: peer.family, hi, lo, length })
    const live = this.#dryRun ? 'would have dropped' : 'dropped'
    const name = query.nameLength === 0 ? 'no name' : short(formatName(query.name))
    return `rate limit: ${live} ${this.#dropped} and truncated ${this.#slipped} responses since the last such note; now to ${block}: ${KINDS[kind]}, ${name}`
  }
}

function short(name: string): string {
  return name.length <= MOST_NAME ? name : `${name.slice(0, MOST_NAME)}...`
}
