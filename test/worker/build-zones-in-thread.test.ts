import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { buildZones } from '../../src/worker/build-zones.ts'
import { buildZonesInThread } from '../../src/worker/build-zones-in-thread.ts'
import type { ZoneJob } from '../../src/worker/zone-job.ts'

const ENTRY = new URL('./fixture/zone-builder.mjs', import.meta.url)

const job = (identity: string, ...files: string[]): ZoneJob => {
  const zones = files.map(file => ({ file }))
  return { zones, services: [], types: [], origins: new Map(), identity, make: 'anyhow' }
}

function build(identity: string, buffer = new SharedArrayBuffer(8)) {
  return buildZonesInThread(job(identity), buffer, ENTRY)
}

describe('a thread that builds zones', () => {
  it('writes into the buffer it is given', async () => {
    const buffer = new SharedArrayBuffer(8)
    expect(await build('well', buffer)).toMatchObject({ kind: 'built' })
    expect(new Uint8Array(buffer)[0]).toBe(7)
  })

  it('that dies fails its job, with the reason', async () => {
    await expect(build('throw')).rejects.toThrow('the zones could not be read: out of patience')
    await expect(build('exit')).rejects.toThrow('the zones could not be read: exit code 5')
  })
})

it('zones of a megabyte together are worth a thread, less is not; a file that is absent is nobody’s fault here', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zones-'))
  const file = join(folder, 'half.zone')
  const threads: number[] = []
  const build = (...files: string[]) =>
    buildZones(job('', ...files), new SharedArrayBuffer(0), async (_, buffer) => {
      threads.push(files.length)
      return { kind: 'built', buffer }
    })
  try {
    writeFileSync(
      file,
      `$ORIGIN shop.example.\n@ 60 SOA ns1 host 1 60 60 60 60\n@ 60 NS ns.example.\n${';\n'.repeat(300_000)}`,
    )
    expect(await build(file, join(folder, 'absent'))).toMatchObject({ kind: 'built' })
    expect(threads).toEqual([])
    await build(file, file)
    expect(threads).toEqual([2])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it.each(['$include other', ';\n$GENERATE 1-1000000 h$ A 192.0.2.1'])('so is a small file that says %j', async line => {
  const folder = mkdtempSync(join(tmpdir(), 'zones-'))
  const file = join(folder, 'small.zone')
  try {
    writeFileSync(file, `${line}\n`)
    const inThread = vi.fn(async (_: ZoneJob, buffer: SharedArrayBuffer) => ({ kind: 'built', buffer }) as const)
    await buildZones(job('', file), new SharedArrayBuffer(0), inThread)
    expect(inThread).toHaveBeenCalledOnce()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
