/** A thread's count that grows while it makes progress; null while none listens in its place. */
export interface Beat {
  readonly name: string
  readonly role: 'query' | 'tcp'
  readonly beat: number | null
}

/** Which answering threads make no progress. Pure: the clock is the caller's, times in milliseconds. */
export class Progress {
  readonly #limitMs: number
  readonly #seen = new Map<string, { readonly beat: number; readonly at: number }>()
  #answeredAt: number

  /** A thread whose count stands still for `limitMs` is stuck. */
  constructor(limitMs: number, now: number) {
    this.#limitMs = limitMs
    this.#answeredAt = now
  }

  /**
   * A sentence for each thread that is stuck, and one when no query thread has listened for as long. A thread that died is not stuck: others answer
   * while it is started again.
   */
  stuck(beats: readonly Beat[], now: number): string[] {
    const sentences: string[] = []
    for (const { name, beat } of beats) {
      const before = this.#seen.get(name)
      if (beat === null) this.#seen.delete(name)
      else if (before?.beat !== beat) this.#seen.set(name, { beat, at: now })
      else if (now - before.at >= this.#limitMs)
        sentences.push(`${name} has made no progress for ${seconds(now - before.at)}`)
    }
    if (beats.some(({ role, beat }) => role === 'query' && beat !== null)) this.#answeredAt = now
    else if (now - this.#answeredAt >= this.#limitMs)
      sentences.push(`no query thread has listened for ${seconds(now - this.#answeredAt)}`)
    return sentences
  }
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`
