import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/base/ip.ts'
import { containsPrefix, parsePrefix, prefixOf } from '../../src/base/prefix.ts'
import { loadConfig } from '../../src/config/load.ts'
import { findTool, missing } from '../fixture/tools.ts'

const file = (path: string): string => new URL(`../../${path}`, import.meta.url).pathname
const { config, problems } = await loadConfig(file('kingcdn.yaml'))
const deployment = config!.deployment

describe('kingcdn.yaml of the repository', () => {
  test('has nothing wrong, not even a warning', () => {
    expect(problems).toEqual([])
  })

  test('stays on loopback, above port 1024, in one process', () => {
    for (const { address, port } of [...config!.listen.dns, config!.listen.http!]) {
      expect(['127.0.0.1', '::1']).toContain(address)
      expect(port).toBeGreaterThan(1024)
    }
    expect(config!.store).toBe('memory')
  })

  test('has at least sixteen clusters in three tiers, each with two to four servers of both families', () => {
    expect(deployment.clusters.length).toBeGreaterThanOrEqual(16)
    expect(new Set(deployment.clusters.map(({ tier }) => tier)).size).toBe(3)
    for (const { id, tier, asns, servers } of deployment.clusters) {
      expect([2, 3, 4], id).toContain(servers.length)
      for (const server of servers) expect(server.ipv4 !== undefined && server.ipv6 !== undefined, server.id).toBe(true)
      expect(asns.length > 0, id).toBe(tier === 'embedded')
    }
  })

  test('stands on six continents', () => {
    const box = (lat: number, lon: number): string => {
      if (lon < -30) return lat > 13 ? 'North America' : 'South America'
      if (lon < 60) return lat > 35 ? 'Europe' : 'Africa'
      return lat < -10 ? 'Oceania' : 'Asia'
    }
    expect(new Set(deployment.clusters.map(({ location }) => box(location.lat, location.lon))).size).toBe(6)
  })

  test('names only addresses that are reserved for documentation (RFC 5737, RFC 3849)', () => {
    const reserved = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'].map(
      text => parsePrefix(text)!,
    )
    for (const { id, ipv4, ipv6 } of deployment.clusters.flatMap(({ servers }) => servers))
      for (const address of [ipv4!, ipv6!]) {
        const bytes = parseAddress(address)!
        const leaf = prefixOf(bytes, bytes.length === 4 ? 32 : 64)
        expect(
          reserved.some(block => containsPrefix(block, leaf)),
          `${id} ${address}`,
        ).toBe(true)
      }
  })

  test('tells the story of the book: video.netcinema.com is a1105.kingcdn.com', () => {
    expect(deployment.services[0]).toMatchObject({
      id: 'netcinema-vod',
      hostnames: ['video.netcinema.com.', '*.video.netcinema.com.'],
      cdnName: 'a1105.kingcdn.com.',
      policy: 'rtt-spill',
      answers: 2,
      ttl: { cname: 300, address: 30 },
    })
    expect(deployment.services[0]).not.toHaveProperty('only')
    expect(deployment.clusters[0]).toMatchObject({
      id: 'icn-kt',
      asns: [4766],
      servers: [{ ipv4: '192.0.2.11' }, { ipv4: '192.0.2.12' }],
    })
    expect(deployment.services.length).toBe(3)
  })

  test('overrides nothing that the story is about', () => {
    for (const { prefix } of config!.geo.overrides)
      expect(containsPrefix(prefix, parsePrefix('168.126.63.0/24')!)).toBe(false)
  })
})

describe('the zones of the repository are master files that other nameservers load', () => {
  const ZONES = ['netcinema.com', 'kingcdn.com']

  test.skipIf(missing('named-checkzone')).each(ZONES)('BIND: %s', origin => {
    const args = ['-i', 'local', origin, file(`zones/${origin}.zone`)]
    expect(execFileSync(findTool('named-checkzone')!, args, { encoding: 'utf8' })).toMatch(/loaded serial \d+\nOK\n$/)
  })

  test.skipIf(missing('nsd-checkzone')).each(ZONES)('NSD: %s', origin => {
    const args = [origin, file(`zones/${origin}.zone`)]
    expect(execFileSync(findTool('nsd-checkzone')!, args, { encoding: 'utf8' })).toContain('is ok')
  })
})
