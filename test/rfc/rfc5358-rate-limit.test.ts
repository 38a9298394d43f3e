import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { OptionCode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { fate, limited } from '../answer/rate-limit-world.ts'
import { buildQuery, parseMessage, type QuerySpec } from '../fixture/message.ts'

/** What an attacker would ask in the victim's name: the longest replies for the shortest queries, and ways to get many buckets. */
const ATTACKS: [string, (i: number) => QuerySpec][] = [
  ['one long answer', () => ({ name: 'wide.example.com', type: RrType.TXT, edns: {} })],
  ['ANY', () => ({ name: 'example.com', type: RrType.ANY, edns: {} })],
  ['random names that do not exist', i => ({ name: `r${i}.example.com`, edns: {} })],
  ['random names of a wildcard', i => ({ name: `r${i}.wild.example.com`, type: RrType.TXT, edns: {} })],
  ['random names of a wildcard CNAME', i => ({ name: `r${i}.wc.example.com`, edns: {} })],
  ['random names below a cut', i => ({ name: `r${i}.big.example.com`, edns: {} })],
  ['random names below a DNAME', i => ({ name: `r${i}.old.example.com`, edns: {} })],
  ['random types', i => ({ name: 'www.example.com', type: 1 + (i % 40), edns: {} })],
  ['random zones of others', i => ({ name: `r${i}.example`, edns: {} })],
  ['who is this', i => ({ name: `r${i}.example.com`, edns: { options: [{ code: OptionCode.NSID, data: [] }] } })],
]

describe('RFC 5358 section 4: a forged client address', () => {
  it.each(ATTACKS)(
    'gets no more than the rate lets through, and of the rest no more than was sent: %s',
    (_name, spec) => {
      const world = limited()
      let whole = 0
      let asked = 0
      let reflected = 0
      for (let i = 0; i < 300; i++) {
        const query = buildQuery(spec(i))
        const reply = world.exchange(query, { from: `192.0.2.${i & 255}` })
        if (fate(reply) === '+') whole++
        else {
          asked += query.length
          reflected += reply.length
        }
      }
      // Random types of one name make two kinds of responses: those that have data and those that have none.
      expect(whole).toBeLessThanOrEqual(20)
      expect(reflected).toBeLessThanOrEqual(asked)
    },
  )

  it('a small answer of a service is at most twice its query', () => {
    const world = limited()
    for (let i = 0; i < 300; i++) {
      const query = buildQuery({ name: 'a1105.cdn.example', edns: {} })
      expect(world.exchange(query).length).toBeLessThanOrEqual(2 * query.length)
    }
  })
})

describe('RFC 7766 section 5: a real client', () => {
  it('comes back over TCP for the whole answer, as often as it likes', () => {
    const world = limited()
    const query = buildQuery({ name: 'wide.example.com', type: RrType.TXT, edns: {} })
    for (let i = 0; i < 10; i++) world.exchange(query)
    for (let i = 0; i < 100; i++) {
      expect(parseMessage(world.exchange(query))).toMatchObject({ tc: true, ra: false, rd: true, answer: [] })
      const whole = parseMessage(world.exchange(query, { transport: Transport.Tcp }))
      expect(whole).toMatchObject({ tc: false, rcode: 0 })
      expect(whole.answer).toHaveLength(1)
    }
  })
})
