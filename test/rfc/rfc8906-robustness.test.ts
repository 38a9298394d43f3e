import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { CLIENT_COOKIE, withCookies } from '../fixture/cookies.ts'
import { type DigReply, dig } from '../fixture/dig.ts'
import { exchange as exchangeOctets, type Over } from '../fixture/exchange.ts'
import {
  buildOpt,
  buildQuery,
  type EdnsSpec,
  ecsOption,
  type OptionSpec,
  optionOf,
  type ParsedMessage,
  parseMessage,
  word,
} from '../fixture/message.ts'
import { missing } from '../fixture/tools.ts'
import { type Served, serve } from '../listen/server.ts'

// Section 8 of RFC 8906 lists queries that every server must answer, and how. Here each of them is asked over real sockets, and not of a
// zone's SOA alone: what a service answers and what is refused takes the same road.

let served: Served
beforeAll(async () => {
  served = await serve()
  served.world.answerer.configure(withCookies())
})
afterAll(() => served.close())

interface Target {
  readonly what: string
  readonly name: string
  readonly type: 'SOA' | 'A'
  readonly status: 'NOERROR' | 'REFUSED'
  readonly answers: number
}
const TARGETS: readonly Target[] = [
  { what: 'the SOA of a zone', name: 'example.com', type: 'SOA', status: 'NOERROR', answers: 1 },
  { what: 'a service', name: 'a1105.cdn.example', type: 'A', status: 'NOERROR', answers: 2 },
  { what: 'a name that is not ours', name: 'www.example.org', type: 'A', status: 'REFUSED', answers: 0 },
]
const TRANSPORTS: readonly Over[] = ['UDP', 'TCP']
/** What dig prints when a reserved bit is set, an option came that it does not know, or the message is not sound. */
const COMPLAINTS = /MBZ|^; OPT=|warning|malformed|extra bytes/im
const EVERYWHERE = TARGETS.flatMap(target => TRANSPORTS.map(over => ({ ...target, over })))

describe.skipIf(missing('dig')).each(EVERYWHERE)(
  'dig asks for $what over $over',
  ({ name, type, status, answers, over }) => {
    const ask = (...args: string[]): Promise<DigReply> =>
      dig(served.port, [over === 'TCP' ? '+tcp' : '+notcp', '+ignore', '+noad', ...args, name, type])

    /** The answer to the question itself; `flags` besides qr and aa. */
    function isAnswer(reply: DigReply, ...flags: string[]): void {
      expect(reply).toMatchObject({ status, answer: expect.toSatisfy((lines: string[]) => lines.length === answers) })
      const aa = status === 'NOERROR' ? ['aa'] : []
      expect(reply.flags).toEqual(['qr', ...aa, ...flags])
      expect(reply.text.replace(';; WARNING: recursion requested but not available\n', '')).not.toMatch(COMPLAINTS)
    }
    const isVersionZero = (reply: DigReply): void =>
      expect(reply.text).toMatch(/; EDNS: version: 0, flags:( do)?; udp: 1232\n/)
    function isBadVersion(reply: DigReply): void {
      expect(reply).toMatchObject({ status: 'BADVERS', flags: ['qr'], answer: [], authority: [], additional: [] })
      expect(reply.text).not.toMatch(COMPLAINTS)
      expect(reply.text).not.toContain('COOKIE')
      isVersionZero(reply)
    }

    it('8.1.1 and 8.1.5: plain', async () => {
      const reply = await ask('+noedns')
      isAnswer(reply)
      expect(reply.edns).toBe(false)
    })

    it.each([
      ['8.1.3.1: CD', '+cdflag', ['cd']],
      ['8.1.3.2: AD, which does not come back', '+adflag', []],
      ['8.1.3.3: the reserved bit, which does not come back', '+zflag', []],
      ['8.1.3.4: RD, without RA', '+recurse', ['rd']],
    ] as const)('%s', async (_, flag, flags) => {
      const reply = await ask('+noedns', flag)
      isAnswer(reply, ...flags)
      expect(reply.edns).toBe(false)
    })

    it('8.2.1: EDNS', async () => {
      const reply = await ask('+edns=0')
      isAnswer(reply)
      isVersionZero(reply)
    })

    it('8.2.2: EDNS version 1', async () => isBadVersion(await ask('+edns=1', '+noednsneg')))

    it('8.2.3: an unknown option is ignored and not echoed', async () => {
      const reply = await ask('+edns=0', '+ednsopt=100:abcdef')
      isAnswer(reply)
      isVersionZero(reply)
    })

    it('8.2.4: an unknown EDNS flag does not come back', async () => {
      const reply = await ask('+edns=0', '+ednsflags=0x40')
      isAnswer(reply)
      isVersionZero(reply)
    })

    it('8.2.5 and 8.2.6: version 1 with an unknown flag, with an unknown option, with both', async () => {
      isBadVersion(await ask('+edns=1', '+noednsneg', '+ednsflags=0x40'))
      isBadVersion(await ask('+edns=1', '+noednsneg', '+ednsopt=100'))
      isBadVersion(await ask('+edns=1', '+noednsneg', '+ednsflags=0x40', '+ednsopt=100:00', '+cookie=0102030405060708'))
    })

    it('8.2.8: DO comes back (RFC 3225 section 3)', async () => {
      const reply = await ask('+edns=0', '+dnssec')
      isAnswer(reply)
      expect(reply.text).toContain('; EDNS: version: 0, flags: do; udp: 1232')
    })

    it('8.2.9: version 1 with DO', async () => isBadVersion(await ask('+edns=1', '+noednsneg', '+dnssec')))

    it('8.2.10: all known options together', async () => {
      const options = [
        '+nsid',
        '+expire',
        '+subnet=0.0.0.0/0',
        '+keepalive',
        '+padding=128',
        `+cookie=${CLIENT_COOKIE}`,
      ]
      const reply = await ask('+edns=0', ...options)
      isAnswer(reply)
      isVersionZero(reply)
      expect(reply.text).toContain('; NSID: 6e 73 31 ("ns1")')
      expect(reply.text).toMatch(new RegExp(`; COOKIE: ${CLIENT_COOKIE}01000000[0-9a-f]{24} \\(good\\)`))
      expect(reply.subnet).toBe('0.0.0.0/0/0')
      expect(reply.text).not.toMatch(/EXPIRE|PAD/)
      expect(/; TCP.KEEPALIVE: 10.0 secs/i.test(reply.text)).toBe(over === 'TCP')
    })

    it('sizes of 0 and 65535 octets', async () => {
      for (const size of ['0', '65535']) isAnswer(await ask('+edns=0', `+bufsize=${size}`))
    })
  },
)

describe.skipIf(missing('dig')).each(TRANSPORTS)('dig asks over %s', over => {
  const ask = (...args: string[]) => dig(served.port, [over === 'TCP' ? '+tcp' : '+notcp', '+ignore', '+noad', ...args])
  const empty = { answer: [], authority: [], additional: [] }

  it('8.1.2: an unknown type has no data, and is never an error', async () => {
    for (const name of ['example.com', 'www.example.com', 'a1105.cdn.example', 'video.example.com']) {
      const reply = await ask('+noedns', 'TYPE1000', name)
      expect(reply).toMatchObject({ status: 'NOERROR', flags: ['qr', 'aa'], edns: false })
      expect(reply.answer).toHaveLength(name === 'video.example.com' ? 1 : 0)
    }
    expect(await ask('+noedns', 'TYPE1000', 'www.example.org')).toMatchObject({
      status: 'REFUSED',
      flags: ['qr'],
      ...empty,
    })
  })

  it('8.1.4: an unknown opcode, header only', async () => {
    const reply = await ask('+noedns', '+opcode=15', '+header-only')
    expect(reply).toMatchObject({ status: 'NOTIMP', flags: ['qr'], edns: false, ...empty })
    expect(reply.text).toContain('opcode: RESERVED15')
  })

  it.each(['notify', 'update', '6', '15'])('8.1.4: opcode %s with a question, with and without EDNS', async opcode => {
    for (const edns of ['+noedns', '+edns=0']) {
      const reply = await ask(edns, `+opcode=${opcode}`, 'example.com', 'SOA')
      expect(reply).toMatchObject({ status: 'NOTIMP', flags: ['qr'], ...empty })
    }
  })

  it('8.2.7: an answer that is too long for the datagram keeps its OPT record', async () => {
    const reply = await ask('+dnssec', '+bufsize=512', 'huge.example.com', 'TXT')
    expect(reply).toMatchObject({ status: 'NOERROR', edns: true })
    expect(reply.flags).toEqual(over === 'TCP' ? ['qr', 'aa'] : ['qr', 'aa', 'tc'])
    expect(reply.text).toContain('; EDNS: version: 0, flags: do; udp: 1232')
  })
})

const exchange = async (over: Over, message: Uint8Array): Promise<ParsedMessage> =>
  parseMessage(await exchangeOctets(over, served.port, message))

/** `message` with its section counts (question, answer, authority, additional) replaced. */
function counting(message: Uint8Array, ...counts: readonly number[]): Uint8Array {
  const copy = message.slice()
  copy.set(counts.flatMap(word), 4)
  return copy
}

describe.each(EVERYWHERE)('raw octets ask for $what over $over', ({ name, type, status, answers, over }) => {
  const query = (edns: EdnsSpec | false, flags = 0) => buildQuery({ name, type: RrType[type], edns, flags })
  const clean = { qr: true, ra: false, z: false, ad: false, authority: [] }
  const isAnswer = (message: ParsedMessage, edns: boolean): void => {
    const good = status === 'NOERROR'
    expect(message).toMatchObject({ ...clean, rcode: good ? Rcode.NOERROR : Rcode.REFUSED, aa: good, tc: false })
    expect(message.answer).toHaveLength(answers)
    if (edns) expect(message.opt).toMatchObject({ version: 0, payload: 1232 })
    else expect(message.opt).toBeNull()
  }
  const isRejected = (message: ParsedMessage, rcode: number, edns: boolean): void => {
    expect(message).toMatchObject({ ...clean, rcode, aa: false, tc: false, answer: [], additional: [] })
    if (edns) expect(message.opt).toMatchObject({ version: 0, payload: 1232, options: [] })
    else expect(message.opt).toBeNull()
  }

  it('every bit of the header that a client may set, by itself and all together', async () => {
    for (const flags of [0, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 0x400, 0x7f0]) {
      const message = await exchange(over, query(false, flags))
      isAnswer(message, false)
      expect(message).toMatchObject({ cd: (flags & 0x10) !== 0, rd: (flags & 0x100) !== 0 })
    }
  })

  it('an RCODE in the query is none in the reply', async () =>
    isAnswer(await exchange(over, query(false, 0x000f)), false))

  it('every EDNS flag: DO alone comes back', async () => {
    const message = await exchange(over, query({ flags: 0xffff }))
    isAnswer(message, true)
    expect(message.opt!.flags).toBe(0x8000)
  })

  it('payload sizes below 512 count as 512, and 65535 is as good as any (RFC 6891 section 6.2.3)', async () => {
    for (const payload of [0, 1, 511, 512, 65535]) isAnswer(await exchange(over, query({ payload })), true)
  })

  it('an upper RCODE in the OPT record of a query is ignored', async () => {
    const message = query({})
    message[message.length - 6] = 0xff
    isAnswer(await exchange(over, message), true)
  })

  it('every option code that is unknown here, and no option twice', async () => {
    const known = [3, 8, 10, 11, 12]
    const unknown: OptionSpec[] = [...Array(30).keys(), 26946, 65001, 65535]
      .filter(code => !known.includes(code))
      .map(code => ({ code, data: [1, 2, 3] }))
    const message = await exchange(over, query({ options: [...unknown, { code: 3, data: [] }, { code: 3, data: [] }] }))
    isAnswer(message, true)
    expect(message.opt!.options.map(option => option.code).filter(code => code !== 15)).toEqual([3])
  })

  it('two OPT records: FORMERR (RFC 6891 section 6.1.1), with one in the reply', async () => {
    const message = Uint8Array.from([...query({ options: [{ code: 3, data: [] }] }), ...buildOpt({})])
    isRejected(await exchange(over, counting(message, 1, 0, 0, 2)), Rcode.FORMERR, true)
  })

  it('an OPT record in the answer or authority section, or not owned by the root, is none: FORMERR', async () => {
    isRejected(await exchange(over, counting(query({}), 1, 1, 0, 0)), Rcode.FORMERR, false)
    isRejected(await exchange(over, counting(query({}), 1, 0, 1, 0)), Rcode.FORMERR, false)
    const whole = query({})
    const at = whole.length - 11
    const owned = Uint8Array.from([...whole.slice(0, at), 1, 0x61, ...whole.slice(at)])
    isRejected(await exchange(over, owned), Rcode.FORMERR, false)
  })

  it('options that end too early: FORMERR with an OPT record (RFC 6891 section 7)', async () => {
    for (const broken of [[0], [0, 100], [0, 100, 0], [0, 100, 0, 1], [0, 3, 0, 5, 1, 2, 3, 4]]) {
      const opt = buildOpt({})
      opt.splice(9, 2, ...word(broken.length))
      const message = Uint8Array.from([...query(false), ...opt, ...broken])
      isRejected(await exchange(over, counting(message, 1, 0, 0, 1)), Rcode.FORMERR, true)
    }
  })

  it('a malformed option: FORMERR with an OPT record', async () => {
    const keepalive = { code: 11, data: [0, 1] }
    for (const option of [ecsOption(3, 0, []), ecsOption(1, 24, [1, 2]), { code: 10, data: [1] }])
      isRejected(await exchange(over, query({ options: [option] })), Rcode.FORMERR, true)
    const message = await exchange(over, query({ options: [keepalive] }))
    if (over === 'TCP') isRejected(message, Rcode.FORMERR, true)
    else isAnswer(message, true)
  })

  it('octets behind the last record: FORMERR', async () => {
    isRejected(await exchange(over, Uint8Array.from([...query(false), 0])), Rcode.FORMERR, false)
    isRejected(await exchange(over, Uint8Array.from([...query({}), 0, 0])), Rcode.FORMERR, true)
  })

  it('no question, two questions, or fewer records than are counted: FORMERR (RFC 9619)', async () => {
    const plain = query(false)
    const question = plain.slice(12)
    isRejected(await exchange(over, counting(plain.slice(0, 12), 0, 0, 0, 0)), Rcode.FORMERR, false)
    isRejected(await exchange(over, counting(plain, 0, 0, 0, 0)), Rcode.FORMERR, false)
    isRejected(
      await exchange(over, counting(Uint8Array.from([...plain, ...question]), 2, 0, 0, 0)),
      Rcode.FORMERR,
      false,
    )
    isRejected(await exchange(over, counting(plain, 1, 0, 0, 1)), Rcode.FORMERR, false)
    isRejected(await exchange(over, counting(query({}), 1, 0, 0, 2)), Rcode.FORMERR, true)
  })

  it('other opcodes, header only, with a question, with anything behind: NOTIMP and nothing more', async () => {
    for (const opcode of [1, 2, 3, 4, 5, 6, 7, 14, 15]) {
      const asked = query({ options: [{ code: 3, data: [] }] }, opcode << 11)
      for (const message of [asked, counting(asked.slice(0, 12), 0, 0, 0, 0), Uint8Array.from([...asked, 1, 2, 3])]) {
        const reply = await exchange(over, message)
        isRejected(reply, Rcode.NOTIMP, false)
        expect(reply).toMatchObject({ opcode, question: null })
      }
    }
  })

  it('the question comes back as it came: letters of both cases, type and class', async () => {
    const mixed = [...name].map((letter, i) => (i % 2 === 0 ? letter.toUpperCase() : letter)).join('')
    const spec = { name: mixed, keepCase: true, type: RrType[type] }
    for (const edns of [false, {}, { version: 1 }] as const) {
      const asked = buildQuery({ ...spec, edns })
      const message = await exchange(over, asked)
      expect(Buffer.from(message.bytes.slice(12, 18 + name.length))).toEqual(
        Buffer.from(asked.slice(12, 18 + name.length)),
      )
    }
  })

  it('the answers of one service to EDNS, ECS and plain queries are told apart', async () => {
    const options = [ecsOption(1, 24, [126, 1, 2])]
    for (let round = 0; round < 3; round++) {
      expect(optionOf(await exchange(over, query({ options })), 8)).not.toBeNull()
      expect((await exchange(over, query({}))).opt!.options.map(option => option.code)).not.toContain(8)
      expect((await exchange(over, query(false))).opt).toBeNull()
      expect((await exchange(over, query({ flags: 0x8000 }))).opt!.flags).toBe(0x8000)
      expect((await exchange(over, query({}))).opt!.flags).toBe(0)
    }
  })
})
