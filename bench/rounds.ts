/** The middle value; of an even number the upper one of the two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

/** Runs `measure` for every contender in turn, so many rounds: what disturbs the machine meanwhile disturbs all of them. */
export async function interleaved<C, F>(
  contenders: readonly C[],
  rounds: number,
  measure: (contender: C) => Promise<F> | F,
): Promise<Map<C, F[]>> {
  const figures = new Map(contenders.map(contender => [contender, [] as F[]]))
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      figures.get(contender)!.push(await measure(contender))
      process.stderr.write('.')
    }
  }
  process.stderr.write('\n')
  return figures
}
