import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ede, Flag, Known } from '../../src/wire/constants.ts'
import { decodeQuery } from '../../src/wire/decode-query.ts'
import { parseName } from '../../src/wire/name.ts'
import { type OptFacts, optOctets, SERVER_COOKIE_OCTETS, writeOpt } from '../../src/wire/opt-encode.ts'
import { newQuery } from '../../src/wire/query.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { Reply, Section } from '../../src/wire/reply.ts'
import { buildQuery, lines, optionOf, parseMessage, type QuerySpec } from '../fixture/message.ts'

const reply = new Reply()
const query = newQuery()
const none = new Uint8Array(0)
const facts: OptFacts = { payload: 1232, nsid: none, keepalive: 100 }
const wire = (text: string): Uint8Array => parseName(text)!

function begin(spec: QuerySpec, size: number, said: OptFacts = facts): void {
  const message = buildQuery(spec)
  decodeQuery(message, message.length, Known.ECS, query)
  reply.begin(new Uint8Array(65535), size, optOctets(query, said), query)
}
function finish(bits = 0, rcode = 0) {
  const length = reply.finish(query, bits, rcode)
  return parseMessage(reply.out.slice(0, length))
}
function put(section: Section, owner: string | null, type: number, rdata: Uint8Array): boolean {
  reply.section(section)
  if (owner === null) reply.ownerIsQuestion()
  else reply.owner(wire(owner), 0)
  return reply.record(type, 60, rdata, 0, rdata.length)
}

describe('Reply', () => {
  it('echoes the question octet by octet, whatever the case of its letters', () => {
    begin({ name: 'wWw.ExAmPlE.com', keepCase: true }, 512)
    const message = finish(Flag.AA)
    expect(Buffer.from(message.question!.octets).toString('latin1')).toContain('ExAmPlE')
    expect(message).toMatchObject({ id: 0x1234, qr: true, aa: true, rd: true, ra: false, rcode: 0, opt: null })
  })

  it('copies opcode, RD and CD of the query and nothing else', () => {
    begin({ name: 'a.b', flags: 0x07ff & ~0x8000 }, 512)
    expect(finish()).toMatchObject({
      rd: true,
      cd: true,
      aa: false,
      tc: false,
      ra: false,
      z: false,
      ad: false,
      rcode: 0,
    })
    begin({ name: 'a.b', flags: 0 }, 512)
    expect(finish()).toMatchObject({ rd: false, cd: false })
  })

  it('compresses owners and the names in RDATA of NS CNAME PTR MX SOA against everything before', () => {
    begin({ name: 'a.example.com' }, 512)
    put(Section.Answer, null, RrType.CNAME, wire('b.example.com'))
    put(Section.Answer, 'b.example.com', RrType.MX, Uint8Array.from([0, 10, ...wire('mx.b.example.com')]))
    put(Section.Authority, 'example.com', RrType.NS, wire('mx.b.example.com'))
    const soa = [...wire('ns.example.com'), ...wire('host.example.com'), ...new Uint8Array(20).fill(1)]
    put(Section.Authority, 'example.com', RrType.SOA, Uint8Array.from(soa))
    const message = finish()
    expect(lines(message, message.answer)).toEqual([
      'a.example.com. 60 5 b.example.com.',
      'b.example.com. 60 15 10 mx.b.example.com.',
    ])
    expect(lines(message, message.authority)).toEqual([
      'example.com. 60 2 mx.b.example.com.',
      `example.com. 60 6 ns.example.com. host.example.com.${' 16843009'.repeat(5)}`,
    ])
    const rdataOctets = [...message.answer, ...message.authority].map(record => record.rdata.length)
    expect(rdataOctets).toEqual([4, 2 + 5, 2, 5 + 7 + 20])
  })

  it('leaves names in RDATA of other types alone (RFC 3597 section 4)', () => {
    begin({ name: 'a.example.com' }, 512)
    const srv = Uint8Array.from([0, 1, 0, 1, 0, 80, ...wire('a.example.com')])
    put(Section.Answer, null, RrType.SRV, srv)
    put(Section.Answer, null, RrType.DNAME, wire('a.example.com'))
    const message = finish()
    expect(message.answer[0]!.rdata).toEqual(srv)
    expect(message.answer[1]!.rdata).toEqual(Uint8Array.from(wire('a.example.com')))
  })

  it('the second record of an RRset points at the first owner', () => {
    begin({ name: 'example.com' }, 512)
    reply.section(Section.Additional)
    reply.owner(wire('long-name.example.net'), 0)
    const a = Uint8Array.from([1, 2, 3, 4])
    reply.record(1, 60, a, 0, 4)
    const first = reply.at
    reply.record(1, 60, a, 0, 4)
    expect(reply.at - first).toBe(16)
    expect(finish().additional.map(record => record.name)).toEqual(['long-name.example.net.', 'long-name.example.net.'])
  })

  it('undo takes the whole RRset back, names it had left behind included', () => {
    begin({ name: 'q.example' }, 200)
    put(Section.Answer, null, RrType.NS, wire('one.test'))
    const before = reply.at
    reply.section(Section.Answer)
    reply.owner(wire('two.other'), 0)
    expect(reply.record(1, 1, Uint8Array.from([1, 1, 1, 1]), 0, 4)).toBe(true)
    expect(reply.record(16, 1, new Uint8Array(150), 0, 150)).toBe(false)
    reply.undo()
    expect(reply.at).toBe(before)
    put(Section.Authority, 'x.two.other', RrType.NS, wire('two.other'))
    const message = finish()
    expect(lines(message, message.answer)).toEqual(['q.example. 60 2 one.test.'])
    expect(lines(message, message.authority)).toEqual(['x.two.other. 60 2 two.other.'])
  })

  it('the root is an owner and a target like any other', () => {
    begin({ name: '.' }, 512)
    put(Section.Answer, null, RrType.NS, wire('.'))
    put(Section.Authority, '.', RrType.NS, wire('a.'))
    const message = finish()
    expect(lines(message, [...message.answer, ...message.authority])).toEqual(['. 60 2 .', '. 60 2 a.'])
  })

  it('names are compressed whatever the case of the question (RFC 4343 section 4.1)', () => {
    begin({ name: 'A.eXAMPLE.cOM', keepCase: true }, 512)
    put(Section.Answer, null, RrType.NS, wire('a.example.com'))
    put(Section.Answer, null, RrType.NS, wire('b.example.com'))
    expect(finish().answer.map(record => record.rdata.length)).toEqual([2, 4])
  })

  it('after an undone RRset the question still serves to compress', () => {
    begin({ name: 'a.example.com' }, 512)
    put(Section.Answer, null, RrType.NS, wire('b.example.com'))
    reply.undo()
    put(Section.Answer, null, RrType.NS, wire('b.example.com'))
    expect(finish().answer.map(record => record.rdata.length)).toEqual([4])
  })

  it('names whose hashes are equal are not taken for each other', () => {
    begin({ name: 'fblkaeb' }, 512)
    put(Section.Answer, null, RrType.NS, wire('sscxmwd'))
    put(Section.Answer, null, RrType.NS, wire('x.fblkaeb'))
    put(Section.Answer, null, RrType.NS, wire('x.sscxmwd'))
    const message = finish()
    expect(lines(message, message.answer).map(line => line.split(' ').at(-1))).toEqual([
      'sscxmwd.',
      'x.fblkaeb.',
      'x.sscxmwd.',
    ])
    // The compressor's own hash, or this test has no point: FNV-1a of the name, last octet first.
    const hash = (name: Uint8Array): number =>
      [...name.slice(0, -1)].reverse().reduce((h, octet) => Math.imul(h ^ octet, 0x01000193), 0x811c9dc5)
    expect(hash(wire('fblkaeb'))).toBe(hash(wire('sscxmwd')))
  })

  it('any names come out as they went in, beyond pointer range too', () => {
    const label = fc.stringMatching(/^[a-c]{1,3}$/)
    const name = fc.array(label, { minLength: 0, maxLength: 6 }).map(labels => `${labels.join('.')}.`)
    fc.assert(
      fc.property(name, fc.array(fc.tuple(name, name), { maxLength: 40 }), fc.nat(20000), (qname, pairs, gap) => {
        begin({ name: qname }, 65535)
        const expected = pairs.map(([owner, target], i) => {
          expect(put(Section.Answer, owner, RrType.NS, wire(target))).toBe(true)
          if (i === 3) put(Section.Answer, '.', RrType.TXT, new Uint8Array(gap))
          return `${owner} 60 2 ${target}`
        })
        const message = finish()
        const got = lines(
          message,
          message.answer.filter(record => record.type === RrType.NS),
        )
        expect(got).toEqual(expected)
      }),
      { seed: 11, numRuns: 400 },
    )
  })

  it('never writes past its limit', () => {
    for (let size = 40; size < 140; size++) {
      begin({ name: 'a.example.com' }, size)
      reply.out.fill(0xee, size)
      for (const type of [RrType.NS, RrType.MX, RrType.SOA, RrType.A]) {
        const rdata = Uint8Array.from([...wire('\\001.xx'), ...wire('ns1.example.org'), ...new Uint8Array(20)])
        if (!put(Section.Answer, 'www.example.net', type, rdata)) reply.undo()
      }
      finish()
      expect(reply.at).toBeLessThanOrEqual(size)
      expect(reply.out.subarray(size).every(octet => octet === 0xee)).toBe(true)
    }
  })
})

describe('the OPT record of a reply', () => {
  const text = new TextEncoder().encode('why')
  const named = { ...facts, nsid: new TextEncoder().encode('ns1') }
  const says = {
    scope: 0,
    serverCookie: new DataView(new ArrayBuffer(SERVER_COOKIE_OCTETS)),
    ede: Ede.None as number,
    edeText: none,
  }
  const subnet = { code: 8, data: [0, 1, 24, 0, 192, 0, 2] }

  it('RFC 6891 section 7: none without one in the query', () => {
    begin({ name: 'a.b' }, 512)
    writeOpt(reply, 512, query, named, 16, { ...says, ede: 14 })
    expect(finish(0, 16).opt).toBeNull()
  })

  it('has our size, version 0, the upper bits of the RCODE, DO as it came and no other flag', () => {
    begin({ name: 'a.b', edns: { flags: 0xffff } }, 1232)
    writeOpt(reply, 1232, query, named, 16, says)
    expect(finish(0, 16)).toMatchObject({ rcode: 16, opt: { payload: 1232, version: 0, flags: 0x8000, options: [] } })
  })

  it('answers NSID, echoes ECS with our scope (RFC 7871 section 7.2.1), and no unknown option', () => {
    const options = [{ code: 100, data: [1] }, { code: 3, data: [] }, subnet]
    begin({ name: 'a.b', edns: { options } }, 1232, named)
    writeOpt(reply, 1232, query, named, 0, { ...says, scope: 20 })
    const parsed = finish()
    expect(parsed.opt!.options.map(option => option.code)).toEqual([3, 8])
    expect(Buffer.from(optionOf(parsed, 3)!).toString()).toBe('ns1')
    expect([...optionOf(parsed, 8)!]).toEqual([0, 1, 24, 20, 192, 0, 2])
  })

  it('RFC 8914: an EDE loses its text first and then itself when room is short', () => {
    begin({ name: 'a.b', edns: {} }, 512)
    const start = reply.at
    const length = (size: number): number => {
      begin({ name: 'a.b', edns: {} }, 512)
      writeOpt(reply, size, query, facts, 2, { ...says, ede: 14, edeText: text })
      return finish().bytes.length - start - 11
    }
    expect([9, 8, 6, 5, 0].map(room => length(start + 11 + room))).toEqual([9, 6, 6, 0, 0])
  })
})
