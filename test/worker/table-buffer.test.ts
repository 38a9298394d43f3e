import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Arena, ArenaWriter } from '../../src/base/arena.ts'
import { TableBuffer } from '../../src/worker/table-buffer.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tables-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function tables(size: number): ArenaWriter {
  const writer = new ArenaWriter()
  writer.add(
    'numbers',
    Uint32Array.from({ length: size }, (_, i) => i * i),
  )
  return writer
}

describe('a table buffer', () => {
  it('keeps its memory from one generation to the next, and makes room with headroom when one does not fit', () => {
    const buffer = new TableBuffer()
    buffer.write(tables(1000))
    const first = buffer.buffer
    buffer.write(tables(2000))
    expect(buffer.buffer).toBe(first)
    buffer.write(tables(1_000_000))
    const second = buffer.buffer
    expect(second.byteLength).toBeGreaterThan(5_000_000)
    buffer.write(tables(1_200_000))
    expect(buffer.buffer).toBe(second)
    expect(buffer.open(true).u32('numbers')[1_199_999]).toBe((1_199_999 * 1_199_999) % 2 ** 32)
  })

  it('gives back what it kept on disk', () => {
    const file = join(folder, 'tables.bin')
    const buffer = new TableBuffer()
    buffer.write(tables(600_000))
    buffer.persist(file)
    const restored = new TableBuffer().restore(file)
    expect(restored).toBeInstanceOf(Arena)
    expect((restored as Arena).u32('numbers')).toEqual(buffer.open(false).u32('numbers'))
  })

  it('what was in it before does not pass for what an empty file holds', () => {
    const file = join(folder, 'tables.bin')
    writeFileSync(file, '')
    const buffer = new TableBuffer()
    buffer.write(tables(10))
    expect(buffer.restore(file)).toMatchObject({ damaged: expect.any(String) as string })
  })

  it('refuses a damaged file with the reason, and says null where there is none', () => {
    const file = join(folder, 'tables.bin')
    const buffer = new TableBuffer()
    buffer.write(tables(5000))
    buffer.persist(file)
    const good = readFileSync(file)
    expect(new TableBuffer().restore(join(folder, 'absent'))).toBeNull()
    for (const damage of [
      (bytes: Buffer) => bytes.writeUInt8(bytes[9000]! ^ 1, 9000),
      (bytes: Buffer) => bytes.writeUInt8(0, 0),
      (bytes: Buffer) => bytes.writeUInt32LE(0xffffffff, 8),
    ]) {
      const bytes = Buffer.from(good)
      damage(bytes)
      writeFileSync(file, bytes)
      expect(new TableBuffer().restore(file)).toMatchObject({ damaged: expect.stringContaining(file) as string })
    }
    writeFileSync(file, good.subarray(0, 100))
    expect(new TableBuffer().restore(file)).toMatchObject({ damaged: expect.any(String) as string })
  })
})
