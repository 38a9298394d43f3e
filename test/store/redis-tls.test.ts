import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createStore } from '../../src/store/create.ts'
import type { Store } from '../../src/store/store.ts'
import { freePort } from '../fixture/ports.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { Recorder, row, systemClock } from '../fixture/store.ts'
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
  const servers: RedisServer[] = []
  beforeAll(() => makeCertificates(folder))
  afterAll(() => rmSync(folder, { recursive: true }))
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    for (const server of servers.splice(0)) await server.stop()
  })

  /** The port of TLS; the plain one is for the test. */
  const begin = async (certificate = 'server', clients = 'no'): Promise<number> => {
    const port = await freePort()
    const files = ['--tls-cert-file', path(`${certificate}.pem`), '--tls-key-file', path(`${certificate}.key`)]
    const trust = ['--tls-ca-cert-file', path('ca.pem'), '--tls-auth-clients', clients]
    servers.push(await startRedis({ args: ['--tls-port', String(port), ...files, ...trust] }))
    return port
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
    const { store, recorder } = await open(`rediss://127.0.0.1:${await begin()}/0?ca=${path('ca.pem')}`)
    expect(recorder.up).toBe(true)
    await store.putMeasurements([row('192.0.2.0/24', 'icn-kt', 1)])
    await until('the row', () => recorder.rows.size === 1)
  })

  it('with a certificate of the client, where Redis asks for one', async () => {
    const port = await begin('server', 'yes')
    const client = `&cert=${path('client.pem')}&key=${path('client.key')}`
    expect((await open(`rediss://127.0.0.1:${port}?ca=${path('ca.pem')}${client}`)).recorder.up).toBe(true)
    expect(await refusal(`rediss://127.0.0.1:${port}?ca=${path('ca.pem')}`)).toEqual([
      false,
      expect.stringMatching(/asks for a certificate of the client; name it in the address: \?cert=/),
    ])
  })

  it('a certificate of another CA, or of none that is named: refused, with what to do', async () => {
    const port = await begin()
    for (const query of ['', `?ca=${path('other-ca.pem')}`])
      expect(await refusal(`rediss://127.0.0.1:${port}/0${query}`)).toEqual([
        false,
        expect.stringMatching(/is of no CA that is trusted here \([A-Z_]+\); name its CA in the address: rediss:/),
      ])
  })

  it('a certificate for another host, a port without TLS, and files that are not there: each refused by its name', async () => {
    const port = await begin('elsewhere')
    const ca = `?ca=${path('ca.pem')}`
    expect((await refusal(`rediss://127.0.0.1:${port}${ca}`))![1]).toMatch(/certificate of Redis is for another host/)
    expect((await refusal(`rediss://127.0.0.1:${servers[0]!.port}${ca}`))![1]).toMatch(
      /\(TLS; a port without it is redis:\/\/\)|speaks no TLS/,
    )
    expect((await refusal(`rediss://127.0.0.1:${port}?ca=${path('none.pem')}`))![1]).toMatch(/^TLS: .*none\.pem/)
    expect((await refusal(`redis://127.0.0.1:${port}`))![1]).toMatch(/closed the connection|ECONNRESET/)
  })

  it('a CA that is put right later is taken up without a restart', async () => {
    const port = await begin()
    const { recorder } = await open(`rediss://127.0.0.1:${port}?ca=${path('later.pem')}`)
    expect(recorder.up).toBe(false)
    writeFileSync(path('later.pem'), execFileSync('cat', [path('ca.pem')]))
    await until('it to be up', () => recorder.up)
  })
})
