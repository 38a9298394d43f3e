import { overTcp, overUdp } from './batch.ts'
import { type Essence, essenceOf, sameEssence } from './essence.ts'
import { type Question, queryOf } from './questions.ts'

/** One question that two servers answer differently. */
export interface Difference {
  readonly question: Question
  readonly ours: Essence
  readonly theirs: Essence
}

/** Asks the server at `port` and us the same questions; what is not the same comes back. */
export async function differences(
  port: number,
  ours: (query: Uint8Array, tcp: boolean) => Uint8Array,
  questions: readonly Question[],
): Promise<Difference[]> {
  const found: Difference[] = []
  for (const tcp of [false, true]) {
    const asked = questions.filter(question => question.tcp === tcp)
    const queries = asked.map(queryOf)
    await (tcp ? overTcp : overUdp)(port, queries, (index, reply) => {
      const question = asked[index]!
      const mine = ours(queries[index]!, tcp)
      // Octet for octet the same (but for the ID, which is the batch's own) is what most replies are: no need to look closer.
      if (Buffer.compare(mine.subarray(2), reply.subarray(2)) === 0) return
      const own = essenceOf(mine, question.type)
      const theirs = essenceOf(reply, question.type)
      if (!sameEssence(own, theirs)) found.push({ question, ours: own, theirs })
    })
  }
  return found
}
