import { describe, expect, it, test } from 'vitest'
import { newExchange } from '../../src/answer/exchange.ts'
import { BUCKETS, Buckets } from '../../src/answer/rate/buckets.ts'
import { Limit, RateLimiter } from '../../src/answer/rate-limit.ts'
import { millis } from '../../src/base/brand.ts'
import { mix32 } from '../../src/base/hash.ts'
import { newPeer } from '../../src/base/peer.ts'
import type { SipKey } from '../../src/base/siphash.ts'
import { TabulationHash } from '../../src/base/tabulation-hash.ts'
import { COUNTER_SLOTS } from '../../src/model/counters.ts'
import { Outcome } from '../../src/zone/outcome.ts'

const SECRET: SipKey = Uint32Array.of(11, 22, 33, 44)
const SETTINGS = { perSecond: 10, slip: 0, exempt: [], dryRun: false }
const START = Float64Array.of(0)
/** Some more keys than there are buckets. */
const MANY = 4 * BUCKETS

/** A limiter and its one exchange, at a clock in hand. `ask` gets what becomes of an answer about `node` to block `block` (24 bits). */
function limiter({ perSecond = 10, secret = SECRET } = {}) {
  const state = { now: 1_700_000_000_000 }
  const counters = new Float64Array(COUNTER_SLOTS)
  const clock = { now: () => millis(state.now) }
  const it = new RateLimiter({ settings: { ...SETTINGS, perSecond }, clock, counters, note: () => {}, secret })
  const x = newExchange()
  x.query.nameLength = 13
  x.lookup.outcome = Outcome.Hit
  const peer = newPeer()
  x.peer = peer
  const ask = (block: number, node = 1): Limit => {
    peer.hi = (block << 8) >>> 0
    x.lookup.node = node
    return it.decide(x, 40, 60)
  }
  return { state, ask }
}

describe('a flood of forged clients', () => {
  it('limits no client that stays within the rate, neither itself nor one from outside', () => {
    const { state, ask } = limiter()
    let suppressed = 0
    for (let i = 0; i < MANY; i++) {
      if (ask(i) !== Limit.Send) suppressed++
      if (i % 64 !== 0) continue
      state.now++
      if (state.now % 100 === 0 && ask(0xffffff) !== Limit.Send) suppressed++
    }
    expect(suppressed).toBe(0)
  })

  it('does not free one who is deep in debt: accounts nearer to full go first', () => {
    const { state, ask } = limiter()
    const victim = 0xabcdef
    for (let i = 0; i < 1_000; i++) ask(victim)
    expect(ask(victim)).toBe(Limit.Drop)
    for (let i = 0; i < MANY; i++) {
      if (i % 64 === 0) state.now++
      ask(mix32(i) >>> 8)
    }
    expect(state.now - 1_700_000_000_000).toBeLessThan(15_000)
    expect(ask(victim)).toBe(Limit.Drop)
  })

  it('finds a thousand debtors again under random names', () => {
    const { state, ask } = limiter()
    for (let block = 0; block < 1_000; block++) for (let i = 0; i < 60; i++) ask(block)
    for (let i = 0; i < MANY; i++) {
      if (i % 128 === 0) state.now++
      ask(0x800000, mix32(i) | 0)
    }
    let limited = 0
    for (let block = 0; block < 1_000; block++) if (ask(block) === Limit.Drop) limited++
    expect(limited).toBe(1_000)
  })
})

test('names chosen to push out each other do so only for who knows the secret', () => {
  const hash = new TabulationHash(SECRET)
  const victim = 0xc00002
  // Family 4 and class 0 in the last octet of the second word, as the limiter has them.
  const slotOf = (node: number) => hash.of(victim << 8, 4, node) & (BUCKETS - 1)
  const chosen: number[] = []
  for (let node = 0; chosen.length < 40; node++) if (slotOf(node) === slotOf(0)) chosen.push(node)
  const limitedAfterwards = (secret: SipKey) => {
    const { ask } = limiter({ perSecond: 1, secret })
    for (const node of chosen) ask(victim, node)
    return chosen.filter(node => ask(victim, node) !== Limit.Send).length
  }
  expect(limitedAfterwards(SECRET)).toBeLessThan(10)
  expect(limitedAfterwards(Uint32Array.of(11, 22, 33, 45))).toBe(40)
})

describe('the table', () => {
  it.each<[string, (i: number) => readonly [number, number, number]]>([
    ['first', i => [i, 4, 9]],
    ['second', i => [9, i + 1, 4]],
    ['third', i => [4, 9, i]],
  ])('tells keys apart whose hashes fall together and whose %s word differs', (_word, key) => {
    const buckets = new Buckets(1, SECRET)
    // By the birthday paradox some 250 pairs of so many keys name the same slot.
    const count = BUCKETS / 16
    for (let i = 0; i < count; i++) buckets.charge(...key(i), START)
    const own = new Set<number>()
    for (let i = 0; i < count; i++) own.add(buckets.charge(...key(i), START))
    expect(own.has(-1)).toBe(false)
    expect(own.size).toBe(count)
  })

  it('puts keys elsewhere under another secret', () => {
    const places = [SECRET, Uint32Array.of(11, 22, 33, 45)].map(secret => {
      const buckets = new Buckets(0.001, secret)
      return Array.from({ length: 64 }, (_, i) => {
        buckets.charge(i, 4, 9, START)
        return buckets.charge(i, 4, 9, START)
      })
    })
    expect(places[0]!.filter((place, i) => place === places[1]![i]).length).toBeLessThan(4)
  })

  it('gives a new key a full account and no suppressed responses, whoever had the bucket before', () => {
    const buckets = new Buckets(1, SECRET)
    const wrong: number[] = []
    for (let i = 0; i < MANY; i++) {
      if (buckets.charge(i, 4, 9, START) !== -1) wrong.push(i)
      // One over the rate, and two of the three that slip 3 waits for: debt and count are there for the next key.
      const bucket = buckets.charge(i, 4, 9, START)
      if (bucket < 0 || buckets.isNth(bucket, 3) || buckets.isNth(bucket, 3)) wrong.push(i)
    }
    expect(wrong).toEqual([])
  })

  it('holds exactly one second of responses at every whole rate', () => {
    const wrong = Array.from({ length: 1_000 }, (_, i) => i + 1).filter(perSecond => {
      const buckets = new Buckets(perSecond, SECRET)
      const time = Float64Array.of(0.1)
      for (let i = 0; i < perSecond; i++) if (buckets.charge(1, 4, 9, time) !== -1) return true
      return buckets.charge(1, 4, 9, time) === -1
    })
    expect(wrong).toEqual([])
  })
})
