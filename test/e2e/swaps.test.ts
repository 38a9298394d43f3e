import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { QueryStream } from '../fixture/query-stream.ts'
import { until } from '../fixture/until.ts'

describe('generations', () => {
  let server: Nameserver | undefined
  afterEach(() => discard(server))

  const residentMb = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server!.process.pid}/status`, 'latin1'))![1]) / 1024

  it('resident memory is flat over 100 map swaps, and no query is lost', async () => {
    server = await startNameserver()
    // The first map is coarse, and answers some clients otherwise.
    await until('the whole map', async () => !(await server!.status()).snapshot.coarse, 30_000)
    const stream = new QueryStream(server.dnsPort, 'a1105.kingcdn.com', 200)
    /**
     * Resident memory after each swap. Between two collections it moves by some 30 MB; what stays is the lowest of many. With every swap go five
     * queries: all together fewer than a thousand, so that they are no demand for which the map would be cut anew.
     */
    const swap = async (times: number) => {
      const resident: number[] = []
      for (let i = 0; i < times; i++) {
        const [reload] = await Promise.all([server!.post('/v1/reload', {}), stream.run(25)])
        expect(reload.status).toBe(200)
        resident.push(residentMb())
      }
      return resident
    }
    const before = Math.max(...(await swap(30)))
    const generation = (await server.status()).snapshot.generation
    const after = Math.min(...(await swap(100)).slice(-30))
    const result = await stream.stop()
    const status = await server.status()
    expect(status.snapshot.generation - generation).toBe(100)
    expect(result.sent).toBeGreaterThan(400)
    expect(
      status.workers
        .filter(worker => worker.role !== 'planner')
        .every(worker => worker.generation === status.snapshot.generation),
    ).toBe(true)
    expect({ lost: result.lost, changed: result.changed }).toEqual({ lost: 0, changed: 0 })
    expect(after - before).toBeLessThan(60)
  }, 120_000)

  it('resident memory is flat over changes of a zone, each is served at once, and no query is lost', async () => {
    server = await startNameserver()
    const file = join(server.folder, 'shop.zone')
    const zone = (serial: number) => `$ORIGIN shop.example.\n$TTL 60\n@ SOA ns1 host ${serial} 60 60 60 60\n@ NS ns1\n`
    // Large enough for a thread of its own.
    const hosts = Array.from({ length: 60_000 }, (_, i) => `host-${i} A 192.0.2.1\n`).join('')
    writeFileSync(file, zone(0) + hosts)
    const config = parse(readFileSync(server.configFile, 'utf8')) as { zones: object[] }
    config.zones.push({ file })
    writeFileSync(server.configFile, stringify(config))
    const change = async (first: number, last: number) => {
      const resident: number[] = []
      for (let serial = first; serial <= last; serial++) {
        writeFileSync(file, zone(serial) + hosts)
        expect((await server!.post('/v1/reload', {})).status).toBe(200)
        expect((await server!.dig('shop.example', 'SOA')).answer.join()).toContain(` ${serial} 60 60 60 60`)
        resident.push(residentMb())
      }
      return resident
    }
    const before = Math.max(...(await change(1, 10)))
    const stream = new QueryStream(server.dnsPort, 'host-1.shop.example', 200)
    let changing = true
    const load = (async () => {
      while (changing) await stream.run(200)
    })()
    const after = Math.min(...(await change(11, 30)).slice(-10))
    changing = false
    await load
    const result = await stream.stop()
    expect({ lost: result.lost, changed: result.changed }).toEqual({ lost: 0, changed: 0 })
    expect(after - before).toBeLessThan(40)
  }, 120_000)
})
