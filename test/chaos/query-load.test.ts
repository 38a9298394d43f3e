import { createSocket, type Socket } from 'node:dgram'
import { performance } from 'node:perf_hooks'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../fixture/until.ts'
import { QueryLoad } from './query-load.ts'

describe('the query load', () => {
  const sockets: Socket[] = []
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close()
  })

  /** Sends every datagram back while it is awake. */
  async function echo(name: string) {
    const socket = createSocket('udp4')
    sockets.push(socket)
    const server = { name, port: 0, awake: true, asked: 0 }
    socket.on('message', (bytes, { port }) => {
      server.asked++
      if (server.awake) socket.send(bytes, port, '127.0.0.1')
    })
    server.port = await new Promise<number>(done => socket.bind(0, '127.0.0.1', () => done(socket.address().port)))
    return server
  }

  it('asks all in turn, asks another after a second of silence, leaves the silent one alone, and returns to it when it answers', async () => {
    const servers = [await echo('ns1'), await echo('ns2'), await echo('ns3')] as const
    const load = new QueryLoad({
      ...{ servers, name: 'a.example', blocks: ['192.0.2', '198.51.100'], perSecond: 40, now: () => performance.now() },
      read: () => ({ kind: 'answer', edges: [] }),
    })
    load.start()
    await until('everybody to be asked', () => servers.every(({ asked }) => asked > 5))
    const [, silent] = servers
    silent.awake = false
    await until('ns2 to be knocked at in vain', () => load.knocks.some(({ outcome }) => outcome.kind === 'silence'))
    silent.awake = true
    const lost = () =>
      load.queries.flatMap(({ attempts }) => attempts).filter(({ outcome }) => outcome.kind === 'silence')
    const [asked, knocks] = [silent.asked, load.knocks.length]
    await until('ns2 to be asked again', () => silent.asked > asked + 5 + load.knocks.length - knocks)
    await load.stop()
    expect(new Set(lost().map(({ server }) => server))).toEqual(new Set(['ns2']))
    for (const { attempts } of load.queries) {
      expect(attempts.at(-1)!.outcome.kind).toBe('answer')
      expect(attempts.slice(0, -1).every(({ server }) => server === 'ns2')).toBe(true)
    }
    expect(new Set(load.queries.map(({ block }) => block)).size).toBe(2)
  })
})
