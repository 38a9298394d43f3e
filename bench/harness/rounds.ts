/** Rounds of a run: five unless the environment says less, `ROUNDS=1` for a first look. */
export const ROUNDS = Math.max(1, Number(process.env.ROUNDS ?? 5))

/** The middle value; of an even number the upper one of the two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

/** Middle of one figure over all rounds. */
export function middle<F>(rounds: readonly F[], figure: (round: F) => number): number {
  return median(rounds.map(figure))
}

/**
 * Runs `measure` for every contender in turn, so many rounds: what disturbs the machine meanwhile disturbs all of them. Standard error says who is
 * measured and how long it will still take.
 */
export async function interleaved<C extends { readonly name: string }, F>(
  contenders: readonly C[],
  rounds: number,
  measure: (contender: C) => Promise<F> | F,
): Promise<Map<C, F[]>> {
  const figures = new Map(contenders.map(contender => [contender, [] as F[]]))
  const progress = new Progress(rounds * contenders.length)
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      progress.next(`round ${round} of ${rounds}, ${contender.name}`)
      figures.get(contender)!.push(await measure(contender))
    }
  }
  progress.end()
  return figures
}

/** A line on standard error, rewritten on a terminal. */
class Progress {
  readonly #steps: number
  readonly #startedAt = performance.now()
  #done = -1

  constructor(steps: number) {
    this.#steps = steps
  }

  next(what: string): void {
    this.#done++
    const each = this.#done === 0 ? 0 : (performance.now() - this.#startedAt) / this.#done
    const left = each === 0 ? '' : `; about ${Math.ceil((each * (this.#steps - this.#done)) / 1000)} s left`
    this.#say(`  ${what}${left}`)
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  }

  #say(line: string): void {
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
  }
}
