import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Contender, Site } from '../../bench/harness/contender.ts'
import { bind } from '../../bench/harness/contenders/bind.ts'
import { gdnsd } from '../../bench/harness/contenders/gdnsd.ts'
import { gdnsdGeo } from '../../bench/harness/contenders/gdnsd-geo.ts'
import { kingcdn } from '../../bench/harness/contenders/kingcdn.ts'
import { kingcdnGeo } from '../../bench/harness/contenders/kingcdn-geo.ts'
import { knot } from '../../bench/harness/contenders/knot.ts'
import { knotGeo } from '../../bench/harness/contenders/knot-geo.ts'
import { nsd } from '../../bench/harness/contenders/nsd.ts'
import { type GeoWorld, SITES, writeCityDatabase } from '../../bench/harness/geo-world.ts'
import { type HostZone, writeHostZone } from '../../bench/harness/host-zone.ts'
import { type CertificateFiles, makeCertificate } from '../fixture/certificate.ts'
import { REPOSITORY } from '../fixture/nameserver.ts'
import { findTool, missing } from '../fixture/tools.ts'

let folder = ''
let zone: HostZone
let world: GeoWorld
let tls: CertificateFiles

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kingcdn-bench-'))
  zone = writeHostZone(folder)
  world = { sites: SITES, database: join(folder, 'city.mmdb') }
  writeCityDatabase(world.database)
  tls = makeCertificate(folder, 'bench')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A site at loopback; nothing is started there. */
function site(withTls = false): Site {
  const own = mkdtempSync(join(folder, 'site-'))
  const base = { address: '127.0.0.1', port: 5399, workers: 2, folder: own, httpPort: 9199 }
  return withTls ? { ...base, tls: { port: 8599, ...tls } } : base
}

/** Has a server's own checker read what the contender wrote; throws what it has against it. */
function checked<Job>(
  contender: Contender<Job>,
  job: Job,
  where: Site,
  check: (config: string) => [string, string[]],
): void {
  const { args } = contender.prepare(where, job)
  const config = args[args.indexOf('-c') + 1]!
  const [program, options] = check(config)
  execFileSync(findTool(program) ?? program, options, { cwd: where.folder, stdio: 'pipe' })
}

const withKnot = (config: string): [string, string[]] => ['knotc', ['-c', config, 'conf-check']]
const withGdnsd = (config: string): [string, string[]] => ['gdnsd', ['-c', config, 'checkconf']]
const withOurs = (config: string): [string, string[]] => [
  process.execPath,
  [join(REPOSITORY, 'bin/kingcdn.js'), 'check', '-c', config],
]

describe('configurations of the benches are accepted by the servers they are for', () => {
  it('KingCDN, with TLS', () => {
    expect(() => checked(kingcdn, zone, site(true), withOurs)).not.toThrow()
  })

  it('KingCDN, geo', () => {
    expect(() => checked(kingcdnGeo, world, site(), withOurs)).not.toThrow()
  })

  it.skipIf(missing('named-checkconf'))('BIND, with TLS and its zone', () => {
    expect(() => checked(bind, zone, site(true), config => ['named-checkconf', ['-z', config]])).not.toThrow()
  })

  it.skipIf(missing('nsd-checkconf'))('NSD, with TLS', () => {
    expect(() => checked(nsd, zone, site(true), config => ['nsd-checkconf', [config]])).not.toThrow()
  })

  it.skipIf(missing('knotc'))('Knot', () => {
    expect(() => checked(knot, zone, site(), withKnot)).not.toThrow()
  })

  it.skipIf(missing('knotc') || knotGeo.lacks().length > 0)('Knot, geo', () => {
    expect(() => checked(knotGeo, world, site(), withKnot)).not.toThrow()
  })

  it.skipIf(missing('gdnsd'))('gdnsd', () => {
    expect(() => checked(gdnsd, zone, site(), withGdnsd)).not.toThrow()
  })

  it.skipIf(missing('gdnsd'))('gdnsd, geo', () => {
    expect(() => checked(gdnsdGeo, world, site(), withGdnsd)).not.toThrow()
  })
})
