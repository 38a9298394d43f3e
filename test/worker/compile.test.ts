import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import type { Service } from '../../src/model/service.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'
import { Compiler, type Generation, type GenerationInput } from '../../src/worker/compile.ts'
import { ZoneSets } from '../../src/worker/zone-sets.ts'
import { buildZoneTables } from '../../src/worker/zone-tables.ts'
import { FIXTURE_GEO } from '../fixture/nameserver.ts'
import { cluster, service } from '../route/fixture.ts'

let folder = ''
let compiler: Compiler
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compile-'))
  writeZone(1)
  compiler = new Compiler(new ZoneSets(async (job, buffer) => buildZoneTables(job, buffer)))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function writeZone(serial: number): void {
  const text = `$ORIGIN cdn.example.\n$TTL 300\n@ SOA ns1 host ${serial} 3600 600 86400 60\n@ NS ns.example.\n`
  writeFileSync(join(folder, 'cdn.zone'), text)
}

type Compiled = Extract<Generation, { kind: 'compiled' }>

/** As a reload has it: everything is looked at anew. */
async function reload(services: readonly Service[], configHash: string, city = FIXTURE_GEO.city): Promise<Compiled> {
  const input: GenerationInput = {
    generation: 1,
    deployment: {
      zones: [{ file: join(folder, 'cdn.zone') }],
      clusters: [cluster('icn', 'seoul'), cluster('lhr', 'london')],
      services,
      geo: { city: [city], asn: [], overrides: [] },
    },
    fresh: true,
    mode: 'strict',
    coarse: false,
    stable: { services: {}, clusters: {} },
    configHash,
    measurements: [],
    asOf: millis(0),
    survey: NO_SURVEY,
    held: [],
    demand: '',
    zonesInUse: null,
  }
  const generation = await compiler.compile(input, millis(0))
  if (generation.kind === 'refused') throw new Error(JSON.stringify(generation.problems))
  return generation
}

describe('a reload', () => {
  const all = service('vod', ['icn', 'lhr'])

  it('of zones alone serves them with the maps that stand', async () => {
    const first = await reload([all], 'x')
    writeZone(2)
    const second = await reload([all], 'x')
    expect([first, second].map(({ stats }) => stats.zones[0]!.serial)).toEqual([1, 2])
    expect(second.maps.unmeasured).toBe(first.maps.unmeasured)
  })

  it('of another configuration, or of other geo data, makes the maps anew', async () => {
    const first = await reload([all], 'x')
    const second = await reload([service('vod', ['lhr'])], 'y')
    expect(second.maps.unmeasured).not.toBe(first.maps.unmeasured)
    const city = join(folder, 'city.mmdb')
    cpSync(FIXTURE_GEO.city, city)
    const third = await reload([service('vod', ['lhr'])], 'y', city)
    expect(third.maps.unmeasured).not.toBe(second.maps.unmeasured)
  })
})
