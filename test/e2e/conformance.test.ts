import { afterEach, expect, it } from 'vitest'
import { overTcp, overUdp } from '../contract/foreign/batch.ts'
import { CORPORA } from '../contract/foreign/corpus.ts'
import { openOurs } from '../contract/foreign/ours.ts'
import { queryOf, questionsOf } from '../contract/foreign/questions.ts'
import { serveZones, type ZoneServer } from '../fixture/zone-server.ts'

let running: ZoneServer | undefined
afterEach(() => running?.stop())

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')
/** Every fifth question is asked: five has no factor in common with the numbers of types per name, so all types have their turn. */
const EVERY = 5

it.each(CORPORA)(
  '$name: the running server says over real UDP and TCP, octet for octet, what is compared with other servers',
  async corpus => {
    running = await serveZones(corpus.zones)
    const ours = openOurs(corpus)
    const questions = questionsOf(corpus).filter((_, index) => index % EVERY === 0)
    for (const tcp of [false, true]) {
      const queries = questions.filter(question => question.tcp === tcp).map(queryOf)
      const differing: string[] = []
      await (tcp ? overTcp : overUdp)(running.port, queries, (index, reply) => {
        const expected = ours(queries[index]!, tcp)
        if (Buffer.compare(expected.subarray(2), reply.subarray(2)) !== 0 && differing.length < 3)
          differing.push(`${hex(queries[index]!)}\n${hex(reply)}\n${hex(expected)}`)
      })
      expect(queries.length).toBeGreaterThan(50)
      expect(differing).toEqual([])
    }
  },
  60_000,
)
