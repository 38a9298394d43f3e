import { describe, expect, it } from 'vitest'
import { Known, Rcode } from '../../src/wire/constants.ts'
import { decodeQuery, Verdict } from '../../src/wire/decode-query.ts'
import { newQuery } from '../../src/wire/query.ts'
import { buildOpt, buildQuery, type EdnsSpec, ecsOption, type OptionSpec, word } from '../fixture/message.ts'

const query = newQuery()
const ALL = Known.ECS | Known.COOKIE | Known.KEEPALIVE | Known.PADDING
const decode = (message: Uint8Array, known: number = ALL) => decodeQuery(message, message.length, known, query)
const withEdns = (edns: EdnsSpec, known: number = ALL) => decode(buildQuery({ name: 'example.com', edns }), known)
const withOptions = (...options: OptionSpec[]) => withEdns({ options })
const octets = (length: number) => new Array<number>(length).fill(7)
const rejects = (verdict: Verdict, rcode: number) => {
  expect(verdict).toBe(Verdict.Reject)
  expect(query.rcode).toBe(rcode)
}

describe('the OPT record (RFC 6891)', () => {
  it('gives payload size, DO and presence', () => {
    expect(withEdns({ payload: 4096, flags: 0x8000 })).toBe(Verdict.Query)
    expect(query).toMatchObject({ edns: true, payload: 4096, dnssecOk: true, nsid: false, ecsAt: 0 })
  })

  it('section 6.2.3: sizes below 512 count as 512', () => {
    for (const payload of [0, 1, 511]) {
      withEdns({ payload })
      expect(query.payload).toBe(512)
    }
  })

  it('section 6.1.3: another version is BADVERS, its options unread', () => {
    rejects(withEdns({ version: 1 }), Rcode.BADVERS)
    expect(query.edns).toBe(true)
    rejects(withEdns({ version: 255, options: [{ code: 100, data: [1] }, ecsOption(9, 9, [])] }), Rcode.BADVERS)
  })

  it('section 6.1.4: unknown flags are ignored', () => {
    expect(withEdns({ flags: 0x40 })).toBe(Verdict.Query)
    expect(query.dnssecOk).toBe(false)
  })

  it('section 6.1.1: two OPT records are FORMERR, also when the first is BADVERS', () => {
    for (const version of [0, 1]) {
      const message = Uint8Array.from([...buildQuery({ name: 'a.b', edns: { version } }), ...buildOpt({})])
      message[11] = 2
      rejects(decode(message), Rcode.FORMERR)
      expect(query).toMatchObject({ edns: true, cookieAt: 0, nsid: false })
    }
  })

  it('section 6.1.1: a message that breaks behind its OPT record still has one, and what it says of size and DO holds', () => {
    const opt = { payload: 600, flags: 0x8000, options: [{ code: 10, data: octets(8) }] }
    rejects(decode(Uint8Array.from([...buildQuery({ name: 'a.b', edns: opt }), 0])), Rcode.FORMERR)
    expect(query).toMatchObject({ edns: true, payload: 600, dnssecOk: true, cookieAt: 0 })
  })

  it('section 6.1.2: an owner other than the root is FORMERR', () => {
    const message = buildQuery({ name: 'a.b', edns: {} })
    const at = message.length - 11
    rejects(decode(Uint8Array.from([...message.slice(0, at), 0xc0, 12, ...message.slice(at + 1)])), Rcode.FORMERR)
    expect(query.edns).toBe(false)
  })

  it('an OPT record outside the additional section is FORMERR', () => {
    const message = buildQuery({ name: 'a.b', edns: {} })
    message[11] = 0
    message[7] = 1
    rejects(decode(message), Rcode.FORMERR)
    expect(query.edns).toBe(false)
  })

  it('options: unknown ones are skipped, NSID is seen whatever it holds (RFC 5001 section 2.1)', () => {
    expect(withOptions({ code: 100, data: [1, 2, 3] }, { code: 65535, data: [] }, { code: 3, data: [9] })).toBe(
      Verdict.Query,
    )
    expect(query.nsid).toBe(true)
  })

  it('an option that runs over its record, or is cut in its head, is FORMERR', () => {
    for (const cut of [1, 2, 3, 4, 5]) {
      const message = buildQuery({ name: 'a.b', edns: { options: [{ code: 100, data: [1, 2] }] } }).slice(0, -cut)
      message.set(word(6 - cut), message.length - (6 - cut) - 2)
      rejects(decode(message), Rcode.FORMERR)
    }
  })

  it('RFC 7873 section 5.2: cookies of 8 and of 16 to 40 octets pass, others are FORMERR', () => {
    for (let length = 0; length <= 48; length++) {
      const verdict = withOptions({ code: 10, data: octets(length) })
      if (length === 8 || (length >= 16 && length <= 40)) {
        expect(verdict, `${length}`).toBe(Verdict.Query)
        expect(query.serverCookieLength).toBe(length - 8)
      } else {
        rejects(verdict, Rcode.FORMERR)
        expect(query.cookieAt).toBe(-1)
      }
    }
  })

  it('RFC 7873 section 5.2: of several cookies only the first is considered', () => {
    const at = (...cookies: number[]) => withOptions(...cookies.map(length => ({ code: 10, data: octets(length) })))
    at(24)
    const first = query.cookieAt
    expect(at(24, 8)).toBe(Verdict.Query)
    expect(query).toMatchObject({ cookieAt: first, serverCookieLength: 16 })
    expect(at(24, 3)).toBe(Verdict.Query)
    rejects(at(3, 24), Rcode.FORMERR)
    expect(query.cookieAt).toBe(-1)
  })

  it('RFC 7873 section 5.3: a cookie is found before and behind an option that makes the reply FORMERR', () => {
    const cookie = { code: 10, data: octets(24) }
    for (const options of [
      [cookie, ecsOption(3, 0, [])],
      [ecsOption(3, 0, []), cookie],
    ]) {
      rejects(withOptions(...options), Rcode.FORMERR)
      expect(query.cookieAt).toBeGreaterThan(0)
      expect(query).toMatchObject({ serverCookieLength: 16, ecsAt: 0 })
    }
  })

  it('RFC 7828 section 3.1: keepalive without a value is a wish, with one FORMERR', () => {
    expect(withOptions({ code: 11, data: [] })).toBe(Verdict.Query)
    expect(query.keepalive).toBe(true)
    for (const length of [1, 2, 3]) {
      rejects(withOptions({ code: 11, data: octets(length) }), Rcode.FORMERR)
      expect(query.keepalive).toBe(false)
    }
    rejects(withOptions({ code: 11, data: [] }, { code: 11, data: [0, 1] }), Rcode.FORMERR)
    rejects(withOptions({ code: 11, data: [0, 1] }, { code: 11, data: [] }), Rcode.FORMERR)
  })

  it('RFC 7830 section 3: padding is a wish, whatever it holds', () => {
    for (const length of [0, 1, 100]) {
      expect(withOptions({ code: 12, data: octets(length) })).toBe(Verdict.Query)
      expect(query.padding).toBe(true)
    }
  })

  it('what is not known is ignored, broken or not', () => {
    const options = [
      { code: 10, data: [1] },
      { code: 11, data: [0, 1] },
      { code: 12, data: [9] },
    ]
    expect(withEdns({ options }, Known.ECS)).toBe(Verdict.Query)
    expect(query).toMatchObject({ cookieAt: 0, keepalive: false, padding: false })
  })
})

describe('the ECS option (RFC 7871 section 6)', () => {
  it('IPv4: address in words, offsets for the echo', () => {
    expect(withOptions(ecsOption(1, 24, [203, 0, 113]))).toBe(Verdict.Query)
    expect(query).toMatchObject({ ecsFamily: 4, ecsHi: 0xcb007100, ecsLo: 0, ecsLength: 7 })
  })

  it('IPv6: the first 64 bits in words', () => {
    expect(withOptions(ecsOption(2, 56, [0x20, 1, 0xd, 0xb8, 0xfe, 0xdc, 0xba]))).toBe(Verdict.Query)
    expect(query).toMatchObject({ ecsFamily: 6, ecsHi: 0x20010db8, ecsLo: 0xfedcba00 })
    expect(withOptions(ecsOption(2, 128, [0x20, 1, 0, 0, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9]))).toBe(Verdict.Query)
    expect(query).toMatchObject({ ecsHi: 0x20010000, ecsLo: 1 })
  })

  it('SOURCE 0 is never refused, whatever the known family; there is nothing to locate', () => {
    for (const family of [0, 1, 2]) {
      expect(withOptions(ecsOption(family, 0, []))).toBe(Verdict.Query)
      expect(query.ecsFamily).toBe(0)
      expect(query.ecsAt).toBeGreaterThan(0)
    }
  })

  it.each([
    ['family 3 (a MUST)', ecsOption(3, 0, [])],
    ['family 0 with an address', ecsOption(0, 8, [10])],
    ['shorter than its fixed fields', { code: 8, data: [0, 1, 0] }],
    ['empty', { code: 8, data: [] }],
    ['IPv4 longer than 32', ecsOption(1, 33, [1, 2, 3, 4, 0])],
    ['IPv6 longer than 128', ecsOption(2, 129, new Array<number>(17).fill(0))],
    ['an octet too few', ecsOption(1, 24, [1, 2])],
    ['an octet too many', ecsOption(1, 24, [1, 2, 3, 0])],
    ['address octets with SOURCE 0', ecsOption(1, 0, [0])],
    ['bits past SOURCE', ecsOption(1, 20, [1, 2, 0x1f])],
    ['bits past SOURCE, IPv6', ecsOption(2, 57, [0x20, 1, 0, 0, 0, 0, 0, 0x40])],
    ['SCOPE in a query', ecsOption(1, 24, [1, 2, 3], 24)],
  ])('FORMERR: %s', (_, option) => {
    rejects(withOptions(option), Rcode.FORMERR)
    expect(query.ecsAt).toBe(0)
  })

  it('FORMERR: twice', () => {
    rejects(withOptions(ecsOption(1, 24, [1, 2, 3]), ecsOption(1, 24, [1, 2, 3])), Rcode.FORMERR)
  })

  it('section 7.1.3: a rejected query gets none of its options answered but padding, which is not a matter of the question', () => {
    const asked = [ecsOption(1, 24, [1, 2, 3]), { code: 3, data: [] }, { code: 11, data: [] }, { code: 12, data: [] }]
    rejects(withOptions(...asked, { code: 10, data: [1] }), Rcode.FORMERR)
    expect(query).toMatchObject({ edns: true, ecsAt: 0, nsid: false, keepalive: false, padding: true })
  })

  it('bits up to SOURCE are kept', () => {
    expect(withOptions(ecsOption(1, 20, [1, 2, 0xf0]))).toBe(Verdict.Query)
    expect(query.ecsHi).toBe(0x0102f000)
  })

  it('a server that does not know the option ignores it, broken or not', () => {
    const edns = { options: [ecsOption(7, 99, [1])] }
    expect(withEdns(edns, ALL & ~Known.ECS)).toBe(Verdict.Query)
    expect(query).toMatchObject({ ecsAt: 0, ecsFamily: 0 })
  })

  it('nothing of one query stays for the next', () => {
    const all = [3, 11, 12].map(code => ({ code, data: [] }))
    withOptions(ecsOption(1, 24, [1, 2, 3]), { code: 10, data: octets(24) }, ...all)
    expect(query).toMatchObject({ keepalive: true, padding: true, nsid: true, serverCookieLength: 16 })
    decode(buildQuery({ name: 'example.com' }))
    expect(query).toMatchObject({ ecsAt: 0, ecsFamily: 0, nsid: false, edns: false, payload: 512 })
    expect(query).toMatchObject({ cookieAt: 0, keepalive: false, padding: false })
  })
})
