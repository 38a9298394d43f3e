import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Exchange, newExchange } from '../../src/answer/exchange.ts'
import { Limit, RateLimiter } from '../../src/answer/rate-limit.ts'
import { millis } from '../../src/base/brand.ts'
import type { RateLimitSettings } from '../../src/model/answer-settings.ts'
import { AT, COUNTER_SLOTS } from '../../src/model/counters.ts'
import { Rcode } from '../../src/wire/constants.ts'
import { Outcome } from '../../src/zone/outcome.ts'
import { peerOf } from './world.ts'

/** One reply: who gets it, what it says, and how long after the one before, milliseconds (below 0: the clock was put back). */
interface Step {
  readonly from: string
  readonly says: 'answer' | 'nodata' | 'nxdomain' | 'referral' | 'refused' | 'formerr'
  readonly number: number
  readonly after: number
}

interface Account {
  balance: number
  at: number
  suppressed: number
}

/** Plain bookkeeping: a balance that grows with time, up to a second's worth, and falls by one with each reply, down to 15 seconds' worth. */
class Model {
  readonly #accounts = new Map<string, Account>()
  readonly #settings: RateLimitSettings
  #now = 0

  constructor(settings: RateLimitSettings) {
    this.#settings = settings
  }

  decide({ from, says, number, after }: Step): Limit {
    const { perSecond, slip, dryRun } = this.#settings
    this.#now += Math.max(after, 0)
    const error = says === 'refused' || says === 'formerr'
    const key = `${blockOf(from)} ${error ? 'error' : `${says} ${number}`}`
    const most = Math.max(perSecond, 1)
    const account = this.#accounts.get(key) ?? { balance: most, at: this.#now, suppressed: 0 }
    this.#accounts.set(key, account)
    account.balance = Math.min(account.balance + ((this.#now - account.at) / 1_000) * perSecond, most)
    account.at = this.#now
    const within = account.balance >= 1 - 1e-7
    account.balance = Math.max(account.balance - 1, -15 * perSecond)
    if (within) return Limit.Send
    account.suppressed++
    const slips = slip > 0 && account.suppressed % slip === 0
    return dryRun ? Limit.Send : slips ? Limit.Slip : Limit.Drop
  }
}

/** Text of the /24 or /56; `from` is one of {@link CLIENTS}, whose groups are written out. */
function blockOf(from: string): string {
  if (!from.includes(':')) return from.split('.').slice(0, 3).join('.')
  const groups = from.split(':').map(group => group.padStart(4, '0'))
  return groups.slice(0, 4).join('').slice(0, 14)
}

const CLIENTS = [
  ...['192.0.2.1', '192.0.2.200', '192.0.3.1', '0.0.2.1', '255.255.255.255'],
  ...['2001:db8:0:1100:0:0:0:1', '2001:db8:0:11ff:0:0:0:1', '2001:db8:0:1200:0:0:0:1', 'ffff:ffff:ffff:ffff:0:0:0:1'],
]

function describeReply(x: Exchange, { from, says, number }: Step): void {
  x.peer = peerOf(from)
  x.query.nameLength = 13
  x.rcode = { refused: Rcode.REFUSED, formerr: Rcode.FORMERR, nxdomain: Rcode.NXDOMAIN }[says as string] ?? 0
  const outcomes = { nodata: Outcome.NoData, nxdomain: Outcome.NxDomain, referral: Outcome.Delegation }
  x.lookup.outcome = outcomes[says as 'nodata'] ?? Outcome.Hit
  // The numbers that must not matter are random as well.
  x.lookup.node = says === 'answer' || says === 'referral' ? number : from.length * 7
  x.lookup.zone = says === 'nodata' || says === 'nxdomain' ? number : from.length * 5
}

const step: fc.Arbitrary<Step> = fc.record({
  from: fc.constantFrom(...CLIENTS),
  says: fc.constantFrom('answer', 'answer', 'answer', 'nodata', 'nxdomain', 'referral', 'refused', 'formerr'),
  number: fc.constantFrom(0, 1, 77, 0x7fffffff),
  after: fc.oneof(
    { weight: 30, arbitrary: fc.constant(0) },
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 300 }) },
    { weight: 2, arbitrary: fc.integer({ min: 301, max: 20_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -100_000, max: -1 }) },
  ),
})

const settings: fc.Arbitrary<RateLimitSettings> = fc.record({
  // Their intervals are whole milliseconds or exact fractions of them: the model and the table round alike.
  perSecond: fc.constantFrom(0.5, 1, 2, 5, 8, 12.5),
  slip: fc.constantFrom(0, 1, 2, 3, 10),
  exempt: fc.constant([]),
  dryRun: fc.boolean(),
})

test('decides and counts as plain bookkeeping does', () => {
  fc.assert(
    fc.property(settings, fc.array(step, { minLength: 200, maxLength: 600 }), (set, steps) => {
      let now = 1_700_000_000_000
      const counters = new Float64Array(COUNTER_SLOTS)
      const clock = { now: () => millis(now) }
      const limiter = new RateLimiter({ settings: set, clock, counters, note: () => {}, secret: new Uint32Array(4) })
      const model = new Model(set)
      const live = new Model({ ...set, dryRun: false })
      const told = { [Limit.Send]: 0, [Limit.Slip]: 0, [Limit.Drop]: 0 }
      const x = newExchange()
      for (const [i, next] of steps.entries()) {
        now += next.after
        describeReply(x, next)
        told[live.decide(next)]++
        expect(limiter.decide(x, 40, 60), `step ${i}: ${JSON.stringify(next)}`).toBe(model.decide(next))
      }
      const suppressed = told[Limit.Slip] + told[Limit.Drop]
      expect(counters[AT.rateSpared]).toBe(set.dryRun ? suppressed : 0)
      expect(counters[AT.rateSlipped]).toBe(set.dryRun ? 0 : told[Limit.Slip])
      expect(counters[AT.rateDropped]).toBe(set.dryRun ? 0 : told[Limit.Drop])
    }),
    { seed: 11, numRuns: 200 },
  )
})

test('at any rate, no more than it in any second after the first, and no less while nobody asks for more', () => {
  const rates = fc.double({ min: 0.01, max: 5_000, noNaN: true })
  const gaps = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 2_000, maxLength: 2_000 })
  fc.assert(
    fc.property(rates, gaps, (perSecond, pauses) => {
      let now = 1_700_000_000_000
      const clock = { now: () => millis(now) }
      const options = { counters: new Float64Array(COUNTER_SLOTS), note: () => {}, clock, secret: new Uint32Array(4) }
      const limiter = new RateLimiter({ settings: { perSecond, slip: 0, exempt: [], dryRun: false }, ...options })
      const x = newExchange()
      describeReply(x, { from: '192.0.2.1', says: 'answer', number: 1, after: 0 })
      const began = now
      let sent = 0
      let asked = 0
      let underRate = true
      for (const pause of pauses) {
        now += pause
        asked++
        if (asked > ((now - began) / 1_000) * perSecond + 1) underRate = false
        if (limiter.decide(x, 40, 60) === Limit.Send) sent++
        expect(sent).toBeLessThanOrEqual(((now - began) / 1_000) * perSecond + Math.max(perSecond, 1) + 1e-6)
        if (underRate) expect(sent).toBe(asked)
      }
    }),
    { seed: 12, numRuns: 60 },
  )
})
