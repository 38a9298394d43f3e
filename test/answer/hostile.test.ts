import { expect, it } from 'vitest'
import { Transport } from '../../src/answer/exchange.ts'
import { parseMessage } from '../fixture/message.ts'
import { Dice, hostileMessage } from '../fixture/mutate.ts'
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

const name = (octets: Uint8Array) => Buffer.from(octets).toString('hex')

/** Fails unless the reply is one that a careful client accepts as an answer to `message`; null = silence. */
function judge(message: Uint8Array, bytes: Uint8Array, transport: Transport): void {
  const mayAnswer = message.length >= 12 && (message[2]! & 0x80) === 0
  if (!mayAnswer) {
    if (bytes.length > 0) throw new Error('answered what must be ignored')
    return
  }
  const reply = parseMessage(bytes)
  if (!reply.qr || reply.id !== ((message[0]! << 8) | message[1]!)) throw new Error('not a reply to this message')
  if (reply.z || reply.ad || reply.ra) throw new Error('flags that are not ours to set')
  if (
    reply.question !== null &&
    name(reply.question.octets) !== name(message.slice(12, 12 + reply.question.octets.length))
  )
    throw new Error('another question')
  if (transport === Transport.Udp && bytes.length > (reply.opt === null ? 512 : 1232)) throw new Error('too long')
  const subnets = reply.opt?.options.filter(option => option.code === 8) ?? []
  if (subnets.length > 1) throw new Error('two ECS options')
  if (reply.aa && reply.rcode !== 0 && reply.rcode !== 3 && reply.rcode !== 6) throw new Error('AA on an error')
}

function stillGood(world: World): void {
  const message = world.ask({ name: 'www.example.com' })
  expect(message).toMatchObject({ rcode: 0, aa: true })
  expect(message.answer).toHaveLength(2)
  expect(world.ask({ name: 'a1105.cdn.example' }, { from: '126.0.0.1' }).answer).toHaveLength(2)
}

it(`${MESSAGES} hostile messages: no fault of ours, every reply well-formed, good queries answered in between (seed ${SEED})`, () => {
  const world = openWorld()
  const dice = new Dice(SEED)
  const out = new Uint8Array(65535)
  const peers = FROM.map(peerOf)
  const seen = new Set<number>()
  for (let i = 1; i <= MESSAGES; i++) {
    const message = hostileMessage(dice, NAMES)
    const transport = dice.below(4) === 0 ? Transport.Tcp : Transport.Udp
    const length = world.answerer.answer(message, message.length, dice.of(peers), transport, out)
    const bytes = out.subarray(0, length)
    try {
      judge(message, bytes, transport)
    } catch (error) {
      throw new Error(
        `message ${i}: ${Buffer.from(message).toString('hex')}\nreply ${Buffer.from(bytes).toString('hex')}`,
        {
          cause: error,
        },
      )
    }
    if (length > 0) seen.add(bytes[3]! & 15)
    if (i % 1000 === 0) stillGood(world)
  }
  expect(world.read().scalars.internalErrors).toBe(0)
  // The mutations reached every kind of verdict: NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN.
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
}, 60_000)
