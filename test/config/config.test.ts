import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { changed, parse, SAMPLE } from './sample.ts'

const configOf = (text: string, file = '/etc/kingcdn/kingcdn.yaml') => {
  const { config, problems } = parseConfig(text, file, () => ({ kind: 'text', text: '' }))
  if (config === null) throw new Error(problems.map(problem => problem.message).join('\n'))
  return config
}

describe('a zone alone makes a configuration', () => {
  const { deployment, text, hash, ...rest } = configOf('zones: [{ file: example.zone }]\n')

  test('with these defaults', () => {
    expect(rest).toEqual({
      file: '/etc/kingcdn/kingcdn.yaml',
      node: hostname(),
      listen: {
        dns: [
          { address: '127.0.0.1', port: 5300 },
          { address: '::1', port: 5300 },
        ],
        http: { address: '127.0.0.1', port: 9153 },
        freebind: false,
      },
      http: { token: null, readToken: null, rateLimit: { reads: 100, feeds: 500, changes: 50 } },
      workers: 'auto',
      store: 'memory',
      state: '/etc/kingcdn/var',
      geo: { city: [], asn: [], overrides: [] },
      ecs: { enabled: true },
      udp: { transport: 'auto', interfaces: [], maxPayload: 1232, receiveBuffer: 4 * 1024 * 1024 },
      tcp: { idle: 10_000, message: 5000, connections: 4096, perAddress: 64 },
      load: { planInterval: 10_000 },
      passive: { perReporter: 500, networks: [] },
      probe: {
        interval: 30_000,
        tailInterval: 420_000,
        silentInterval: 3_600_000,
        budget: 200,
        timeout: 2000,
        methods: ['dns', 'tcp', 'icmp'],
        port: 53,
        ...{ specialPurpose: false, optOut: [], optOutFile: null, http: null },
      },
      monitor: { enabled: true, name: null, place: null, perSecond: 5000, noticeBlindness: true, concurrency: 4096 },
      chaos: { version: null, id: null },
      cookies: { enabled: true, secrets: null, require: false },
      tls: null,
      rateLimit: { perSecond: 200, slip: 1, exempt: ['127.0.0.0/8', '::1'], dryRun: false },
      log: { level: 'info', format: 'auto', repeats: 60 },
      queryLogs: { queries: null, decisions: null, dnstap: null, clients: 'whole' },
    })
  })

  test('and an otherwise empty deployment', () => {
    expect(deployment).toEqual({
      zones: [{ file: '/etc/kingcdn/example.zone' }],
      clusters: [],
      services: [],
      geo: { city: [], asn: [], overrides: [] },
    })
    expect(text).toBe('zones: [{ file: example.zone }]\n')
    expect(hash).toMatch(/^[0-9a-f]{16}$/)
  })
})

describe('what a configuration says', () => {
  test('clusters: units, shares, defaults, canonical addresses', () => {
    const text = changed('weight: 2', 'weight: 0.5').replace('"2001:db8:1::11"', '"2001:DB8:1:0:0:0:0:11"')
    const [embedded, exchange, core] = configOf(
      text.replace('target: 80%', 'target: 0.8\n    bias: -5ms\n    upThreshold: 25%'),
    ).deployment.clusters
    expect(embedded).toEqual({
      id: 'icn-kt',
      tier: 'embedded',
      location: { lat: 37.57, lon: 126.98, country: 'KR' },
      asns: [4766],
      serves: [],
      capacity: { unit: 'bps', value: 40e9 },
      target: 0.75,
      content: ['popular'],
      biasMs: 0,
      upThreshold: 0.5,
      servers: [
        { id: 'icn-kt-1', ipv4: '192.0.2.11', ipv6: '2001:db8:1::11', weight: 1 },
        { id: 'icn-kt-2', ipv4: '192.0.2.12', weight: 0.5 },
      ],
    })
    expect(exchange).toMatchObject({
      capacity: { unit: 'rps', value: 50000 },
      target: 0.8,
      biasMs: -5,
      upThreshold: 0.25,
    })
    expect(exchange).not.toHaveProperty('content')
    expect(core).toMatchObject({ capacity: { unit: 'conns', value: 20000 }, location: { lat: 1.35, lon: 103.82 } })
  })

  test('services: names lower case with final dot, clusters by id', () => {
    const [service] = configOf(changed('cdnName: a1105.kingcdn.com', 'cdnName: A1105.KingCDN.com')).deployment.services
    expect(service).toEqual({
      id: 'netcinema-vod',
      hostnames: ['video.netcinema.com.', '*.video.netcinema.com.'],
      cdnName: 'a1105.kingcdn.com.',
      content: 'popular',
      policy: 'rtt-spill',
      clusters: ['icn-kt', 'nrt-ix', 'sin-core'],
      weights: {},
      order: ['icn-kt', 'nrt-ix', 'sin-core'],
      answers: 2,
      ttl: { cname: 300, address: 30 },
      whenAllDown: { kind: 'all' },
    })
  })

  test('tiers and ids may be mixed; the order is that of the file', () => {
    const [service] = configOf(changed('clusters: all', 'clusters: [core, icn-kt]')).deployment.services
    expect(service?.clusters).toEqual(['icn-kt', 'sin-core'])
  })

  test('failover: what `order` leaves out comes last', () => {
    const text = changed('policy: rtt-spill', 'policy: failover').replace('answers: 2', 'order: [sin-core, icn-kt]')
    expect(configOf(text).deployment.services[0]?.order).toEqual(['sin-core', 'icn-kt', 'nrt-ix'])
  })

  test.each([
    ['last-good', { kind: 'last-good' }],
    ['servfail', { kind: 'servfail' }],
    ['backup:sin-core', { kind: 'backup', cluster: 'sin-core' }],
    ['"static:2001:DB8::1"', { kind: 'static', address: '2001:db8::1' }],
  ])('whenAllDown: %s', (written, meant) => {
    expect(
      configOf(changed('whenAllDown: all', `whenAllDown: ${written}`)).deployment.services[0]?.whenAllDown,
    ).toEqual(meant)
  })

  test('TTLs as numbers or durations', () => {
    expect(configOf(changed('cname: 300, address: 30', 'cname: 5m, address: 20s')).deployment.services[0]?.ttl).toEqual(
      {
        cname: 300,
        address: 20,
      },
    )
  })

  test('paths are absolute against the file', () => {
    const config = configOf(`state: ../var\nhttp: { token: { file: token } }\n${SAMPLE}`, '/srv/a/kingcdn.yaml')
    expect(config.state).toBe('/srv/var')
    expect(config.http.token).toEqual({ kind: 'file', path: '/srv/a/token' })
    expect(config.geo.city).toEqual(['/srv/a/city.mmdb'])
    expect(config.deployment.zones).toEqual([
      { file: '/srv/a/zones/netcinema.com.zone' },
      { file: '/srv/a/zones/kingcdn.com.zone', origin: 'kingcdn.com.' },
    ])
  })

  test('several databases of one kind', () => {
    const text = changed('city: city.mmdb', 'city: [v4.mmdb, v6.mmdb], asn: asn.mmdb')
    expect(configOf(text, '/g/k.yaml').geo).toMatchObject({ city: ['/g/v4.mmdb', '/g/v6.mmdb'], asn: ['/g/asn.mmdb'] })
  })

  test('HTTP off, or in its long form', () => {
    expect(configOf(changed('http: "127.0.0.1:9153"', 'http: off')).listen.http).toBeNull()
    const long = `http: { listen: "[::1]:80", token: { env: T } }\n${changed(', http: "127.0.0.1:9153"', '')}`
    expect(configOf(long)).toMatchObject({
      listen: { http: { address: '::1', port: 80 } },
      http: { token: { kind: 'env', name: 'T' } },
    })
  })

  test('it is plain data that may cross threads', () => {
    const config = configOf(SAMPLE)
    expect(structuredClone(config)).toEqual(config)
    expect(JSON.parse(JSON.stringify(config))).toEqual(config)
  })
})

describe('the hash', () => {
  const hash = (text: string, file?: string) => configOf(text, file).hash

  test('is the same on nameservers that must give the same answers', () => {
    expect(hash(changed('node: ns1', 'node: ns2'), '/elsewhere/k.yaml')).toBe(hash(SAMPLE))
    expect(hash(`${SAMPLE}# a remark\n`)).toBe(hash(SAMPLE))
    expect(hash(changed('"127.0.0.1:5300"', '"192.0.2.53:53"'))).toBe(hash(SAMPLE))
  })

  test('differs with anything that decides an answer', () => {
    const others = [
      hash(changed('lat: 37.57', 'lat: 37.58')),
      hash(changed('answers: 2', 'answers: 1')),
      hash(changed('zones/netcinema.com.zone', 'zones/netcinema.org.zone')),
      hash(`ecs: { enabled: false }\n${SAMPLE}`),
      parse(SAMPLE, '10.0.0.0/8: { asn: 1 }\n').config?.hash,
    ]
    expect(new Set([...others, hash(SAMPLE)]).size).toBe(others.length + 1)
  })
})

describe('how to reach the running server', () => {
  test('is known while the file is wrong elsewhere', () => {
    const broken = changed('capacity: 40Gbps', 'capacity: much').replace('127.0.0.1:9153', '127.0.0.2:9999')
    const { config, access } = parse(`store: redis://10.0.0.1:6379/0\nhttp: { token: { env: T } }\n${broken}`)
    expect(config).toBeNull()
    expect(access).toMatchObject({
      http: { address: '127.0.0.2', port: 9999 },
      token: { kind: 'env', name: 'T' },
      store: 'redis://10.0.0.1:6379/0',
    })
  })

  test('is the default where the file says nothing readable', () => {
    expect(parse('zones: [').access).toMatchObject({
      http: { address: '127.0.0.1', port: 9153 },
      token: null,
      store: 'memory',
    })
  })
})
