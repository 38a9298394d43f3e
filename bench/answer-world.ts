import { writeFileSync } from 'node:fs'
import { millis } from '../src/base/brand.ts'
import { mask32, type Prefix } from '../src/base/prefix.ts'
import type { AnswerSettings } from '../src/model/answer-settings.ts'
import type { Cluster } from '../src/model/cluster.ts'
import type { Deployment, Override } from '../src/model/deployment.ts'
import type { Measurement } from '../src/model/measurement.ts'
import { NO_SAMPLING } from '../src/model/query-logs.ts'
import type { Service } from '../src/model/service.ts'
import { query } from './harness/messages.ts'
import { xorshift } from './harness/xorshift.ts'

/** Static names, each with an address. */
const HOSTS = 2_000
const CLUSTERS = 24
const SERVERS = 4
/** Blocks of clients with a place of their own, and /24 blocks that were measured from {@link MEASURED_CLUSTERS} clusters. */
const PLACED_BLOCKS = 4_000
const MEASURED_BLOCKS = 100_000
const MEASURED_CLUSTERS = 3
const SERVICE = 'a1105.cdn.example'
/** A service with HTTPS records, and a hostname that it shares with another CDN. */
const HTTPS_SERVICE = 'a2210.cdn.example'
const SHARED = 'shop.static.example'
const HTTPS = 65

/** What the server does by default, except that the rate limiter only counts: here every query comes from a few addresses. */
export const SETTINGS: AnswerSettings = {
  chaos: { version: null, id: null },
  cookies: { secrets: ['e5e973e5a6b2a43f48e7dc849e37bfcf'], active: 0, require: false },
  rateLimit: { perSecond: 200, slip: 1, exempt: [], dryRun: true },
  tls: null,
  sampling: NO_SAMPLING,
}

/** Writes the zones into the folder: one of static names, one with the name of a service. */
export function deploymentIn(folder: string): Deployment {
  const head = '$TTL 300\n@ SOA ns1 hostmaster 1 7200 3600 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n'
  const hosts = Array.from({ length: HOSTS }, (_, i) => `host-${i} A 10.1.${i >> 8}.${i & 255}\n`)
  writeFileSync(`${folder}/static.zone`, `$ORIGIN static.example.\n${head}${hosts.join('')}`)
  writeFileSync(`${folder}/cdn.zone`, `$ORIGIN cdn.example.\n${head}`)
  const clusters = Array.from({ length: CLUSTERS }, (_, i) => clusterAt(i))
  const common: Omit<Service, 'id' | 'hostnames' | 'cdnName'> = {
    ...{ policy: 'rtt-spill', clusters: clusters.map(({ id }) => id), weights: {}, order: [], answers: 2 },
    ...{ ttl: { cname: 300, address: 30 }, whenAllDown: { kind: 'all' } },
  }
  return {
    zones: [{ file: `${folder}/static.zone` }, { file: `${folder}/cdn.zone` }],
    clusters,
    services: [
      { ...common, id: 'vod', hostnames: [], cdnName: `${SERVICE}.` },
      {
        ...{ ...common, id: 'shop', hostnames: [`${SHARED}.`], cdnName: `${HTTPS_SERVICE}.` },
        https: { alpn: ['h2', 'h3'], port: 443, noDefaultAlpn: false },
        targets: [
          { cname: `${HTTPS_SERVICE}.`, weight: 3 },
          { cname: 'shop.othercdn.example.', weight: 1 },
        ],
      },
    ],
    geo: { city: [], asn: [], overrides: placedBlocks() },
  }
}

function clusterAt(i: number): Cluster {
  return {
    id: `c${i}`,
    ...{ tier: 'exchange', location: { lat: -40 + ((i * 37) % 95), lon: -180 + i * 15 } },
    ...{ asns: [], serves: [], capacity: { unit: 'rps', value: 1000 }, target: 0.75, biasMs: 0 },
    servers: Array.from({ length: SERVERS }, (_, k) => ({
      id: `c${i}-${k}`,
      ipv4: `192.0.${i}.${k + 1}`,
      ipv6: `2001:db8:${i}::${k + 1}`,
      weight: 1 + (k & 1),
    })),
  }
}

/** Prefixes of /12 to /20, each somewhere on the earth. */
function placedBlocks(): Override[] {
  const random = xorshift(4711)
  return Array.from({ length: PLACED_BLOCKS }, () => {
    const length = 12 + random(9)
    const place = { lat: -50 + random(110), lon: -180 + random(360) }
    return { prefix: { ...block(random), hi: (block(random).hi & mask32(length)) >>> 0, length }, place }
  })
}

export function measurements(): Measurement[] {
  const random = xorshift(815)
  return Array.from({ length: MEASURED_BLOCKS }, () => block(random)).flatMap(prefix =>
    Array.from({ length: MEASURED_CLUSTERS }, () => ({
      ...{ prefix, cluster: `c${random(CLUSTERS)}`, rttMs: 5 + random(200), rttVarMs: random(9), loss: 0 },
      ...{ samples: 100, measuredAt: millis(0), source: 'import' as const },
    })),
  )
}

/** A random /24 of unicast space. */
function block(random: (below: number) => number): Prefix {
  return { family: 4, hi: ((1 + random(222)) * 0x1000000 + random(0x10000) * 256) >>> 0, lo: 0, length: 24 }
}

/** One query for each static name, `count` in all; `options`: of the OPT record. */
export function staticQueries(count: number, options: readonly number[] = []): Buffer[] {
  return Array.from({ length: count }, (_, i) => query(`host-${i % HOSTS}.static.example`, i & 0xffff, options))
}

/** Distinct names that are not there. */
export function absentQueries(count: number): Buffer[] {
  const random = xorshift(77)
  return Array.from({ length: count }, (_, i) =>
    query(`${random(1 << 30).toString(36)}-${i.toString(36)}.static.example`, i & 0xffff),
  )
}

/** For the service's name, each from another random /24 (ECS); every second block is a measured one. */
export function routedQueries(count: number, name = SERVICE, type = 1): Buffer[] {
  const random = xorshift(2024)
  const measured = measurements().filter((_, i) => i % MEASURED_CLUSTERS === 0)
  return Array.from({ length: count }, (_, i) => {
    const { hi } = i % 2 === 0 ? block(random) : measured[random(measured.length)]!.prefix
    const options = [0, 8, 0, 7, 0, 1, 24, 0, hi >>> 24, (hi >>> 16) & 255, (hi >>> 8) & 255]
    return query(name, i & 0xffff, options, type)
  })
}

/** The same for HTTPS records, and for a hostname that CDNs share. */
export const httpsQueries = (count: number): Buffer[] => routedQueries(count, HTTPS_SERVICE, HTTPS)
export const sharedQueries = (count: number): Buffer[] => routedQueries(count, SHARED)
