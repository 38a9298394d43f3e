import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ArenaWriter } from '../../src/base/arena.ts'
import { Snapshot, ZONES_FILE, zonesFileOf } from '../../src/worker/snapshot.ts'
import { TableBuffer } from '../../src/worker/table-buffer.ts'
import { ZoneSets } from '../../src/worker/zone-sets.ts'
import { ZONE_REPORT } from '../../src/worker/zone-tables.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapshot-'))
  file = join(folder, 'tables.bin')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function zones(identity: string): TableBuffer {
  const writer = new ArenaWriter()
  writer.addJson(ZONE_REPORT, { identity, files: [], statuses: [], problems: [] })
  return written(writer)
}

/** A map that was made with these zones, or that names them so. */
function map(generation: number, of: TableBuffer | string): TableBuffer {
  const writer = new ArenaWriter()
  writer.add('generation', Uint32Array.of(generation))
  writer.addJson(ZONES_FILE, typeof of === 'string' ? of : zonesFileOf(of.open(false)))
  return written(writer)
}

function written(writer: ArenaWriter): TableBuffer {
  const buffer = new TableBuffer()
  buffer.write(writer)
  return buffer
}

function restore() {
  const sets = new ZoneSets(() => Promise.reject(new Error('nothing is built here')))
  const restored = new Snapshot().restore(file, new TableBuffer(), sets, null)
  if (restored.kind !== 'restored') return restored
  return { generation: restored.map.u32('generation')[0], zones: restored.zones.report.identity }
}

const zoneFiles = () => readdirSync(folder).filter(name => name.startsWith('zones-'))

describe('the tables on disk', () => {
  it('are a map and the zones it was made with', () => {
    const first = zones('a')
    new Snapshot().persist(file, map(1, first), first)
    expect(restore()).toEqual({ generation: 1, zones: 'a' })
  })

  it('zones are written when they have changed, and those before are removed', () => {
    const snapshot = new Snapshot()
    const first = zones('a')
    snapshot.persist(file, map(1, first), first)
    const [name] = zoneFiles()
    // A second write would bring it back.
    rmSync(join(folder, name!))
    snapshot.persist(file, map(2, first), first)
    expect(zoneFiles()).toEqual([])
    const second = zones('b')
    snapshot.persist(file, map(3, second), second)
    snapshot.persist(file, map(4, first), first)
    expect(zoneFiles()).toEqual([name])
    expect(restore()).toEqual({ generation: 4, zones: 'a' })
  })

  it('a power failure between the two files leaves the former pair', () => {
    const snapshot = new Snapshot()
    const first = zones('a')
    snapshot.persist(file, map(1, first), first)
    const second = zones('b')
    second.persist(join(folder, zonesFileOf(second.open(false))))
    expect(restore()).toEqual({ generation: 1, zones: 'a' })
  })

  it('are not used when one of them is damaged, missing or not what the other means; each is said with its file', () => {
    const first = zones('a')
    const second = zones('b')
    new Snapshot().persist(file, map(1, first), first)
    const path = join(folder, zoneFiles()[0]!)
    const bytes = readFileSync(path)
    const damaged = (what: string) => ({ kind: 'damaged', damaged: expect.stringContaining(what) as string })
    writeFileSync(path, Buffer.concat([bytes.subarray(0, 60), Buffer.from([bytes[60]! ^ 1]), bytes.subarray(61)]))
    expect(restore()).toEqual(damaged(`${path}: checksum differs`))
    second.persist(path)
    expect(restore()).toEqual(damaged(`${path}: holds other zones`))
    rmSync(path)
    expect(restore()).toEqual(damaged(`${path}: cannot be read`))
    written(new ArenaWriter()).persist(file)
    expect(restore()).toEqual(damaged(`${file}: written by another version`))
    rmSync(file)
    expect(restore()).toEqual({ kind: 'absent' })
  })

  it('a map names no file elsewhere', () => {
    const first = zones('a')
    const name = zonesFileOf(first.open(false))
    const elsewhere = join(folder, '..', name)
    first.persist(elsewhere)
    map(1, `../${name}`).persist(file)
    expect(restore()).toEqual({ kind: 'damaged', damaged: `${file}: written by another version` })
    copyFileSync(elsewhere, join(folder, name))
    rmSync(elsewhere)
    expect(existsSync(join(folder, name))).toBe(true)
    map(1, name).persist(file)
    expect(restore()).toEqual({ generation: 1, zones: 'a' })
  })
})
