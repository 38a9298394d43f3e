import { describe, expect, it } from 'vitest'
import { parseSipKey, sipHash24 } from '../../src/base/siphash.ts'
import { moved, openWorld } from '../answer/world.ts'
import { CLIENT_COOKIE, cookieOf, cookieOption, SECRET, withCookies } from '../fixture/cookies.ts'

const OLD_SECRET = 'dd3bdf9344b678b185a6f5cb60fca715'
const NEW_SECRET = '445536bcd2513298075a5d379663c962'

/** What a server with these secrets, the first of them active, answers at `now` (Unix seconds) to a client that shows `cookie`. */
function served(now: number, secrets: readonly string[], from: string, cookie: string) {
  const world = openWorld({ settings: withCookies({ secrets }), now: () => now * 1000 + 999 })
  const replies: (string | null)[] = []
  const counted = moved(world, () => {
    const message = world.ask({ name: 'www.example.com', edns: { options: [cookieOption(cookie)] } }, { from })
    expect(message).toMatchObject({ rcode: 0, aa: true, tc: false })
    expect(message.answer).toHaveLength(2)
    replies.push(cookieOf(message))
  })
  const { cookiesGood = 0, cookiesBad = 0, cookiesNew = 0 } = counted
  expect(cookiesGood + cookiesBad + cookiesNew).toBe(1)
  return { reply: replies[0]!, shown: cookiesGood === 1 ? 'good' : cookiesBad === 1 ? 'bad' : 'new' }
}

describe('RFC 9018 appendix A', () => {
  const learnt = `${CLIENT_COOKIE}010000005cf79f111f8130c3eee29480`

  it('A.1: learning a new server cookie', () => {
    expect(served(1559731985, [SECRET], '198.51.100.100', CLIENT_COOKIE)).toEqual({ reply: learnt, shown: 'new' })
  })

  it('A.2: the same client learning a renewed cookie', () => {
    const renewed = `${CLIENT_COOKIE}010000005cf7a871d4a564a1442aca77`
    expect(served(1559734385, [SECRET], '198.51.100.100', learnt)).toEqual({ reply: renewed, shown: 'good' })
  })

  const reserved = 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5'

  it('A.3: another client learning a renewed cookie', () => {
    // Its own cookie is 6715 s old when it comes: sound, but beyond the hour of section 4.3.
    const reply = 'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e'
    expect(served(1559734700, [SECRET], '203.0.113.203', reserved)).toEqual({ reply, shown: 'bad' })
  })

  it('A.3, section 4.2: reserved octets that are set are hashed as they are, and do not make a cookie bad', () => {
    expect(served(1559727985 + 1000, [SECRET], '203.0.113.203', reserved)).toEqual({ reply: reserved, shown: 'good' })
    const changed = reserved.replace('abcdef', 'abcdee')
    expect(served(1559727985 + 1000, [SECRET], '203.0.113.203', changed).shown).toBe('bad')
  })

  it('A.4: an IPv6 client, a rolled-over secret: good, and renewed with the new secret however young', () => {
    const shown = '22681ab97d52c298010000005cf7c57926556bd0934c72f8'
    const reply = '22681ab97d52c298010000005cf7c609a6bb79d16625507a'
    const from = '2001:db8:220:1:59de:d0f4:8769:82b8'
    expect(served(1559741961, [NEW_SECRET, OLD_SECRET], from, shown)).toEqual({ reply, shown: 'good' })
    expect(served(1559741961, [NEW_SECRET], from, shown)).toEqual({ reply, shown: 'bad' })
    expect(served(1559741817, [OLD_SECRET, NEW_SECRET], from, shown)).toEqual({ reply: shown, shown: 'good' })
  })
})

describe('RFC 9018 section 4', () => {
  const FROM = '198.51.100.100'
  const MADE = 1559731985
  const made = served(MADE, [SECRET], FROM, CLIENT_COOKIE).reply
  /** Client cookie, version, reserved octets and timestamp. */
  const stamped = (seconds: number) =>
    `${CLIENT_COOKIE}01000000${((seconds % 2 ** 32) >>> 0).toString(16).padStart(8, '0')}`

  it.each([
    [0, 'good', 'the same'],
    [1800, 'good', 'the same'],
    [1801, 'good', 'fresh'],
    [3600, 'good', 'fresh'],
    [3601, 'bad', 'fresh'],
    [-300, 'good', 'the same'],
    [-301, 'bad', 'fresh'],
    [2 ** 31 - 1, 'bad', 'fresh'],
    [-86_400, 'bad', 'fresh'],
  ])('4.3: a cookie %d s old is %s, the reply has %s one', (age, shown, reply) => {
    const seen = served(MADE + age, [SECRET], FROM, made)
    expect(seen.shown).toBe(shown)
    expect(seen.reply === made ? 'the same' : 'fresh').toBe(reply)
    expect(seen.reply.slice(0, 32)).toBe(stamped(reply === 'fresh' ? MADE + age : MADE))
  })

  it('4.3: time is compared in serial arithmetic, so that January 2038 and February 2106 do not end anything', () => {
    const old = served(2 ** 31 - 10, [SECRET], FROM, CLIENT_COOKIE).reply
    expect(served(2 ** 31 + 20, [SECRET], FROM, old)).toEqual({ reply: old, shown: 'good' })
    const young = served(2 ** 31 + 20, [SECRET], FROM, CLIENT_COOKIE).reply
    expect(served(2 ** 31 - 10, [SECRET], FROM, young)).toEqual({ reply: young, shown: 'good' })
    const before = served(2 ** 32 - 10, [SECRET], FROM, CLIENT_COOKIE).reply
    expect(before.slice(0, 32)).toBe(stamped(2 ** 32 - 10))
    expect(served(2 ** 32 + 20, [SECRET], FROM, before)).toEqual({ reply: before, shown: 'good' })
    const after = served(2 ** 32 + 20, [SECRET], FROM, CLIENT_COOKIE).reply
    expect(after.slice(0, 32)).toBe(stamped(20))
    expect(served(2 ** 32 - 10, [SECRET], FROM, after)).toEqual({ reply: after, shown: 'good' })
    expect(served(2 ** 32 + 3600, [SECRET], FROM, before).shown).toBe('bad')
  })

  it('4.4: one bit changed anywhere, another address or another client cookie make it bad', () => {
    for (let bit = 0; bit < 24 * 8; bit++) {
      const octets = Buffer.from(made, 'hex')
      octets[bit >> 3]! ^= 1 << (bit & 7)
      expect(served(MADE, [SECRET], FROM, octets.toString('hex')).shown, `bit ${bit}`).toBe('bad')
    }
    expect(served(MADE, [SECRET], '198.51.100.101', made).shown).toBe('bad')
    expect(served(MADE, [SECRET], '2001:db8::1', made).shown).toBe('bad')
  })

  it('4.4: all 16 octets of an IPv6 address count', () => {
    const from = '2001:db8:220:1:59de:d0f4:8769:82b8'
    const mine = served(MADE, [SECRET], from, CLIENT_COOKIE).reply
    expect(served(MADE, [SECRET], from, mine).shown).toBe('good')
    for (let at = 0; at < 8; at++) {
      const parts = from.split(':')
      parts[at] = (Number.parseInt(parts[at]!, 16) ^ 1).toString(16)
      expect(served(MADE, [SECRET], parts.join(':'), mine).shown, parts.join(':')).toBe('bad')
    }
  })

  it('4: server cookies of other lengths and versions are not ours', () => {
    for (let length = 8; length <= 32; length++) {
      if (length === 16) continue
      const shown = made.padEnd(80, '0').slice(0, 16 + 2 * length)
      expect(served(MADE, [SECRET], FROM, shown), `${length} octets`).toEqual({ reply: made, shown: 'bad' })
    }
  })

  it('4.1: another version is not ours, though its hash is sound', () => {
    const cookieOfVersion = (version: number): string => {
      const octets = Buffer.from(`${made.slice(0, 32)}c6336464`, 'hex')
      octets[8] = version
      const hash = new Uint32Array(2)
      sipHash24(parseSipKey(SECRET)!, octets, octets.length, hash)
      return octets.toString('hex', 0, 16) + Buffer.from(hash.buffer).toString('hex')
    }
    expect(cookieOfVersion(1)).toBe(made)
    for (const version of [0, 2, 255]) expect(served(MADE, [SECRET], FROM, cookieOfVersion(version)).shown).toBe('bad')
  })

  it('5: the three stages of a new secret (add, switch, drop): nobody who comes back in between is a stranger', () => {
    const add = [SECRET, NEW_SECRET]
    const change = [NEW_SECRET, SECRET]
    const first = served(MADE, add, FROM, CLIENT_COOKIE).reply
    expect(served(MADE, [SECRET], FROM, first).shown).toBe('good')
    const second = served(MADE + 60, change, FROM, first)
    expect(second.shown).toBe('good')
    // A server of the same address that has not switched yet.
    expect(served(MADE + 60, add, FROM, second.reply).shown).toBe('good')
    expect(served(MADE + 120, [NEW_SECRET], FROM, second.reply)).toEqual({ reply: second.reply, shown: 'good' })
    expect(served(MADE + 120, [NEW_SECRET], FROM, first).shown).toBe('bad')
  })

  it('`active` says which secret makes cookies, wherever it stands', () => {
    const ask = (active: number) => {
      const settings = withCookies({ secrets: [OLD_SECRET, SECRET], active })
      const world = openWorld({ settings, now: () => MADE * 1000 })
      return cookieOf(
        world.ask({ name: 'example.com', edns: { options: [cookieOption(CLIENT_COOKIE)] } }, { from: FROM }),
      )
    }
    expect(ask(1)).toBe(made)
    expect(ask(0)).not.toBe(made)
  })

  it('a secret that is none is refused by place, not by its text', () => {
    expect(() => openWorld({ settings: withCookies({ secrets: [SECRET, 'hunter2'] }) })).toThrow(
      'cookies: secret 2 is not 32 hexadecimal digits',
    )
  })
})
