import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MmdbWriter } from '../../geo-data/mmdb-writer.ts'
import { isFresh, MissingPackage, programHash, sourcePackage, writeWhole } from '../../geo-data/output.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kingcdn-geo-data-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const database = (description: string) => {
  const writer = new MmdbWriter({ ipVersion: 4, type: 'test', built: 0, description })
  writer.insert(Uint8Array.of(10, 0, 0, 0), 8, writer.record({ a: 'b' }))
  return writer.bytes()
}

describe('a database on disk', () => {
  it('is fresh when it ends in the stamp of this source and program, and not when it is cut short', () => {
    const file = join(folder, 'city.mmdb')
    expect(isFresh(file, 'stamp 1')).toBe(false)
    writeWhole(file, database('made from this and that: stamp 1'))
    expect(isFresh(file, 'stamp 1')).toBe(true)
    expect(isFresh(file, 'stamp 2')).toBe(false)
    writeFileSync(file, readFileSync(file).subarray(0, 50))
    expect(isFresh(file, 'stamp 1')).toBe(false)
  })

  it('replaces the old one as a whole and leaves nothing beside it', () => {
    const file = join(folder, 'city.mmdb')
    writeFileSync(file, 'old')
    writeWhole(file, database('new'))
    expect(readFileSync(file)).toEqual(Buffer.from(database('new')))
    expect(readdirSync(folder)).toEqual(['city.mmdb'])
  })

  it('stays, and nothing lies beside it, when the new one cannot be put in its place', () => {
    expect(() => writeWhole(join(folder, 'missing/city.mmdb'), database('new'))).toThrow('ENOENT')
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('a source package', () => {
  it('that is not installed is named, with both ways out', () => {
    expect(() => sourcePackage('@ip-location-db/none')).toThrow(MissingPackage)
    expect(() => sourcePackage('@ip-location-db/none')).toThrow(
      /@ip-location-db\/none.*`npm install`.*geo-data\/README\.md/,
    )
  })

  it('that is installed has a folder and a version', () => {
    const { folder: where, version } = sourcePackage('@ip-location-db/asn')
    expect(readdirSync(where)).toContain('asn-ipv4.csv')
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  })
})

it('the hash of the program changes with its TypeScript and with nothing else', () => {
  writeFileSync(join(folder, 'a.ts'), 'one')
  const before = programHash([folder])
  writeFileSync(join(folder, 'README.md'), 'text')
  expect(programHash([folder])).toBe(before)
  writeFileSync(join(folder, 'a.ts'), 'two')
  expect(programHash([folder])).not.toBe(before)
})
