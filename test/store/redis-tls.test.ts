import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createStore } from '../../src/store/create.ts'
import type { Store } from '../../src/store/store.ts'
import { startRedisCluster, startSentinels } from '../fixture/redis-fleet.ts'
import { type RedisServer, type RedisTls, startRedis } from '../fixture/redis-server.ts'
import { manyRows, Recorder, row, systemClock } from '../fixture/store.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

/** A CA of its own, and certificates of it for 127.0.0.1, for another host, and for a client. */
function makeCertificates(folder: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: folder })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  for (const ca of ['ca', 'other-ca'])
    openssl('req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${ca}`, '-keyout', `${ca}.key`, '-out', `${ca}.pem`)
  for (const [name, san] of [
    ['server', 'IP:127.0.0.1'],
    ['elsewhere', 'DNS:redis.example'],
    ['client', 'DNS:client.example'],
  ] as const) {
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${san}\n`)
    openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`]
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-days', '2', '-out', `${name}.pem`)
  }
}

describe.skipIf(missing('redis-server') || missing('openssl'))('Redis over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kingcdn-tls-'))
  const path = (name: string) => join(folder, name)
  const stores: Store[] = []
  const servers: { stop(): Promise<void> }[] = []
  beforeAll(() => makeCertificates(folder))
  afterAll(() => rmSync(folder, { recursive: true }))
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    for (const server of servers.splice(0)) await server.stop()
  })

  const files = (name: string, clients = false): RedisTls => ({
    ...{ certificate: path(`${name}.pem`), key: path(`${name}.key`), ca: path('ca.pem'), clients },
  })
  const begin = async (certificate = 'server', clients = false): Promise<RedisServer> => {
    const server = await startRedis({ tls: files(certificate, clients) })
    servers.push(server)
    return server
  }
  const open = async (url: string): Promise<{ store: Store; recorder: Recorder }> => {
    const store = createStore(url, { stateDir: '', clock: systemClock, log: () => undefined })
    stores.push(store)
    const recorder = new Recorder()
    await store.open(recorder)
    await until('its first word', () => recorder.statuses.length > 0)
    return { store, recorder }
  }
  const refusal = async (url: string) => (await open(url)).recorder.statuses[0]

  it('with its own CA: everything as without TLS', async () => {
    const { store, recorder } = await open(`rediss://127.0.0.1:${(await begin()).tlsPort}/0?ca=${path('ca.pem')}`)
    expect(recorder.up).toBe(true)
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 1)])
    await until('the row', () => recorder.rows.size === 1)
  })

  it('with a certificate of the client, where Redis asks for one', async () => {
    const { tlsPort: port } = await begin('server', true)
    const client = `&cert=${path('client.pem')}&key=${path('client.key')}`
    expect((await open(`rediss://127.0.0.1:${port}?ca=${path('ca.pem')}${client}`)).recorder.up).toBe(true)
    expect(await refusal(`rediss://127.0.0.1:${port}?ca=${path('ca.pem')}`)).toEqual([
      false,
      expect.stringMatching(/asks for a certificate of the client; name it in the address: \?cert=/),
    ])
  })

  it('a certificate of another CA, or of none that is named: refused, with what to do', async () => {
    const { tlsPort: port } = await begin()
    for (const query of ['', `?ca=${path('other-ca.pem')}`])
      expect(await refusal(`rediss://127.0.0.1:${port}/0${query}`)).toEqual([
        false,
        expect.stringMatching(/is of no CA that is trusted here \([A-Z_]+\); name its CA in the address: rediss:/),
      ])
  })

  it('a certificate for another host, a port without TLS, and files that are not there: each refused by its name', async () => {
    const { tlsPort: port, port: plainPort } = await begin('elsewhere')
    const ca = `?ca=${path('ca.pem')}`
    expect((await refusal(`rediss://127.0.0.1:${port}${ca}`))![1]).toMatch(/certificate of Redis is for another host/)
    expect((await refusal(`rediss://127.0.0.1:${plainPort}${ca}`))![1]).toMatch(
      /\(TLS; a port without it is redis:\/\/\)|speaks no TLS/,
    )
    expect((await refusal(`rediss://127.0.0.1:${port}?ca=${path('none.pem')}`))![1]).toMatch(/^TLS: .*none\.pem/)
    expect((await refusal(`redis://127.0.0.1:${port}`))![1]).toMatch(/closed the connection|ECONNRESET/)
  })

  it('a CA that is put right later is taken up without a restart', async () => {
    const { tlsPort: port } = await begin()
    const { recorder } = await open(`rediss://127.0.0.1:${port}?ca=${path('later.pem')}`)
    expect(recorder.up).toBe(false)
    writeFileSync(path('later.pem'), execFileSync('cat', [path('ca.pem')]))
    await until('it to be up', () => recorder.up)
  })

  // The servers ask clients for a certificate, and each other: who has none gets no word.
  const shown = `ca=${path('ca.pem')}&cert=${path('client.pem')}&key=${path('client.key')}`

  const isRefused = async (url: string) => {
    const [, other] = (await refusal(`${url}?ca=${path('other-ca.pem')}`))!
    expect(other).toMatch(/is of no CA that is trusted here/)
    expect((await refusal(`${url}?ca=${path('ca.pem')}`))![1]).toMatch(/asks for a certificate of the client/)
  }

  it('Sentinels and their master: everything as without, and after the replica took its place', async () => {
    const fleet = await startSentinels({ tls: files('server', true) })
    servers.push(fleet)
    await isRefused(fleet.url)
    const { store, recorder } = await open(`${fleet.url}?${shown}`)
    expect(recorder.statuses[0]).toEqual([true, expect.stringContaining('rediss+sentinel://')])
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 1)])
    await until('the row', () => recorder.rows.size === 1)
    await until('the replica to have it', async () =>
      (await fleet.replica.command('EXISTS', 'kingcdn:rtt:192.0.2.0/24')).startsWith(':1'),
    )
    await fleet.master.kill()
    await until('it to be away', () => !recorder.up, 3_000)
    await until('it to be up again', () => recorder.up, 15_000)
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 2)])
    await until('what is new', () => recorder.rtt('192.0.2.0/24', 'icn-kt') === 2)
  }, 40_000)

  it('a Cluster: its masters are found by their ports of TLS, and all of them are written and read', async () => {
    const fleet = await startRedisCluster({ tls: files('server', true) })
    servers.push(fleet)
    const { store, recorder } = await open(`${fleet.url}?${shown}`)
    expect(recorder.up).toBe(true)
    await store.putMeasurements(manyRows(2_000))
    for (const node of fleet.nodes) expect(Number((await node.command('DBSIZE')).slice(1))).toBeGreaterThan(50)
    await until('all rows', () => recorder.rows.size === 2_000)
    expect(await store.readMeasurements()).toHaveLength(2_000)
    await isRefused(fleet.url)
  }, 40_000)
})
