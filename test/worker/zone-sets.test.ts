import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Deployment } from '../../src/model/deployment.ts'
import type { TableSet } from '../../src/model/planner.ts'
import { formatName } from '../../src/wire/name.ts'
import { type ZoneJob, zoneJob } from '../../src/worker/zone-job.ts'
import { type BuiltZones, ZoneSets } from '../../src/worker/zone-sets.ts'
import { buildZoneTables } from '../../src/worker/zone-tables.ts'
import { ZoneTables } from '../../src/zone/tables.ts'

const ZONE = (host: string) => `$ORIGIN shop.example.
$TTL 300
@ SOA ns1 host 1 3600 600 86400 60
@ NS ns1
ns1 A 192.0.2.53
${host} A 192.0.2.80
`

let folder = ''
let file = ''
let builds = 0
let dies = false
let sets: ZoneSets

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zones-'))
  file = join(folder, 'shop.zone')
  writeFileSync(file, ZONE('one'))
  builds = 0
  dies = false
  sets = new ZoneSets(async (job, buffer) => {
    builds++
    const verdict = buildZoneTables(job, buffer)
    if (dies) throw new Error('died')
    return verdict
  })
  later()
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

/** Long after all that was written so far. */
function later(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
}

const job = (make: ZoneJob['make'] = 'anyhow', edit: Partial<Deployment> = {}): ZoneJob => {
  const geo = { city: [], asn: [], overrides: [] }
  return zoneJob({ zones: [{ file }], clusters: [], services: [], geo, ...edit }, new Map(), make)
}

async function read(inUse: TableSet | null, wanted = job()): Promise<BuiltZones> {
  const verdict = await sets.read(wanted, inUse)
  if (verdict.kind === 'refused') throw new Error(JSON.stringify(verdict.problems))
  return verdict
}

/** The owner names that the set's tables hold. */
function names(set: TableSet): string[] {
  const tables = ZoneTables.open(sets.buffer(set).open(true))
  const owners = new Set<string>()
  for (let rrset = tables.zoneSoa(0); tables.rrsetTtl(rrset) > 0; rrset++)
    owners.add(formatName(tables.bytes, tables.rrsetOwner(rrset)))
  return [...owners].map(owner => owner.replace('shop.example.', ''))
}

describe('the sets of zone tables', () => {
  it('zones that did not change are not read again, whichever set is in use', async () => {
    const first = await read(null)
    expect(await read(first.set)).toEqual({ ...first, kind: 'read' })
    expect(await read(null)).toMatchObject({ set: first.set })
    expect(builds).toBe(1)
    expect(sets.buffer(1).buffer.byteLength).toBe(0)
  })

  it('a changed file is read into the idle set; the one in use stays as it is', async () => {
    expect((await read(null)).set).toBe(0)
    writeFileSync(file, ZONE('two'))
    expect((await read(0)).set).toBe(1)
    expect([names(0), names(1)]).toEqual([
      ['', 'ns1.', 'one.'],
      ['', 'ns1.', 'two.'],
    ])
    writeFileSync(file, ZONE('three'))
    expect((await read(1)).set).toBe(0)
    expect([names(0), names(1)]).toEqual([
      ['', 'ns1.', 'three.'],
      ['', 'ns1.', 'two.'],
    ])
  })

  it('a file written a moment ago is read again: within a tick of the clock a second change leaves no trace', async () => {
    vi.useRealTimers()
    writeFileSync(file, ZONE('two'))
    await read(null)
    await read(0)
    expect(builds).toBe(2)
  })

  it('what a zone includes counts, also a file that was not there', async () => {
    writeFileSync(file, `${ZONE('one')}$INCLUDE more.zone\n`)
    later()
    expect((await read(null)).report.statuses[0]!.error).toContain('more.zone')
    await read(0)
    expect(builds).toBe(1)
    writeFileSync(join(folder, 'more.zone'), 'two A 192.0.2.2\n')
    later()
    expect((await read(0)).report.statuses[0]!.error).toBeNull()
    writeFileSync(join(folder, 'more.zone'), 'three A 192.0.2.2\n')
    await read(1)
    expect(names(0)).toEqual(['', 'ns1.', 'one.', 'three.'])
  })

  it('names and types of services are part of the zones', async () => {
    await read(null)
    const services = (cdnName: string) =>
      [
        { cdnName, hostnames: [], ttl: { cname: 60, address: 30 }, clusters: [], whenAllDown: {} },
      ] as unknown as Deployment['services']
    const named = (cdnName: string) => job('anyhow', { services: services(cdnName) })
    expect((await read(0, named('cdn.shop.example.'))).set).toBe(1)
    expect((await read(1, named('cdn2.shop.example.'))).set).toBe(0)
    expect(builds).toBe(3)
  })

  it('unsound zones are refused with all problems and leave both sets as they were, whoever reads them next', async () => {
    const first = await read(null)
    const bad = ZONE('two A 999.1.1.1\nthree')
    const refused = { kind: 'refused', problems: [{ problem: { line: 6, severity: 'error' } }] }
    writeFileSync(file, bad)
    expect(await sets.read(job('if-sound'), 0)).toMatchObject(refused)
    expect(sets.buffer(1).buffer.byteLength).toBe(0)
    writeFileSync(file, ZONE('two'))
    const second = await read(0)
    writeFileSync(file, bad)
    expect(await sets.read(job('if-sound'), 0)).toMatchObject(refused)
    expect([sets.holds(first), sets.holds(second)]).toEqual([true, true])
    expect(builds).toBe(4)
  })

  it('a zone that loaded stays as it was when its file does not load any more, until it does again', async () => {
    const first = await read(null)
    writeFileSync(file, ZONE('two A 999.1.1.1\nthree'))
    later()
    const kept = await read(0)
    expect(kept).toMatchObject({ set: 0, report: { statuses: first.report.statuses } })
    expect(kept.report.stale).toEqual([expect.stringMatching(/^zone shop\.example\. does not load.*line 6: .*999\.1/)])
    expect(names(0)).toEqual(['', 'ns1.', 'one.'])
    expect([sets.holds(first), sets.holds(kept)]).toEqual([false, true])
    // A reload is refused without reading it again, and one that must not be is no different.
    expect(await sets.read(job('if-sound'), 0)).toMatchObject({ kind: 'refused', problems: [{ problem: { line: 6 } }] })
    expect(await read(0)).toMatchObject({ set: 0, report: kept.report })
    expect(builds).toBe(2)
    rmSync(file)
    expect((await read(0)).report.stale![0]).toContain('cannot be read')
    writeFileSync(file, ZONE('two'))
    later()
    const mended = await read(0)
    expect([mended.set, mended.report.stale, names(1)]).toEqual([1, undefined, ['', 'ns1.', 'two.']])
  })

  it('a zone that never loaded keeps no other from being read anew', async () => {
    const bad = join(folder, 'bad.zone')
    const zones = { zones: [{ file: bad }, { file }] }
    await read(null, job('anyhow', zones))
    writeFileSync(file, ZONE('two'))
    later()
    const next = await read(0, job('anyhow', zones))
    expect([next.set, next.report.stale, next.report.statuses[0]!.error]).toEqual([
      1,
      undefined,
      expect.stringContaining('cannot be read'),
    ])
  })

  it('zones that are only looked at make no tables', async () => {
    expect(await sets.read(job('never'), null)).toEqual({ kind: 'refused', problems: [] })
    await read(null)
    expect(await sets.read(job('never'), 0)).toEqual({ kind: 'refused', problems: [] })
    expect(builds).toBe(2)
  })

  it('tables of a builder that died half-way are nobody’s', async () => {
    await read(null)
    writeFileSync(file, ZONE('two'))
    later()
    const second = await read(0)
    writeFileSync(file, ZONE('three'))
    later()
    dies = true
    await expect(read(0)).rejects.toThrow('died')
    expect(sets.holds(second)).toBe(false)
    writeFileSync(file, ZONE('two'))
    dies = false
    await read(0)
    expect(builds).toBe(4)
    expect(names(1)).toEqual(['', 'ns1.', 'two.'])
  })
})
