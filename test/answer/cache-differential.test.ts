import { expect, test } from 'vitest'
import { Answerer } from '../../src/answer/answerer.ts'
import { type AnswerTables, Transport } from '../../src/answer/exchange.ts'
import { millis } from '../../src/base/brand.ts'
import type { AnswerSettings } from '../../src/model/answer-settings.ts'
import { AT, COUNTER_SLOTS } from '../../src/model/counters.ts'
import { FAMILY_V4, FAMILY_V6, type LiveHalf } from '../../src/model/live-table.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { withCookies } from '../fixture/cookies.ts'
import { buildQuery, ecsOption, type OptionSpec } from '../fixture/message.ts'
import { Dice, hostileMessage } from '../fixture/mutate.ts'
import { openWorld, peerOf } from './world.ts'

const SEED = 7
const QUERIES = 100_000
/** After so many queries something changes. */
const PHASE = 500
/** Questions that are asked again and again within a phase. */
const TOPICS = 40

const SERVICES = [
  ...['a1105.cdn.example', 'bare.cdn.example', 'strict.cdn.example', 'tls.cdn.example', 'tls.cdn.example'],
  ...['shop.example.com', 'a.shop.example.com', 'toshop.example.com'],
]
const OTHERS = `cdn.example plain.cdn.example ns1.cdn.example video.example.com a.video.example.com b.video.example.com
vip.example.com example.com www.example.com deep.in.ent.example.com in.ent.example.com nope.example.com
x.wild.example.com y.wild.example.com b.wild.example.com x.y.wild.example.com q.wc.example.com r.loose.example.com
alias.example.com chain1.example.com dangling.example.com nodata.example.com away.example.com sick.example.com
deleg.example.com self.example.com loop1.example.com c3.example.com c15.example.com old.example.com
host.old.example.com z.old.example.com a.spin.example.com q.tolong.example.com www.sub.example.com sub.example.com
www.big.example.com www.sib.example.com ours.example.com www.ours.example.com no.ours.example.com huge.example.com
wide.example.com tohuge.example.com many.example.com crowd.example.com _sip._tcp.example.com svc.example.com
unknown.example.com www.broken.example broken.example example.org . version.bind id.server`.split(/\s/)
const NAMES = [...SERVICES, ...OTHERS]
const TYPES = [1, 1, 1, 28, 28, 15, 16, 2, 6, 5, 33, 65, 43, 46, 47, 255, 255, 1000, 252, 250, 128]
const FROM = ['168.126.1.1', '168.126.1.77', '126.0.0.1', '10.0.0.1', '2001:2b0::1', '2001:2b0::2', '255.255.255.255']
const OTHER_ZONES = [
  '$ORIGIN example.com.\n@ 60 SOA a b 1 2 3 4 5\n@ NS a\na A 192.0.2.3\nwww 60 A 203.0.113.9\n*.wild CNAME www\nalias A 192.0.2.7\n',
  '$ORIGIN cdn.example.\n@ 60 SOA a b 1 2 3 4 5\n@ NS a\na1105 60 A 203.0.113.10\n',
]

const CHAOS = { version: 'v', id: 'i' }
const RATE = { perSecond: 3, slip: 2, exempt: ['126.0.0.0/8'], dryRun: false }
const SETTINGS: readonly AnswerSettings[] = [
  BARE_SETTINGS,
  { ...withCookies(), chaos: CHAOS },
  { ...withCookies({ require: true }), chaos: CHAOS },
  { ...withCookies(), rateLimit: RATE },
  { ...withCookies(), rateLimit: { ...RATE, perSecond: 20 }, chaos: CHAOS },
  { ...BARE_SETTINGS, rateLimit: { ...RATE, dryRun: true } },
]

/** One answerer, what it counts and what it tells the log. */
function contender(cacheSlots: number, clock: { readonly at: number }) {
  const counters = new Float64Array(COUNTER_SLOTS)
  const notes: string[] = []
  const answerer = new Answerer({
    ...{ nsid: 'node', ecs: true, maxPayload: 4096, idleMs: 10_000, settings: BARE_SETTINGS, cacheSlots, counters },
    clock: { now: () => millis(clock.at) },
    secret: Uint32Array.of(1, 2, 3, 4),
    note: sentence => notes.push(sentence),
  })
  const out = new Uint8Array(65535)
  const answer = (message: Uint8Array, from: string, transport: Transport): Uint8Array =>
    out.subarray(0, answerer.answer(message, message.length, peerOf(from), transport, out))
  return { answerer, counters, notes, answer }
}

interface Topic {
  readonly name: string
  readonly type: number
  readonly class: number
}

function topicOf(dice: Dice): Topic {
  if (dice.below(4) === 0) return { name: dice.of(SERVICES), type: dice.of([1, 28, 65, 5]), class: 1 }
  const qclass = dice.below(25) === 0 ? dice.of([3, 3, 255, 2]) : 1
  return { name: dice.of(NAMES), type: dice.of(TYPES), class: qclass }
}

function subnetOf(dice: Dice): OptionSpec {
  return dice.of([
    () => ecsOption(1, 24, dice.of([[168, 126, 1], [126, 0, 1], [10, 0, 0], dice.octets(3)])),
    () => ecsOption(1, 0, []),
    () => ecsOption(2, 48, [0x20, 1, 2, 0xb0, dice.below(256), 0]),
    () => ecsOption(2, 120, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 168, 126, dice.below(3)]),
    () => ecsOption(dice.below(4), dice.below(140), dice.octets(dice.below(18))),
  ])()
}

/** A question of the phase as some client would ask it; `cookie`: what that client learned from us. */
function queryOf(dice: Dice, { name, type, class: qclass }: Topic, cookie: readonly number[]): Uint8Array {
  const options = [
    { code: 3, data: [] },
    { code: 10, data: dice.of([cookie, cookie, dice.octets(8), dice.octets(24), dice.octets(9)]) },
    { code: 11, data: dice.octets(dice.of([0, 0, 0, 1])) },
    { code: 12, data: dice.octets(dice.below(9)) },
    subnetOf(dice),
  ].filter(() => dice.below(3) === 0)
  const letters = [...name].map(letter => (dice.below(3) === 0 ? letter.toUpperCase() : letter)).join('')
  return buildQuery({
    ...{ name: letters, keepCase: name !== '.', type, class: qclass, id: dice.below(65536) },
    flags: dice.of([0, 0x0100, 0x0110, 0x0170]),
    edns: dice.below(5) > 0 && {
      ...{ options, payload: dice.of([0, 512, 600, 1232, 4096]), flags: dice.of([0, 0x8000]) },
      version: dice.below(50) === 0 ? 1 : 0,
    },
  })
}

function shake(dice: Dice, half: LiveHalf): void {
  for (let i = 0; i < half.state.length; i++) {
    half.state[i] = dice.of([0, 0, 0, 1, 2])
    half.level[i] = dice.of([0, 0, 128, 256])
    half.drain[i] = dice.of([0, 0, 0, 128, 256])
    half.families[i] = dice.of([FAMILY_V4 | FAMILY_V6, FAMILY_V4 | FAMILY_V6, FAMILY_V4])
  }
  for (let i = 0; i < half.servers.length; i++) half.servers[i] = dice.of([FAMILY_V4 | FAMILY_V6, FAMILY_V6, 0])
}

/** The slots in which two answerers count differently, those of the cache left out. */
function differences(a: Float64Array, b: Float64Array): number[] {
  const ofTheCache: readonly number[] = [AT.cacheHits, AT.cacheMisses, AT.cacheStored]
  return [...a.keys()].filter(i => a[i] !== b[i] && !ofTheCache.includes(i))
}

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')

test('with the cache every octet, every counter and every note is as without it', { timeout: 120_000 }, () => {
  const dice = new Dice(SEED)
  const clock = { at: 1_700_000_000_000 }
  const plain = contender(0, clock)
  const cached = [contender(8192, clock), contender(16, clock)]
  const all = [plain, ...cached]
  const worlds: readonly AnswerTables[] = [openWorld().tables, openWorld({ zones: OTHER_ZONES }).tables]
  const cookies = new Map<string, number[]>()
  let world = worlds[0]!
  let topics: Topic[] = []

  const change = (): void => {
    topics = Array.from({ length: TOPICS }, () => topicOf(dice))
    const settings = dice.of(SETTINGS)
    const doing = dice.below(4)
    if (doing === 0) world = dice.of([worlds[0]!, worlds[0]!, worlds[1]!])
    for (const { answerer } of all) {
      if (doing === 0) answerer.use(world)
      if (doing === 1) answerer.configure(settings)
    }
    if (doing === 2) world.live.publish(half => shake(dice, half))
  }

  for (const { answerer } of all) answerer.use(world)
  for (let i = 0; i < QUERIES; i++) {
    if (i % PHASE === 0) change()
    clock.at += dice.below(30) === 0 ? dice.below(200) : 0
    const from = dice.of(FROM)
    const transport = dice.of([Transport.Udp, Transport.Udp, Transport.Udp, Transport.Tcp, Transport.Tls])
    const message =
      dice.below(12) === 0
        ? hostileMessage(
            dice,
            topics.map(({ name }) => name),
          )
        : queryOf(dice, dice.of(topics), cookies.get(from) ?? dice.octets(8))
    const expected = plain.answer(message, from, transport)
    for (const { answer } of cached) {
      const reply = answer(message, from, transport)
      if (Buffer.compare(reply, expected) === 0) continue
      expect.fail(`query ${i} ${hex(message)}\n${hex(reply)} instead of\n${hex(expected)}`)
    }
    // The last option of a reply to a query with nothing but a cookie, or none at all: then it is only a bad cookie.
    if (dice.below(9) === 0 && expected.length > 60) cookies.set(from, [...expected.subarray(-24)])
    if (i % PHASE === PHASE - 1)
      for (const { counters } of cached) expect(differences(counters, plain.counters), `until query ${i}`).toEqual([])
  }
  for (const { notes } of cached) expect(notes).toEqual(plain.notes)
  expect(plain.counters[AT.internalErrors]).toBe(0)
  for (const kind of ['cookiesGood', 'rateDropped', 'rateSlipped', 'rateSpared', 'truncated', 'ecsUnroutable'] as const)
    expect(plain.counters[AT[kind]], kind).toBeGreaterThan(100)
  expect(plain.notes.length).toBeGreaterThan(2)
  const hits = cached.map(
    ({ counters }) => counters[AT.cacheHits]! / (counters[AT.cacheHits]! + counters[AT.cacheMisses]!),
  )
  expect(hits[0]).toBeGreaterThan(0.5)
  expect(hits[1]).toBeGreaterThan(0.05)
})
