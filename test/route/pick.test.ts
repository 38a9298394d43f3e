import { describe, expect, it } from 'vitest'
import { orderGroup } from '../../src/route/order-groups.ts'
import { serverOrder } from '../../src/route/pick/order.ts'
import { ask, clientOf, cluster, compile, service } from './fixture.ts'

const N = 10
const CLIENTS = Array.from({ length: 4000 }, (_, i) => clientOf(`${20 + (i >> 8)}.${i & 255}.16.1`))

describe('pick: servers inside the cluster', () => {
  const clusters = [cluster('icn', 'seoul', { count: N }), cluster('spare', 'london', { count: 1 })]
  const build = (answers: number, weights: readonly number[] = []) => {
    const weighted = clusters.map(c => ({
      ...c,
      servers: c.servers.map((server, i) => ({ ...server, weight: weights[i] ?? 1 })),
    }))
    // Weight 0 for the spare: every block of unknown place is of the first cluster, cut into /20s.
    const terms = { weights: { spare: 0 }, answers }
    return compile({
      clusters: weighted,
      services: [service('vod', ['icn', 'spare'], terms), service('other', ['icn', 'spare'], terms)],
    })
  }

  it('spreads blocks evenly over equal servers', () => {
    const world = build(1)
    const hits = new Map<string, number>()
    for (const client of CLIENTS) {
      const server = ask(world, client).servers[0]!
      hits.set(server, (hits.get(server) ?? 0) + 1)
    }
    expect(hits.size).toBe(N)
    for (const count of hits.values()) expect(Math.abs(count / CLIENTS.length - 1 / N)).toBeLessThan(0.02)
  })

  it('moves only the blocks of a server that dies, about 1/N, and spreads them over all others', () => {
    const world = build(1)
    const before = CLIENTS.map(client => ask(world, client).servers[0]!)
    world.live.servers[3] = 0
    const after = CLIENTS.map(client => ask(world, client).servers[0]!)
    const moved = before.flatMap((server, i) => (server === after[i] ? [] : [{ from: server, to: after[i]! }]))
    expect(moved.every(({ from }) => from === 'icn-4')).toBe(true)
    expect(moved.length / CLIENTS.length).toBeCloseTo(1 / N, 1)
    expect(new Set(moved.map(({ to }) => to)).size).toBe(N - 1)
  })

  it('keeps the share of a pair of answers that moves near 2/N', () => {
    const world = build(2)
    const before = CLIENTS.map(client => ask(world, client).servers)
    world.live.servers[0] = 0
    const after = CLIENTS.map(client => ask(world, client).servers)
    const touched = before.filter((pair, i) => pair.join() !== after[i]!.join())
    expect(touched.every(pair => pair.includes('icn-1'))).toBe(true)
    expect(touched.length / CLIENTS.length).toBeCloseTo(2 / N, 1)
  })

  it('gives distinct servers with their own addresses, as many as asked for and there', () => {
    const world = build(8)
    for (const client of CLIENTS.slice(0, 50)) {
      const { servers, count, addresses } = ask(world, client)
      expect(count).toBe(8)
      expect(new Set(servers).size).toBe(8)
      const text = servers.map(id => clusters[0]!.servers.find(server => server.id === id)!.ipv4)
      expect(addresses).toBe(text.join('.'))
    }
    world.live.servers.fill(0, 2)
    expect([...ask(world, CLIENTS[0]!).servers].sort()).toEqual(['icn-1', 'icn-2'])
  })

  it('respects weights', () => {
    const world = build(1, [5, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    const share = CLIENTS.filter(client => ask(world, client).servers[0] === 'icn-1').length / CLIENTS.length
    expect(share).toBeCloseTo(5 / 14, 1)
  })

  it('takes only servers with the family asked for', () => {
    const world = build(2)
    world.live.servers.fill(1)
    world.live.servers[6] = 3
    expect(ask(world, CLIENTS[0]!, 6)).toMatchObject({ servers: ['icn-7'], count: 1 })
  })

  it('answers from configured servers when the live table is at odds with itself', () => {
    const world = build(1)
    world.live.servers.fill(0)
    expect(ask(world, CLIENTS[0]!).count).toBe(1)
  })

  it('gives two names different orders of the same servers', () => {
    const { servers } = clusters[0]!
    expect(serverOrder(orderGroup('a1.cdn.'), servers)).not.toEqual(serverOrder(orderGroup('a2.cdn.'), servers))
    const without = servers.filter((_, i) => i !== 4)
    const names = (list: typeof servers, order: number[]) => order.map(i => list[i]!.id)
    expect(names(without, serverOrder(7, without))).toEqual(
      names(servers, serverOrder(7, servers)).filter(id => id !== servers[4]!.id),
    )
  })
})
