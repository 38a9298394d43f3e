import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { monitorSettings } from '../../src/config/build-health.ts'
import { checkHealthFiles } from '../../src/config/health-files.ts'
import { makeCertificate } from '../fixture/certificate.ts'
import { changed, complaints, parse, SAMPLE } from './sample.ts'

/** The sample with `health` of its second cluster, which has one server with an IPv4 address. */
const withHealth = (health: string): string => changed('target: 80%', `health: ${health}`)
const checksOf = (health: string) => parse(withHealth(health)).config!.deployment.clusters[1]!.health

describe('what is written becomes the checks of the cluster', () => {
  it('with the defaults', () => {
    expect(complaints(withHealth('{ http: {} }'))).toEqual([])
    expect(checksOf('{ http: {} }')).toEqual({
      http: { path: '/healthz', port: 80, status: [{ first: 200, last: 200 }], tls: null },
      families: [4, 6],
      interval: 2000,
      timeout: 1000,
      rules: { fall: { failures: 3, of: 5 }, rise: 10 },
    })
  })

  it('in full', () => {
    const http =
      '{ path: /up, tls: true, status: [200, 300-399], body: fine, host: "www.example:8443", ca: ca.pem, validFor: 7d }'
    const rest = 'tcp: { port: 1935 }, dns: { name: cdn.example, type: A, rcode: REFUSED }, families: [ipv4]'
    const checks = checksOf(
      `{ http: ${http}, ${rest}, interval: 5s, timeout: 3s, fall: { failures: 2, of: 4 }, rise: 3 }`,
    )
    expect(checks).toEqual({
      http: {
        path: '/up',
        port: 443,
        status: [
          { first: 200, last: 200 },
          { first: 300, last: 399 },
        ],
        body: 'fine',
        host: 'www.example:8443',
        tls: { name: 'www.example', verify: true, ca: join(process.cwd(), 'ca.pem'), validFor: 604_800_000 },
      },
      tcp: { port: 1935 },
      dns: { port: 53, name: 'cdn.example.', type: 'A', rcode: 'REFUSED' },
      families: [4],
      interval: 5000,
      timeout: 3000,
      rules: { fall: { failures: 2, of: 4 }, rise: 3 },
    })
  })

  it.each([
    ['sni before host', '{ tls: true, host: a.example, sni: b.example }', 'b.example'],
    ['host without its port', '{ tls: true, host: "a.example:1" }', 'a.example'],
    ['none of an address', '{ tls: true, host: "192.0.2.1:1" }', undefined],
    ['none of an IPv6 address', '{ tls: true, host: "[2001:db8::1]:1" }', undefined],
    ['none where nothing is said', '{ tls: true }', undefined],
  ])('the name asked for over TLS: %s', (_, http, name) => {
    expect(checksOf(`{ http: ${http} }`)?.http?.tls?.name).toBe(name)
  })

  it('of a cluster without `health` nothing is checked, and no map depends on any of it', () => {
    expect(parse(SAMPLE).config!.deployment.clusters[1]).not.toHaveProperty('health')
    const hash = (text: string): string => parse(text).config!.hash
    expect(hash(withHealth('{ http: {} }'))).toBe(hash(withHealth('{ tcp: { port: 1 } }')))
    expect(hash(withHealth('{ http: {} }'))).not.toBe(hash(SAMPLE.replace('50000rps', '50001rps')))
  })
})

describe('mistakes', () => {
  it.each([
    ['{}', 'health: checks nothing; http, tcp, dns or several of them, which must all pass'],
    ['{ interval: 5s }', 'health: checks nothing; http, tcp, dns or several of them, which must all pass'],
    ['{ http: { sni: a.example } }', 'health.http.sni: needs `tls: true` beside it'],
    ['{ http: { tls: false, verify: false } }', 'health.http.verify: needs `tls: true` beside it'],
    [
      '{ tcp: { port: 1 }, fall: { failures: 6 } }',
      'health.fall: 6 failures never come together in 5 checks; at most 5',
    ],
    [
      '{ tcp: { port: 1 }, fall: { failures: 31, of: 31 } }',
      'health.fall.failures: 31 is out of range; a whole number from 1 to 30',
    ],
    ['{ tcp: {} }', 'health.tcp.port: missing; a whole number from 1 to 65535'],
    ['{ dns: {} }', 'health.dns.name: missing; a domain name, such as www.example.com, or . for the root'],
    [
      '{ http: { status: 199 } }',
      'health.http.status: 199 is not a status or a list of them; a status from 200 to 599,',
    ],
    ['{ http: { status: 299-200 } }', 'health.http.status: "299-200" is not a status or a list of them'],
    ['{ http: { status: [] } }', 'health.http.status: a list is empty'],
    ['{ http: { status: [200, x] } }', 'health.http.status: a list is not a status or a list of them'],
    ['{ http: { host: "a b" } }', 'health.http.host: "a b" is not a Host field'],
    ['{ http: { host: "a\\r\\nX: y" } }', 'health.http.host: "a\\r\\nX: y" is not a Host field'],
    ['{ http: { tls: true, sni: 192.0.2.1 } }', 'health.http.sni: "192.0.2.1" is not a host name'],
    ['{ http: { body: "" } }', 'health.http.body: "" is not such a text; 1 to 1024 characters'],
    ['{ http: { path: healthz } }', 'health.http.path: "healthz" is not a URL path'],
    ['{ http: {}, families: [] }', 'health.families: is an empty list; families: ipv4, ipv6'],
    ['{ http: {}, families: [v6] }', 'health.families[0]: "v6" is not one of them'],
    [
      '{ interval: 2 }',
      'health.interval: 2 is not a duration; a duration from 500ms to 10m, such as 2s (units ms, s, m, h, d)',
    ],
    ['{ http: { tsl: true } }', 'health.http.tsl: unknown key (did you mean tls?)'],
  ])('%s', (health, message) => {
    const said = complaints(withHealth(health))
    expect(said).toContainEqual(expect.stringContaining(`clusters[1].${message}`))
    expect(said.every(line => /^kingcdn\.yaml:21:\d+: clusters\[1\]\.health/.test(line))).toBe(true)
    expect(parse(withHealth(health)).config).toBeNull()
  })

  it.each([
    ['{ http: { tls: true, verify: false, ca: a.pem } }', 'health.http.ca: has no effect with `verify: false`'],
    ['{ http: {}, timeout: 5s }', 'health.timeout: 5000 ms are longer than the interval of 2000 ms'],
    ['{ http: {}, interval: 500ms }', 'health.interval: 1000 ms are longer than the interval of 500 ms'],
    ['{ http: {}, families: [ipv6] }', 'health.families: no server of the cluster has an address of ipv6'],
  ])('%s is a warning', (health, message) => {
    expect(complaints(withHealth(health))).toEqual([expect.stringContaining(`warning: clusters[1].${message}`)])
    expect(parse(withHealth(health)).config).not.toBeNull()
  })
})

describe('the file of authorities', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kingcdn-ca-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const faults = (ca: string): string[] =>
    checkHealthFiles(parse(withHealth(`{ http: { tls: true, ca: ${ca} } }`)).config!.deployment).map(
      ({ path, problem }) => `${path} ${problem.severity} ${problem.message}`,
    )

  it('must be there and hold certificates', () => {
    const { certificate, key } = makeCertificate(folder, 'a.example')
    const torn = join(folder, 'torn.pem')
    writeFileSync(torn, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    expect(faults(certificate)).toEqual([])
    const at = 'clusters[1].health.http.ca error clusters[1].health.http.ca:'
    expect(faults('/nowhere.pem')).toEqual([`${at} "/nowhere.pem" cannot be read: there is no such file`])
    expect(faults(key)).toEqual([`${at} "${key}" holds no PEM certificate (-----BEGIN CERTIFICATE-----)`])
    expect(faults(torn)).toEqual([`${at} "${torn}" holds something else than a certificate, the 1. of its PEM blocks`])
  })
})

describe('what a monitor goes by', () => {
  const settings = (text: string, alone = false, name?: string) => monitorSettings(parse(text).config!, alone, name)
  const text = withHealth('{ http: {} }')

  it('is the clusters that are checked, under the name of the node', () => {
    expect(settings(text)).toMatchObject({
      name: 'ns1',
      perSecond: 5000,
      concurrency: 4096,
      clusters: [{ id: 'nrt-ix' }],
    })
    expect(settings(text).clusters).toHaveLength(1)
    expect(settings(text)).not.toHaveProperty('place')
  })

  it('alone it is another one; a name that is written holds in both, one of the command line before it', () => {
    expect(settings(text, true).name).toBe('ns1-monitor')
    expect(settings(changed('node: ns1', `node: ${'n'.repeat(64)}`), true).name).toBe(`${'n'.repeat(56)}-monitor`)
    const named = text.replace('node: ns1', 'node: ns1\nmonitor: { name: eyes, place: fra }')
    expect(settings(named)).toMatchObject({ name: 'eyes', place: 'fra' })
    expect(settings(named, true).name).toBe('eyes')
    expect(settings(named, true, 'cli').name).toBe('cli')
  })
})
