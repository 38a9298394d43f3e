import { afterEach, describe, expect, it } from 'vitest'
import { clusterOf } from '../fixture/deployment.ts'
import { rdataOf } from '../fixture/dig.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'
import { type Resolver, startUnbound } from '../fixture/unbound.ts'

describe.skipIf(missing('dig', 'unbound'))('a real recursive resolver (unbound) in front of us', () => {
  let server: Nameserver | undefined
  let resolver: Resolver | undefined
  afterEach(async () => {
    resolver?.stop()
    await discard(server)
  })

  it('resolves video.netcinema.com down to the addresses of one cluster, asking with the client subnet', async () => {
    server = await startNameserver()
    resolver = await startUnbound(server.dnsPort, ['netcinema.com', 'kingcdn.com'])
    const ecsQueries = async () =>
      (await server!.status()).workers.reduce((sum, { counters }) => sum + (counters?.scalars.ecsQueries ?? 0), 0)
    const before = await ecsQueries()
    // dig's +subnet stands in for the viewer's network: unbound passes it on.
    const reply = await resolver.ask('video.netcinema.com', 'A', '+subnet=168.126.63.0/24')
    expect(reply.status).toBe('NOERROR')
    expect(reply.answer[0]).toMatch(/^video\.netcinema\.com\. \d+ IN CNAME a1105\.kingcdn\.com\.$/)
    expect(clusterOf(rdataOf(reply, 'A'))).toBe('icn-kt')
    expect(rdataOf(reply, 'A')).toHaveLength(2)
    expect(await ecsQueries()).toBeGreaterThan(before)

    const elsewhere = await resolver.ask('video.netcinema.com', 'AAAA', '+subnet=1.128.0.0/24')
    expect(clusterOf(rdataOf(elsewhere, 'AAAA'))).toBe('syd-ix')
  }, 40_000)
})
