import { describe, expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { Ede, Known, Rcode } from '../../src/wire/constants.ts'
import { decodeQuery } from '../../src/wire/decode-query.ts'
import { optOctets, writeOpt } from '../../src/wire/opt-encode.ts'
import { newQuery } from '../../src/wire/query.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { Reply } from '../../src/wire/reply.ts'
import { type Ask, openWorld, type World } from '../answer/world.ts'
import {
  buildQuery,
  ecsOption,
  optionOf,
  type ParsedMessage,
  parseMessage,
  type QuerySpec,
} from '../fixture/message.ts'

const world = openWorld()
const dark = openWorld({ tables: false })
const tcp = { transport: Transport.Tcp }

/** INFO-CODE and EXTRA-TEXT; null without the option. Throws at text that is not UTF-8. */
function errorOf(message: ParsedMessage): readonly [code: number, text: string] | null {
  const data = optionOf(message, 15)
  if (data === null) return null
  return [(data[0]! << 8) | data[1]!, new TextDecoder('utf-8', { fatal: true }).decode(data.subarray(2))]
}

interface Case {
  readonly title: string
  readonly spec: QuerySpec
  readonly how?: Ask
  readonly where?: World
  readonly rcode: number
  readonly code: number
}

const CASES: readonly Case[] = [
  {
    title: 'section 4.15: no tables yet',
    where: dark,
    spec: { name: 'www.example.com' },
    rcode: Rcode.SERVFAIL,
    code: Ede.NotReady,
  },
  {
    title: 'section 4.19: a transfer that is not for everybody',
    spec: { name: 'example.com', type: RrType.AXFR },
    how: tcp,
    rcode: Rcode.REFUSED,
    code: Ede.Prohibited,
  },
  {
    title: 'section 4.19: the same, incremental, over UDP',
    spec: { name: 'example.com', type: RrType.IXFR },
    rcode: Rcode.REFUSED,
    code: Ede.Prohibited,
  },
  {
    title: 'section 4.21: a name of no zone of ours',
    spec: { name: 'www.example.org' },
    rcode: Rcode.REFUSED,
    code: Ede.NotAuthoritative,
  },
  {
    title: 'section 4.21: a class without zones',
    spec: { name: 'www.example.com', class: 4 },
    rcode: Rcode.REFUSED,
    code: Ede.NotAuthoritative,
  },
  {
    title: 'section 4.21: class CH where nothing is told',
    spec: { name: 'version.bind', class: 3, type: RrType.TXT },
    rcode: Rcode.REFUSED,
    code: Ede.NotAuthoritative,
  },
  {
    title: 'section 4.25: a zone that did not load',
    spec: { name: 'www.broken.example' },
    rcode: Rcode.SERVFAIL,
    code: Ede.InvalidData,
  },
  {
    title: 'RFC 9824 section 3.1: NXNAME asked for',
    spec: { name: 'example.com', type: RrType.NXNAME },
    rcode: Rcode.FORMERR,
    code: Ede.InvalidQueryType,
  },
  {
    title: 'a transfer over UDP (RFC 5936 section 4.2)',
    spec: { name: 'example.com', type: RrType.AXFR },
    rcode: Rcode.FORMERR,
    code: Ede.InvalidQueryType,
  },
]

describe('RFC 8914', () => {
  it('the registered numbers', () => {
    expect(Ede).toMatchObject({
      NotReady: 14,
      Prohibited: 18,
      NotAuthoritative: 20,
      InvalidData: 24,
      InvalidQueryType: 30,
    })
  })

  describe.each(CASES)('$title', ({ spec, how, where = world, rcode, code }) => {
    it('says so, in a few words at most', () => {
      const message = where.ask({ ...spec, edns: {} }, how)
      expect(message).toMatchObject({ rcode, aa: false, answer: [] })
      const [said, text] = errorOf(message)!
      expect(said).toBe(code)
      expect(text.length).toBeLessThanOrEqual(64)
      expect(message.opt!.options).toHaveLength(1)
    })

    it('section 2: not without an OPT record in the query', () => {
      expect(where.ask(spec, how)).toMatchObject({ rcode, opt: null })
    })
  })

  it('nothing to say where nothing is wrong, and of NXDOMAIN neither', () => {
    for (const name of ['www.example.com', 'a1105.cdn.example', 'nope.example.com', 'x.sub.example.com'])
      expect(errorOf(world.ask({ name, edns: {} }))).toBeNull()
  })

  it('the error of one query is not that of the next', () => {
    expect(errorOf(world.ask({ name: 'www.broken.example', edns: {} }))![1]).toBe('zone did not load')
    expect(errorOf(world.ask({ name: 'www.example.org', edns: {} }))).toEqual([Ede.NotAuthoritative, ''])
    expect(errorOf(world.ask({ name: 'www.example.com', edns: {} }))).toBeNull()
  })

  it('section 3: the first thing to go when room is short: its text, then itself; the other options stay whole', () => {
    const [reply, query] = [new Reply(), newQuery()]
    const facts = { payload: 1232, nsid: Uint8Array.from([1, 2, 3]), keepalive: 100 }
    const says = {
      scope: 0,
      serverCookie: new DataView(new ArrayBuffer(16)),
      ede: Ede.InvalidData,
      edeText: Buffer.from('why'),
    }
    const asked = [3, 11, 12].map(code => ({ code, data: [] }))
    const options = [...asked, ecsOption(1, 24, [1, 2, 3]), { code: 10, data: [1, 2, 3, 4, 5, 6, 7, 8] }]
    const asking = buildQuery({ name: 'a.b', edns: { options } })
    decodeQuery(asking, asking.length, Known.ECS | Known.COOKIE | Known.KEEPALIVE | Known.PADDING, query)
    const written = (room: number) => {
      const size = 12 + 9 + optOctets(query, facts) + room
      reply.begin(new Uint8Array(600), size, optOctets(query, facts), query)
      writeOpt(reply, size, query, facts, Rcode.SERVFAIL, says)
      const message = parseMessage(reply.out.slice(0, reply.finish(query, 0, Rcode.SERVFAIL)))
      expect(message.bytes.length).toBeLessThanOrEqual(size)
      expect(message.opt!.options.map(option => option.code).filter(code => code !== 15)).toEqual([3, 8, 10, 11, 12])
      return errorOf(message)
    }
    expect([0, 5, 6, 8, 9, 300].map(written)).toEqual([null, null, [24, ''], [24, ''], [24, 'why'], [24, 'why']])
  })
})
