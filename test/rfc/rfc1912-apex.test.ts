import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Service } from '../../src/model/service.ts'
import { Rcode } from '../../src/wire/constants.ts'
import { RrType } from '../../src/wire/rdata/type.ts'
import { zoneJob } from '../../src/worker/zone-job.ts'
import { buildZoneTables } from '../../src/worker/zone-tables.ts'
import { cluster, place, service } from '../route/fixture.ts'
import { scopeOf, subnet } from './client-subnet.ts'
import { openTailored } from './tailored-world.ts'

const ZONE = `$ORIGIN netcinema.com.
$TTL 3600
@   SOA ns1 host 1 2 3 4 60
@   NS  ns1
@   MX  10 mail
@   TXT "v=spf1 -all"
ns1 A   192.0.2.1
`
const CLUSTERS = [cluster('near', 'seoul'), cluster('far', 'london')]
const APEX: Partial<Service> = {
  hostnames: ['netcinema.com.', 'video.netcinema.com.'],
  https: { alpn: ['h2'], port: 443, noDefaultAlpn: false },
  answers: 2,
}

describe('RFC 1912 section 2.4: no CNAME at the apex of a zone; a content hostname there has the addresses', () => {
  const world = openTailored(
    {
      clusters: CLUSTERS,
      services: [service('web', ['near', 'far'], APEX)],
      places: [place('seoul')],
      city: { '168.126.0.0/16': 1 },
    },
    { zones: [ZONE] },
  )
  const ask = (name: string, type: number) => world.ask({ name, type, edns: { options: [subnet('168.126.63.0/24')] } })

  it.each([RrType.A, RrType.AAAA, RrType.HTTPS])('type %s: what the CDN name has, with its TTL and scope', type => {
    const [apex, cdn] = [ask('netcinema.com', type), ask('web.cdn.example', type)]
    expect([apex.rcode, apex.aa, apex.answer.length > 0]).toEqual([Rcode.NOERROR, true, true])
    expect(apex.answer.map(({ type, ttl, rdata }) => [type, ttl, rdata])).toEqual(
      cdn.answer.map(({ ttl, rdata }) => [type, ttl, rdata]),
    )
    expect(apex.answer.every(({ ttl }) => ttl === 30)).toBe(true)
    expect(scopeOf(apex)).toBe(scopeOf(cdn))
    expect(scopeOf(apex)).toBeGreaterThan(0)
  })

  it.each([RrType.SOA, RrType.NS, RrType.MX, RrType.TXT])('type %s: what the zone has, the same for all', type => {
    const reply = ask('netcinema.com', type)
    expect(reply.answer.map(each => each.type)).toEqual([type])
    expect(scopeOf(reply)).toBe(0)
  })

  it('a CNAME is no type of it; ANY shows what the zone has', () => {
    const cname = ask('netcinema.com', RrType.CNAME)
    expect([cname.answer, cname.authority.map(({ type }) => type)]).toEqual([[], [RrType.SOA]])
    expect(ask('netcinema.com', RrType.ANY).answer.map(({ type }) => type)).toEqual([RrType.NS])
  })

  it('a hostname below it is a CNAME as ever', () => {
    expect(ask('video.netcinema.com', RrType.HTTPS).answer.map(({ type }) => type)).toEqual([RrType.CNAME])
  })
})

describe('what cannot be at an apex is an error with its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'apex-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  function problems(zone: string, more: Partial<Service>): string[] {
    const file = join(folder, 'netcinema.com.zone')
    writeFileSync(file, zone)
    const cdn = join(folder, 'cdn.example.zone')
    writeFileSync(cdn, '$ORIGIN cdn.example.\n$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS a\na A 192.0.2.1\n')
    const job = zoneJob(
      {
        zones: [{ file }, { file: cdn }],
        clusters: CLUSTERS,
        services: [service('web', ['near'], { ...APEX, ...more })],
        geo: { city: [], asn: [], overrides: [] },
      },
      new Map(),
      'never',
    )
    const verdict = buildZoneTables(job, new SharedArrayBuffer(1 << 16))
    return verdict.kind === 'refused'
      ? verdict.problems.filter(({ path }) => path !== '').map(({ problem }) => problem.message)
      : []
  }

  it('nothing is wrong with it by itself', () => {
    expect(problems(ZONE, {})).toEqual([])
  })

  it.each([
    ['A', '@ A 192.0.2.7'],
    ['AAAA', '@ AAAA 2001:db8::7'],
    ['HTTPS', '@ HTTPS 1 . alpn=h2'],
  ])('a static %s record beside it', (type, line) => {
    expect(problems(`${ZONE}${line}\n`, {})).toEqual([
      `services[0].hostnames[0]: netcinema.com. has a static ${type} record in its zone; remove it, the addresses of the name come from the service`,
    ])
  })

  it('targets', () => {
    expect(problems(ZONE, { targets: [{ cname: 'web.cdn.example.', weight: 1 }] })).toEqual([
      'services[0].hostnames[0]: netcinema.com. is the apex of its zone, where no CNAME may stand (RFC 1912 section 2.4), so targets cannot share it; legal: a service without targets, of which an apex gets the addresses',
    ])
  })

  it('a target in a zone of ours that is no name there, told once; a wildcard, a delegation and other zones are as good as a name', () => {
    const zone = `${ZONE}*.wild A 192.0.2.9\nsub NS ns.sub\nns.sub A 192.0.2.8\n`
    const targets = [
      'web.cdn.example.',
      'wbe.cdn.example.',
      'x.wild.netcinema.com.',
      'a.sub.netcinema.com.',
      'o.other.net.',
    ]
    const hostnames = ['a.netcinema.com.', 'b.netcinema.com.']
    expect(problems(zone, { hostnames, targets: targets.map(cname => ({ cname, weight: 1 })) })).toEqual([
      'services[0].targets[1].cname: wbe.cdn.example. does not exist in zone cdn.example., which is served here',
    ])
  })
})

describe('zone tables are made anew', () => {
  const identity = (more: Partial<Service>) =>
    zoneJob(
      {
        zones: [],
        clusters: CLUSTERS,
        services: [service('web', ['near'], more)],
        geo: { city: [], asn: [], overrides: [] },
      },
      new Map(),
      'never',
    ).identity

  it('when what HTTPS records say changes, or the names of targets; not for a weight, which the map has', () => {
    const target = { cname: 'a.other.net.', weight: 1 }
    const https = { alpn: ['h2'], port: 443, noDefaultAlpn: false }
    expect(identity({ https })).not.toBe(identity({ https: { ...https, port: 8443 } }))
    expect(identity({ https })).not.toBe(identity({}))
    expect(identity({ targets: [target] })).not.toBe(identity({ targets: [{ ...target, cname: 'b.other.net.' }] }))
    expect(identity({ targets: [target] })).not.toBe(identity({}))
    expect(identity({ targets: [target] })).toBe(identity({ targets: [{ ...target, weight: 2 }] }))
  })
})
