import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Known, Rcode } from '../../src/wire/constants.ts'
import { decodeQuery, Verdict } from '../../src/wire/decode-query.ts'
import { formatName } from '../../src/wire/name.ts'
import { newQuery } from '../../src/wire/query.ts'
import { buildOpt, buildQuery, type OptionSpec, word } from '../fixture/message.ts'

const query = newQuery()
const ALL = Known.ECS | Known.COOKIE | Known.KEEPALIVE | Known.PADDING
const decode = (message: Uint8Array, known = ALL) => decodeQuery(message, message.length, known, query)
const changed = (message: Uint8Array, at: number, ...octets: number[]): Uint8Array => {
  const copy = message.slice()
  copy.set(octets, at)
  return copy
}
const plain = buildQuery({ name: 'www.Example.com', type: 28, keepCase: true })

describe('decodeQuery', () => {
  it('reads header and question, the name in lower case', () => {
    expect(decode(plain)).toBe(Verdict.Query)
    expect(query).toMatchObject({ id: 0x1234, flags: 0x0100, qtype: 28, qclass: 1, edns: false, nameLength: 17 })
    expect(formatName(query.name)).toBe('www.example.com.')
  })

  it('lower-cases only ASCII letters (RFC 4343 section 3)', () => {
    decode(Uint8Array.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5, 0x40, 0x5b, 0xc0, 0xda, 0x5a, 0, 0, 1, 0, 1]))
    expect([...query.name.subarray(0, query.nameLength)]).toEqual([5, 0x40, 0x5b, 0xc0, 0xda, 0x7a, 0])
  })

  it('hashes the name whatever its case, and leaves nothing of a longer one behind it', () => {
    const hashes = new Map<number, string>()
    for (let length = 60; length > 0; length--) {
      const name = 'aBc.dEfG'.repeat(8).slice(0, length).replace(/\.$/, 'x')
      const hashOf = (text: string): number => {
        decode(buildQuery({ name: text, type: 0x4142, keepCase: true }))
        const words = Math.ceil(query.nameLength / 4)
        expect([...query.name.subarray(query.nameLength, 4 * words)].every(octet => octet === 0)).toBe(true)
        expect(query.nameWords).toHaveLength(64)
        return query.nameHash
      }
      const hash = hashOf(name)
      expect(hashOf(name.toUpperCase())).toBe(hash)
      expect(hashOf(name.toLowerCase())).toBe(hash)
      expect(hashes.get(hash) ?? name, 'two names, one hash').toBe(name)
      hashes.set(hash, name)
    }
    const seeded = newQuery(7)
    const message = buildQuery({ name: 'www.example.com' })
    decode(message)
    decodeQuery(message, message.length, ALL, seeded)
    expect(seeded.nameHash).not.toBe(query.nameHash)
  })

  it('is silent to responses and to less than a header', () => {
    expect(decode(changed(plain, 2, 0x81))).toBe(Verdict.Ignore)
    for (let length = 0; length < 12; length++) expect(decode(plain.slice(0, length))).toBe(Verdict.Ignore)
  })

  it('RFC 8906 section 3.1.4: an unknown opcode is NOTIMP, whatever follows the header', () => {
    for (const opcode of [1, 2, 3, 4, 5, 6, 7, 15]) {
      const header = changed(plain, 2, opcode << 3).slice(0, 12)
      expect(decode(header)).toBe(Verdict.Reject)
      expect(query).toMatchObject({ rcode: Rcode.NOTIMP, nameLength: 0, id: 0x1234 })
    }
  })

  it('RFC 9619 section 4: QDCOUNT other than 1 is FORMERR', () => {
    for (const count of [0, 2, 3, 65535]) {
      expect(decode(changed(plain, 4, ...word(count)))).toBe(Verdict.Reject)
      expect(query.rcode).toBe(Rcode.FORMERR)
    }
  })

  it('RFC 7873 section 5.4: without a question a message may ask for a cookie, and for nothing else', () => {
    const bare = (options: OptionSpec[], known = ALL) => {
      const opt = buildOpt({ options })
      return decode(Uint8Array.from([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, ...opt]), known)
    }
    expect(bare([{ code: 10, data: new Array<number>(8).fill(7) }])).toBe(Verdict.CookieFetch)
    expect(query).toMatchObject({ nameLength: 0, edns: true, rcode: 0, cookieAt: 27, serverCookieLength: 0 })
    expect(bare([{ code: 10, data: new Array<number>(24).fill(7) }])).toBe(Verdict.CookieFetch)
    expect(query.serverCookieLength).toBe(16)
    for (const verdict of [
      bare([]),
      bare([{ code: 3, data: [] }]),
      bare([{ code: 10, data: [1] }]),
      bare([{ code: 10, data: new Array<number>(8).fill(7) }], ALL & ~Known.COOKIE),
    ]) {
      expect(verdict).toBe(Verdict.Reject)
    }
    expect(query).toMatchObject({ rcode: Rcode.FORMERR, edns: true })
    expect(decode(Uint8Array.from([0, 1, ...new Array<number>(10).fill(0)]))).toBe(Verdict.Reject)
  })

  it('a message cut anywhere behind its header is FORMERR', () => {
    const whole = buildQuery({ name: 'a.b.example', edns: { options: [{ code: 3, data: [] }] } })
    expect(decode(whole)).toBe(Verdict.Query)
    for (let length = 12; length < whole.length; length++) {
      // The octets behind the end are there, as in a receive buffer, and must not be read.
      expect(decodeQuery(whole, length, ALL, query), `${length} octets`).toBe(Verdict.Reject)
      expect(decode(whole.slice(0, length)), `${length} octets`).toBe(Verdict.Reject)
      expect(query.rcode).toBe(Rcode.FORMERR)
    }
  })

  it('octets behind the last record are FORMERR', () => {
    for (const message of [plain, buildQuery({ name: 'a.b', edns: {} })]) {
      expect(decode(Uint8Array.from([...message, 0]))).toBe(Verdict.Reject)
      expect(query.rcode).toBe(Rcode.FORMERR)
    }
  })

  it('pointers and unknown label types in the question are FORMERR', () => {
    for (const octet of [0x40, 0x80, 0xbf, 0xc0, 0xff]) {
      expect(decode(changed(plain, 12, octet, 12))).toBe(Verdict.Reject)
      expect(query).toMatchObject({ rcode: Rcode.FORMERR, nameLength: 0 })
    }
  })

  it('names of 255 octets pass, of 256 do not (RFC 1035 section 2.3.4)', () => {
    const message = (last: number): Uint8Array => {
      const labels = [63, 63, 63, last].flatMap(length => [length, ...new Array<number>(length).fill(0x61)])
      return Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1])
    }
    expect(decode(message(61))).toBe(Verdict.Query)
    expect(query.nameLength).toBe(255)
    expect(decode(message(62))).toBe(Verdict.Reject)
  })

  it('walks over records of every section to the OPT record', () => {
    const record = [0xc0, 12, ...word(6), ...word(1), 0, 0, 0, 0, ...word(3), 1, 2, 3]
    const base = buildQuery({ name: 'x.example', edns: { payload: 4096 } })
    const optAt = base.length - 11
    const withRecords = Uint8Array.from([...base.slice(0, optAt), ...record, ...record, ...base.slice(optAt)])
    expect(decode(changed(withRecords, 6, ...word(1), ...word(1)))).toBe(Verdict.Query)
    expect(query).toMatchObject({ edns: true, payload: 4096 })
  })

  it('terminates on any octets, with a verdict', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 400 }), fc.nat(ALL), (octets, known) => {
        expect(Object.values(Verdict)).toContain(decode(octets, known))
      }),
      { seed: 7, numRuns: 5000 },
    )
  })
})
