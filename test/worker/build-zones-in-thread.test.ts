import { describe, expect, it } from 'vitest'
import { buildZonesInThread } from '../../src/worker/build-zones-in-thread.ts'
import type { ZoneJob } from '../../src/worker/zone-job.ts'

const ENTRY = new URL('./fixture/zone-builder.mjs', import.meta.url)

function build(identity: string, buffer = new SharedArrayBuffer(8)) {
  const job: ZoneJob = { zones: [], services: [], types: [], origins: new Map(), identity, make: 'anyhow' }
  return buildZonesInThread(job, buffer, ENTRY)
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
