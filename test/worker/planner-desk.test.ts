import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Arena } from '../../src/base/arena.ts'
import { millis } from '../../src/base/brand.ts'
import { LiveTable, liveTableBytes } from '../../src/model/live-table.ts'
import type { CompileJob, CompileVerdict, TableArenas, TableSet } from '../../src/model/planner.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'
import { PlannerDesk } from '../../src/worker/planner-desk.ts'
import { buildZoneTables } from '../../src/worker/zone-tables.ts'
import { ZoneTables } from '../../src/zone/tables.ts'

let folder = ''
let file = ''
let desk: PlannerDesk
let generation = 0
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'desk-'))
  file = join(folder, 'shop.zone')
  generation = 0
  desk = newDesk()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const newDesk = () => new PlannerDesk(async (job, buffer) => buildZoneTables(job, buffer))

function writeZone(serial: number | string): void {
  writeFileSync(file, `$ORIGIN shop.example.\n$TTL 300\n@ SOA ns1 host ${serial} 3600 600 86400 60\n@ NS ns.example.\n`)
}

function compile(set: TableSet, options: Partial<CompileJob> = {}): Promise<CompileVerdict> {
  const job: CompileJob = {
    set,
    generation: ++generation,
    deployment: { zones: [{ file }], clusters: [], services: [], geo: { city: [], asn: [], overrides: [] } },
    fresh: true,
    mode: 'strict',
    coarse: false,
    asOf: millis(0),
    evidence: '',
    survey: NO_SURVEY,
    demand: '',
    held: [],
    stable: { services: {}, clusters: {} },
    configHash: 'x',
    ...options,
  }
  return desk.call('compile', job)
}

async function compiled(set: TableSet, options: Partial<CompileJob> = {}): Promise<TableArenas> {
  const verdict = await compile(set, options)
  if (verdict.kind === 'refused') throw new Error(JSON.stringify(verdict.problems))
  return verdict.arenas
}

/** What the workers do when they acknowledge a generation. */
function serve(set: TableSet): void {
  const live = new SharedArrayBuffer(liveTableBytes(0, 0))
  LiveTable.create(live, 0, 0)
  desk.served(set, live)
}

/** The serial of the zone that a worker with these tables answers from; the checksum must be right, too. */
function serialOf({ zones }: TableArenas): number | null {
  const verdict = Arena.open(zones, true)
  if (verdict.kind === 'bad') throw new Error(verdict.reason)
  return ZoneTables.open(verdict.arena).zones[0]!.serial
}

describe('the planner’s tables', () => {
  it('generations share the zones until a zone changes; then the tables that are served stay as they are', async () => {
    writeZone(1)
    const first = await compiled(0)
    serve(0)
    writeZone(2)
    const second = await compiled(1, { fresh: false })
    expect(second.zones).toBe(first.zones)
    expect(second.map).not.toBe(first.map)
    serve(1)
    const third = await compiled(0)
    expect([serialOf(second), serialOf(third)]).toEqual([1, 2])
    serve(0)
    writeZone(3)
    const fourth = await compiled(1)
    expect([serialOf(third), serialOf(fourth)]).toEqual([2, 3])
    expect(fourth.zones).toBe(first.zones)
  })

  it('tables that workers did not take are written over, not those that they went back to', async () => {
    writeZone(1)
    const served = await compiled(0)
    serve(0)
    for (const serial of [2, 3, 4]) {
      writeZone(serial)
      expect(serialOf(await compiled(1))).toBe(serial)
      expect(serialOf(served)).toBe(1)
    }
  })

  it('a refused reload leaves nothing behind: the next generation has the zones that are served', async () => {
    writeZone(1)
    const served = await compiled(0)
    serve(0)
    writeZone('one')
    expect(await compile(1)).toMatchObject({ kind: 'refused' })
    expect((await compiled(1, { fresh: false })).zones).toBe(served.zones)
    expect(serialOf(served)).toBe(1)
  })

  it('a new planner restores both from disk and serves on from there', async () => {
    const snapshot = join(folder, 'tables.bin')
    writeZone(1)
    const stable = { services: { vod: 3 }, clusters: { icn: 1 }, targets: {} }
    await compiled(0, { stable })
    serve(0)
    await desk.call('persist', { set: 0, file: snapshot })
    desk = newDesk()
    const restored = await desk.call('restore', { set: 0, file: snapshot })
    if (restored === null || 'damaged' in restored) throw new Error(JSON.stringify(restored))
    expect(restored.stats.zones).toMatchObject([{ origin: 'shop.example.', serial: 1 }])
    expect(restored.stats.stable).toEqual(stable)
    serve(0)
    writeZone(2)
    const next = await compiled(1)
    expect([serialOf(restored.arenas), serialOf(next)]).toEqual([1, 2])
  })

  it('a start whose zone file has become bad serves on what it restored, with an alarm', async () => {
    const snapshot = join(folder, 'tables.bin')
    writeZone(1)
    await compiled(0)
    serve(0)
    await desk.call('persist', { set: 0, file: snapshot })
    desk = newDesk()
    await desk.call('restore', { set: 0, file: snapshot })
    serve(0)
    writeZone('one')
    const verdict = await compile(1, { mode: 'tolerant' })
    if (verdict.kind === 'refused') throw new Error('refused')
    expect(serialOf(verdict.arenas)).toBe(1)
    expect(verdict.stats.alarms).toEqual([expect.stringMatching(/^zone shop\.example\. does not load/)])
    expect(verdict.problems[0]!.problem).toMatchObject({ severity: 'error', line: 3 })
    // Nor is it forgotten on disk.
    serve(1)
    await desk.call('persist', { set: 1, file: snapshot })
    desk = newDesk()
    expect(await desk.call('restore', { set: 0, file: snapshot })).toMatchObject({ stats: { zones: [{ serial: 1 }] } })
  })
})
