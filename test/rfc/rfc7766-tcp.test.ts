import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { RrType } from '../../src/wire/rdata/type.ts'
import { buildQuery, parseMessage } from '../fixture/message.ts'
import { until } from '../fixture/until.ts'
import { framed, StreamClient } from '../listen/fixture.ts'
import { type Served, serve } from '../listen/server.ts'

let served: Served
beforeAll(async () => {
  served = await serve({ limits: { idleMs: 600_000, messageMs: 600_000 } })
})
afterAll(() => served.close())

const clients: StreamClient[] = []
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy()
})
async function connect(): Promise<StreamClient> {
  const client = await StreamClient.tcp(served.tcp.address)
  clients.push(client)
  return client
}
const query = (id: number, name = 'www.example.com') => buildQuery({ name, id })
async function ids(client: StreamClient, count: number): Promise<number[]> {
  const seen: number[] = []
  for (let i = 0; i < count; i++) seen.push(parseMessage((await client.message())!).id)
  return seen
}
const range = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('RFC 7766', () => {
  it('section 5: what UDP answers, TCP answers, whole', async () => {
    const client = await connect()
    client.socket.write(framed(buildQuery({ name: 'huge.example.com', type: RrType.TXT })))
    const reply = parseMessage((await client.message())!)
    expect(reply).toMatchObject({ rcode: 0, aa: true, tc: false })
    expect(reply.bytes.length).toBeGreaterThan(1232)
  })

  it('section 6.2.1: the connection is not closed after a query, nor after an error or silence', async () => {
    const client = await connect()
    client.socket.write(framed(query(1)))
    expect(await ids(client, 1)).toEqual([1])
    client.socket.write(framed(query(2, 'www.example.org'), query(3).subarray(0, 20)))
    expect(await ids(client, 2)).toEqual([2, 3])
    client.socket.write(
      framed(Buffer.alloc(0), Buffer.from('x'), buildQuery({ name: 'example.com', flags: 0x8000 }), query(4)),
    )
    expect(await ids(client, 1)).toEqual([4])
  })

  it('section 6.2.1.1: hundreds of queries in one segment, all answered', async () => {
    const client = await connect()
    client.socket.write(framed(...range(800).map(id => query(id))))
    expect(await ids(client, 800)).toEqual(range(800))
  })

  it('section 7: whatever the order of IDs, equal ones included, each query has its reply', async () => {
    const client = await connect()
    const names = ['www.example.com', 'nope.example.com', 'www.example.org', 'a1105.cdn.example']
    const asked = range(200).map(i => ({ id: [9, 9, 65535, 0, 7][i % 5]!, name: names[i % 4]! }))
    client.socket.write(framed(...asked.map(({ id, name }) => query(id, name))))
    for (const { id, name } of asked) {
      expect(parseMessage((await client.message())!)).toMatchObject({ id, question: { name: `${name}.` } })
    }
  })

  it('section 8: a query is read wherever its stream was cut', async () => {
    const stream = framed(query(1), query(2))
    for (let cut = 1; cut < stream.length; cut++) {
      const client = await connect()
      client.socket.write(stream.subarray(0, cut))
      await new Promise(setImmediate)
      client.socket.write(stream.subarray(cut))
      expect(await ids(client, 2)).toEqual([1, 2])
      client.socket.destroy()
    }
  })

  it('section 8: a length prefix that comes alone, octet by octet', async () => {
    const client = await connect()
    for (const octet of framed(query(5))) {
      client.socket.write(Buffer.from([octet]))
      await new Promise(setImmediate)
    }
    expect(await ids(client, 1)).toEqual([5])
  })

  it('section 6.2.4: a client that closes its side behind its queries gets the replies', async () => {
    const client = await connect()
    client.socket.end(framed(...range(300).map(id => query(id))))
    expect(await ids(client, 300)).toEqual(range(300))
    expect(await client.message()).toBeNull()
  })

  it('a reset in the middle of anything harms nobody else', async () => {
    const other = await connect()
    for (let i = 0; i < 50; i++) {
      const client = await connect()
      client.socket.write(framed(...range(i * 20).map(id => query(id))).subarray(0, -1))
      client.socket.resetAndDestroy()
    }
    other.socket.write(framed(query(6)))
    expect(await ids(other, 1)).toEqual([6])
    expect(served.world.read().scalars.internalErrors).toBe(0)
  })
})

describe('RFC 9210 section 4', () => {
  it('one client that pipelines without end does not hold up another', async () => {
    const [greedy, modest] = [await connect(), await connect()]
    const load = framed(...range(500).map(id => query(id)))
    greedy.socket.resume()
    let running = true
    const more = (): void => {
      if (running && !greedy.socket.destroyed) greedy.socket.write(load, more)
    }
    more()
    const before = served.world.read().scalars.queriesTcp
    try {
      for (let id = 0; id < 100; id++) {
        modest.socket.write(framed(query(id)))
        expect(await ids(modest, 1)).toEqual([id])
      }
    } finally {
      running = false
    }
    // The greedy one was really at work all the while.
    await until('its share', () => served.world.read().scalars.queriesTcp - before > 2000)
  })

  it('sixty readers of large replies, slow ones among them, all get everything', async () => {
    const large = buildQuery({ name: 'huge.example.com', type: RrType.TXT })
    const readers = await Promise.all(range(60).map(() => connect()))
    for (const { socket } of readers) {
      socket.pause()
      socket.write(framed(...range(200).map(() => large)))
    }
    for (const reader of readers) {
      reader.socket.resume()
      for (let i = 0; i < 200; i++) expect((await reader.message())!.length).toBeGreaterThan(1232)
    }
  })
})
