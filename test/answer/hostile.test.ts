import { expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { BARE_SETTINGS } from '../fixture/answer-settings.ts'
import { withCookies } from '../fixture/cookies.ts'
import {
  buildQuery,
  ecsOption,
  type OptionSpec,
  optionOf,
  type ParsedMessage,
  parseMessage,
} from '../fixture/message.ts'
import { Dice, hostileMessage } from '../fixture/mutate.ts'
import { type Wishes, wishesOf } from './wishes.ts'
import { openWorld, peerOf, type World } from './world.ts'

const SEED = 20240917
const MESSAGES = 120_000
const NAMES = [
  'a1105.cdn.example',
  'strict.cdn.example',
  'x.video.example.com',
  'www.example.com',
  'host.old.example.com',
  'a.spin.example.com',
  'q.tolong.example.com',
  'x.y.wild.example.com',
  'loop1.example.com',
  'c3.example.com',
  'huge.example.com',
  'many.example.com',
  'crowd.example.com',
  'www.big.example.com',
  'www.sub.example.com',
  'nope.example.com',
  'www.broken.example',
  'example.com',
  'example.org',
  '.',
]
const FROM = ['168.126.1.1', '126.0.0.1', '10.0.0.1', '2001:2b0::1', 'fd00::1', '0.0.0.0', '255.255.255.255']

interface Setting {
  readonly world: World
  readonly ecs: boolean
  readonly cookies: boolean
  readonly require: boolean
}

/** Servers with every option, with none, and under attack. */
const SETTINGS: readonly Setting[] = [
  { ecs: true, cookies: true, require: false },
  { ecs: false, cookies: false, require: false },
  { ecs: true, cookies: true, require: true },
].map(({ ecs, cookies, require }) => {
  const settings = { ...(cookies ? withCookies({ require }) : BARE_SETTINGS), chaos: { version: 'v', id: 'i' } }
  return { ecs, cookies, require, world: openWorld({ ecs, settings }) }
})

const OPTIONS = (dice: Dice): OptionSpec[] => [
  { code: 3, data: dice.octets(dice.below(3)) },
  { code: 10, data: dice.octets(dice.of([8, 24, 24, 40, 7, 9, 41])) },
  { code: 11, data: dice.octets(dice.of([0, 0, 2])) },
  { code: 12, data: dice.octets(dice.below(20)) },
  { code: 15, data: dice.octets(2) },
  { code: dice.below(65536), data: dice.octets(dice.below(9)) },
  ecsOption(1, 24, dice.octets(3)),
  ecsOption(2, 48, dice.octets(6)),
  ecsOption(dice.below(4), dice.below(40), dice.octets(dice.below(6))),
]

/** A query full of wishes, of which some are malformed; the message around it is sound, mostly. */
function wishfulMessage(dice: Dice): Uint8Array {
  const options = Array.from({ length: dice.below(6) }, () => dice.of(OPTIONS(dice)))
  const flags = dice.of([0, 0x8000, 0x8000, 0xffff])
  const message = buildQuery({
    name: dice.of([...NAMES, 'version.bind', 'id.server']),
    type: dice.of([1, 1, 28, 16, 6, 255, 250, 128]),
    class: dice.of([1, 1, 1, 3, 255]),
    id: dice.below(65536),
    flags: dice.below(8) === 0 ? dice.below(0x8000) : dice.of([0, 0x100, 0x110, 0x7f0]),
    edns: { payload: dice.below(1500), version: dice.of([0, 0, 0, 0, 1]), flags, options },
  })
  const opt = message.length - (11 + options.reduce((sum, { data }) => sum + 4 + data.length, 0))
  switch (dice.below(12)) {
    case 0:
      return changedCounts([...message.slice(0, 12), ...message.slice(opt)], 0, 1)
    case 1:
      return changedCounts([...message, ...message.slice(opt)], 1, 2)
    case 2:
      return Uint8Array.from([...message, 0])
    default:
      return message
  }
}

function changedCounts(message: number[], questions: number, additional: number): Uint8Array {
  message[5] = questions
  message[11] = additional
  return Uint8Array.from(message)
}

const hex = (octets: Uint8Array | null): string => (octets === null ? 'none' : Buffer.from(octets).toString('hex'))

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

/** Fails unless the reply is one that a careful client accepts as an answer to `message`. */
function judge(message: Uint8Array, bytes: Uint8Array, transport: Transport, setting: Setting): void {
  const mayAnswer = message.length >= 12 && (message[2]! & 0x80) === 0
  demand(mayAnswer === bytes.length > 0, mayAnswer ? 'silence' : 'answered what must be ignored')
  if (!mayAnswer) return
  const reply = parseMessage(bytes)
  const stream = transport !== Transport.Udp
  const wishes = wishesOf(message, { ...setting, keepalive: stream, padding: transport === Transport.Tls })
  judgeHeader(message, reply, wishes, transport)
  demand(
    (reply.opt === null) === (wishes.opt === null),
    'an OPT record without one in the query, or none in spite of it',
  )
  if (wishes.opt !== null) judgeOpt(reply, wishes)
  const limit = wishes.opt === null ? 512 : Math.max(512, Math.min(wishes.opt.payload, 1232))
  demand(stream || bytes.length <= limit, 'too long for the datagram')
  // Nobody can guess a cookie.
  demand(!setting.require || stream || reply.answer.length === 0, 'an answer without a good cookie')
}

function judgeHeader(message: Uint8Array, reply: ParsedMessage, wishes: Wishes, transport: Transport): void {
  demand(reply.qr && reply.id === ((message[0]! << 8) | message[1]!), 'not a reply to this message')
  demand(reply.opcode === ((message[2]! >> 3) & 15), 'another opcode')
  demand(reply.rd === ((message[2]! & 1) !== 0) && reply.cd === ((message[3]! & 16) !== 0), 'RD or CD changed')
  demand(!reply.z && !reply.ad && !reply.ra, 'flags that are not ours to set')
  demand(!(reply.tc && transport !== Transport.Udp && reply.bytes.length < 20_000), 'cut without need')
  const asked = reply.question === null ? null : reply.bytes.slice(12, 12 + reply.question.octets.length + 4)
  demand(hex(asked) === hex(wishes.question), 'another question')
  if (wishes.rcode !== 0) {
    demand(reply.rcode === wishes.rcode, `RCODE ${wishes.rcode} was due`)
    demand(reply.answer.length + reply.authority.length + reply.additional.length === 0, 'records with a rejection')
  }
  demand(!reply.aa || [0, 3, 6].includes(reply.rcode), 'AA on an error')
  for (const record of reply.answer) demand(record.class === reply.question!.class, 'another class')
}

function judgeOpt(reply: ParsedMessage, wishes: Wishes): void {
  const { payload, version, flags, options } = reply.opt!
  demand(payload === 1232 && version === 0, 'not our size or version')
  demand(flags === (wishes.opt!.dnssecOk ? 0x8000 : 0), 'EDNS flags')
  demand(new Set(options.map(({ code }) => code)).size === options.length, 'an option twice')
  const has = (code: number): boolean => optionOf(reply, code) !== null
  demand(has(3) === wishes.nsid, 'NSID')
  demand(has(11) === wishes.keepalive, 'keepalive')
  demand(has(12) === wishes.padding, 'padding')
  demand(!wishes.padding || reply.bytes.length % 468 === 0, 'padded to no multiple')
  demand(
    options.every(({ code }) => [3, 8, 10, 11, 12, 15].includes(code)),
    'an option of no use',
  )
  const subnet = optionOf(reply, 8)
  if (wishes.ecs !== null) wishes.ecs[3] = subnet?.[3] ?? 0
  demand(hex(subnet) === hex(wishes.ecs), 'not the subnet that was asked with')
  demand(
    subnet === null || reply.answer.length > 0 || reply.rcode === 2 || subnet[3] === 0,
    'a scope without an answer',
  )
  const cookie = optionOf(reply, 10)
  demand(hex(cookie?.subarray(0, 8) ?? null) === hex(wishes.cookie), 'not the client cookie that was asked with')
  demand(
    cookie === null || (cookie.length === 24 && hex(cookie.subarray(8, 12)) === '01000000'),
    'no server cookie of ours',
  )
}

/** Asked over TCP, where nobody is turned away. */
function stillGood(world: World): void {
  const transport = Transport.Tcp
  const message = world.ask({ name: 'www.example.com' }, { transport })
  expect(message).toMatchObject({ rcode: 0, aa: true })
  expect(message.answer).toHaveLength(2)
  expect(world.ask({ name: 'a1105.cdn.example' }, { from: '126.0.0.1', transport }).answer).toHaveLength(2)
}

it(`${MESSAGES} hostile messages: no fault of ours, every reply as it has to be, good queries answered in between (seed ${SEED})`, () => {
  const dice = new Dice(SEED)
  const out = new Uint8Array(65535)
  const peers = FROM.map(peerOf)
  const seen = new Set<number>()
  for (let i = 1; i <= MESSAGES; i++) {
    const message = dice.below(2) === 0 ? hostileMessage(dice, NAMES) : wishfulMessage(dice)
    const transport = dice.of([Transport.Udp, Transport.Udp, Transport.Udp, Transport.Tcp, Transport.Tls])
    const setting = dice.of(SETTINGS)
    const length = setting.world.answerer.answer(message, message.length, dice.of(peers), transport, out)
    const bytes = out.slice(0, length)
    try {
      judge(message, bytes, transport, setting)
    } catch (cause) {
      throw new Error(`message ${i}, transport ${transport}: ${hex(message)}\nreply ${hex(bytes)}`, { cause })
    }
    if (length > 0) seen.add(parseMessage(bytes).rcode)
    if (i % 1000 === 0) stillGood(setting.world)
  }
  for (const { world } of SETTINGS) expect(world.read().scalars.internalErrors).toBe(0)
  // Every kind of verdict: NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN BADVERS BADCOOKIE.
  expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 16, 23])
}, 60_000)
