import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clusterOf, clustersOf } from '../fixture/deployment.ts'
import { rdataOf } from '../fixture/dig.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'

describe.skipIf(missing('dig'))('a viewer asks for video.netcinema.com', () => {
  let server: Nameserver

  beforeAll(async () => {
    server = await startNameserver()
  })
  afterAll(() => discard(server))

  /** Runs `ask` and returns its reply with what each named counter grew by. */
  async function counting<T>(ask: () => Promise<T>) {
    const before = await server.status()
    const reply = await ask()
    const after = await server.status()
    const sum = (
      status: typeof before,
      pick: (worker: NonNullable<(typeof status.workers)[number]['counters']>) => number,
    ) => status.workers.reduce((total, worker) => total + (worker.counters === null ? 0 : pick(worker.counters)), 0)
    const grown = (pick: Parameters<typeof sum>[1]) => sum(after, pick) - sum(before, pick)
    return { reply, grown, before, after }
  }

  it('is given the CNAME alone: aa, TTL 300, ECS scope 0', async () => {
    const { reply, grown } = await counting(() => server.dig('video.netcinema.com', 'A', '+subnet=168.126.63.0/24'))
    expect(reply.status).toBe('NOERROR')
    expect(reply.flags).toContain('aa')
    expect(reply.answer).toEqual(['video.netcinema.com. 300 IN CNAME a1105.kingcdn.com.'])
    expect(reply.subnet).toBe('168.126.63.0/24/0')
    expect(grown(counters => counters.scalars.queriesUdp)).toBe(1)
    expect(grown(counters => counters.scalars.ecsQueries)).toBe(1)
    expect(grown(counters => counters.rcodes[0]!)).toBe(1)
    expect(grown(counters => counters.qtypes.A!)).toBe(1)
  })

  it('matches the wildcard hostname and echoes the case of the question (RFC 4343, 0x20)', async () => {
    const reply = await server.dig('ePisode7.ViDeo.netcinema.com', 'A')
    expect(reply.answer).toEqual(['ePisode7.ViDeo.netcinema.com. 300 IN CNAME a1105.kingcdn.com.'])
    expect(reply.subnet).toBeNull()
  })

  it('is given two addresses of one cluster, TTL 30, with a scope that covers the client', async () => {
    const { reply, grown, before, after } = await counting(() =>
      server.dig('a1105.kingcdn.com', 'A', '+subnet=168.126.63.0/24'),
    )
    expect(reply.status).toBe('NOERROR')
    expect(reply.flags).toContain('aa')
    const addresses = rdataOf(reply, 'A')
    expect(addresses).toHaveLength(2)
    const cluster = clusterOf(addresses)
    expect(cluster).toBe('icn-kt')
    expect(reply.answer.every(line => line.startsWith('a1105.kingcdn.com. 30 IN A '))).toBe(true)
    expect(reply.scope).toBeGreaterThan(0)
    expect(reply.scope).toBeLessThanOrEqual(24)
    expect(grown(counters => counters.scalars.ecsQueries)).toBe(1)
    expect(grown(counters => Object.values(counters.reasons).reduce((a, b) => a + b, 0))).toBe(1)
    const answersOf = (status: typeof after) =>
      status.answers.pairs.find(pair => pair.service === 'netcinema-vod' && pair.cluster === 'icn-kt')?.count ?? 0
    expect(answersOf(after) - answersOf(before)).toBe(1)
  })

  it('answers AAAA from the same cluster, for IPv4 and IPv6 clients', async () => {
    const v4 = await server.dig('a1105.kingcdn.com', 'AAAA', '+subnet=168.126.63.0/24')
    expect(clusterOf(rdataOf(v4, 'AAAA'))).toBe('icn-kt')
    const v6 = await server.dig('a1105.kingcdn.com', 'AAAA', '+subnet=2a00:23c0:1::/48')
    expect(rdataOf(v6, 'AAAA')).toHaveLength(2)
    expect(v6.scope).toBeLessThanOrEqual(56)
    expect(v6.subnet).toMatch(/^2a00:23c0:1::\/48\//)
  })

  it.each([
    ['Seoul', '168.126.63.0/24', 'KR'],
    ['London', '81.128.0.0/24', 'GB'],
    ['New York', '108.6.0.0/24', 'US'],
    ['Sao Paulo', '177.32.0.0/24', 'BR'],
    ['Johannesburg', '41.0.0.0/24', 'ZA'],
    ['Sydney', '1.128.0.0/24', 'AU'],
  ])('sends %s to a cluster of its own country', async (_city, subnet, country) => {
    const reply = await server.dig('a1105.kingcdn.com', 'A', `+subnet=${subnet}`)
    const cluster = clustersOf().find(each => each.id === clusterOf(rdataOf(reply, 'A')))
    expect(cluster?.location.country).toBe(country)
  })

  it('gives every client inside the returned scope the identical answer (scope truth)', async () => {
    const reply = await server.dig('a1105.kingcdn.com', 'A', '+subnet=81.128.0.0/24')
    const scope = reply.scope!
    const inside = (index: number) => {
      const base = ((81 << 24) | (128 << 16)) >>> 0
      const network = scope === 0 ? 0 : (base & (0xffffffff << (32 - scope))) >>> 0
      const leaf = (network + index * 256 * Math.max(1, 2 ** (24 - scope) / 8)) >>> 0
      return `${leaf >>> 24}.${(leaf >>> 16) & 255}.${(leaf >>> 8) & 255}.0/24`
    }
    for (let i = 0; i < (scope === 24 ? 1 : 8); i++) {
      const other = await server.dig('a1105.kingcdn.com', 'A', `+subnet=${inside(i)}`)
      expect([other.scope, ...other.answer]).toEqual([scope, ...reply.answer])
    }
  })

  it('answers over TCP as over UDP', async () => {
    const udp = await server.dig('a1105.kingcdn.com', 'A', '+subnet=168.126.63.0/24')
    const { reply: tcp, grown } = await counting(() =>
      server.dig('a1105.kingcdn.com', 'A', '+subnet=168.126.63.0/24', '+tcp'),
    )
    expect(tcp.answer).toEqual(udp.answer)
    expect(grown(counters => counters.scalars.queriesTcp)).toBe(1)
    expect(grown(counters => counters.scalars.queriesUdp)).toBe(0)
  })

  it('SOA, NS, NODATA, NXDOMAIN and REFUSED are what RFC 1034 and 2308 say, with ECS scope 0', async () => {
    const soa = await server.dig('netcinema.com', 'SOA', '+subnet=168.126.63.0/24')
    expect([soa.status, soa.scope, soa.answer.length]).toEqual(['NOERROR', 0, 1])
    const ns = await server.dig('kingcdn.com', 'NS')
    expect(rdataOf(ns, 'NS').length).toBeGreaterThanOrEqual(2)
    expect(ns.additional.some(line => line.includes(' A '))).toBe(true)
    const nodata = await server.dig('a1105.kingcdn.com', 'MX', '+subnet=168.126.63.0/24')
    expect([nodata.status, nodata.answer.length, nodata.scope]).toEqual(['NOERROR', 0, 0])
    expect(nodata.authority[0]).toMatch(/^kingcdn\.com\. 60 IN SOA /)
    const { reply: nxdomain, grown } = await counting(() =>
      server.dig('no-such-name.kingcdn.com', 'A', '+subnet=168.126.63.0/24'),
    )
    expect([nxdomain.status, nxdomain.answer.length, nxdomain.scope]).toEqual(['NXDOMAIN', 0, 0])
    expect(nxdomain.authority[0]).toMatch(/^kingcdn\.com\. 60 IN SOA /)
    expect(grown(counters => counters.rcodes[3]!)).toBe(1)
    const refused = await server.dig('example.org', 'A', '+subnet=168.126.63.0/24')
    expect([refused.status, refused.flags.includes('aa'), refused.scope]).toEqual(['REFUSED', false, 0])
    expect(refused.text).toContain('EDE: 20')
  })
})
