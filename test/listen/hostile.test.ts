import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildQuery, parseMessage } from '../fixture/message.ts'
import { Dice, hostileMessage } from '../fixture/mutate.ts'
import { framed, StreamClient, UdpClient } from './fixture.ts'
import { type Served, serve } from './server.ts'

const SEED = 4711
const NAMES = ['a1105.cdn.example', 'www.example.com', 'www.sub.example.com', 'nope.example.com', 'huge.example.com']

let served: Served
beforeAll(async () => {
  served = await serve({ limits: { perAddress: 1000 } })
})
afterAll(() => served.close())

const good = (id: number): Uint8Array => buildQuery({ name: 'www.example.com', id })
const answersGood = (bytes: Uint8Array, id: number): boolean => {
  const message = parseMessage(bytes)
  return message.id === id && message.answer.length === 2 && message.aa
}

it(`4000 hostile datagrams: every reply parses, good queries are answered in between (seed ${SEED})`, async () => {
  const dice = new Dice(SEED)
  const client = await UdpClient.open('udp4', '127.0.0.1')
  for (let batch = 0; batch < 40; batch++) {
    for (let i = 0; i < 100; i++) client.send(hostileMessage(dice, NAMES), served.udp.address)
    const id = 0xa000 + batch
    client.send(good(id), served.udp.address)
    for (let answered = false; !answered; ) {
      const reply = await client.receive()
      if (reply === null) throw new Error(`no answer to the good query ${batch}`)
      // A mutated query may have this id, but not the good one's answer.
      answered = answersGood(reply.data, id)
    }
  }
  client.close()
  expect(served.world.read().scalars.internalErrors).toBe(0)
})

it(`2000 hostile messages over TCP, in streams that are cut anywhere (seed ${SEED + 1})`, async () => {
  const dice = new Dice(SEED + 1)
  for (let connection = 0; connection < 20; connection++) {
    const client = await StreamClient.tcp(served.tcp.address)
    const stream = framed(...Array.from({ length: 100 }, () => hostileMessage(dice, NAMES)), good(0xbeef))
    for (let at = 0; at < stream.length; ) {
      const end = at + 1 + dice.below(3000)
      client.socket.write(stream.subarray(at, end))
      at = end
    }
    for (let answered = false; !answered; ) {
      const reply = await client.message()
      if (reply === null) throw new Error(`no answer to the good query of connection ${connection}`)
      answered = answersGood(reply, 0xbeef)
    }
    client.socket.destroy()
  }
  expect(served.world.read().scalars.internalErrors).toBe(0)
})

it(`streams that are no DNS at all (seed ${SEED + 2}): the next client is served`, async () => {
  const dice = new Dice(SEED + 2)
  for (let i = 0; i < 100; i++) {
    const client = await StreamClient.tcp(served.tcp.address)
    client.socket.write(Buffer.from(dice.octets(dice.below(2000))))
    if (dice.below(2) === 0) client.socket.end()
    else client.socket.resetAndDestroy()
  }
  const client = await StreamClient.tcp(served.tcp.address)
  client.socket.write(framed(good(7)))
  expect(answersGood((await client.message())!, 7)).toBe(true)
  client.socket.destroy()
})
