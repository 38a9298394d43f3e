import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { QueryStream } from '../fixture/query-stream.ts'

describe('generations', () => {
  let server: Nameserver | undefined
  afterEach(() => discard(server))

  const residentMb = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server!.process.pid}/status`, 'latin1'))![1]) / 1024

  it('resident memory is flat over 100 map swaps, and no query is lost', async () => {
    server = await startNameserver()
    const stream = new QueryStream(server.dnsPort, 'a1105.kingcdn.com', 200)
    let swapping = true
    const load = (async () => {
      while (swapping) await stream.run(200)
    })()
    const swap = async (times: number) => {
      for (let i = 0; i < times; i++) expect((await server!.post('/v1/reload', {})).status).toBe(200)
    }
    await swap(30)
    const before = residentMb()
    const generation = (await server.status()).snapshot.generation
    await swap(100)
    const after = residentMb()
    swapping = false
    await load
    const result = await stream.stop()
    const status = await server.status()
    expect(status.snapshot.generation).toBe(generation + 100)
    expect(
      status.workers
        .filter(worker => worker.role !== 'planner')
        .every(worker => worker.generation === generation + 100),
    ).toBe(true)
    expect({ lost: result.lost, changed: result.changed }).toEqual({ lost: 0, changed: 0 })
    expect(after - before).toBeLessThan(40)
  }, 120_000)
})
