import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { kingcdn } from '../fixture/cli.ts'
import { clusterOf } from '../fixture/deployment.ts'
import { rdataOf } from '../fixture/dig.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const SEOUL = '+subnet=168.126.63.0/24'

describe.skipIf(missing('dig'))('RTT tables', () => {
  let server: Nameserver | undefined
  afterEach(() => discard(server))

  const chosen = async () => clusterOf(rdataOf(await server!.dig('a1105.kingcdn.com', 'A', SEOUL), 'A'))

  function csv(name: string, rows: readonly string[]): string {
    const file = join(server!.folder, name)
    writeFileSync(file, ['prefix,cluster,rtt_ms,loss,measured_at', ...rows, ''].join('\n'))
    return file
  }

  const now = () => new Date().toISOString()

  it('an import is in force within two seconds, beats geography, counts loss, and explain says why', async () => {
    server = await startNameserver()
    expect(await chosen()).toBe('icn-kt')
    const file = csv('tokyo.csv', [`168.126.63.0/24,nrt-ix,4,0,${now()}`, `168.126.63.0/24,icn-kt,80,0,${now()}`])
    const imported = await kingcdn('rtt', 'import', file, '-c', server.configFile)
    expect(imported).toMatchObject({ code: 0 })
    await until('Seoul to be sent to Tokyo', async () => (await chosen()) === 'nrt-ix', 2_000)
    const status = await server.status()
    expect(status.rtt).toMatchObject({ rows: 2, prefixes: 1 })
    const explained = await kingcdn(
      'explain',
      'a1105.kingcdn.com',
      '--client',
      '168.126.63.0/24',
      '--live',
      '--json',
      '-c',
      server.configFile,
    )
    const trail = JSON.parse(explained.stdout) as {
      cluster: string
      candidates: { cluster: string; rttFrom: string; verdict: string }[]
    }
    expect(trail.cluster).toBe('nrt-ix')
    expect(trail.candidates.find(each => each.cluster === 'nrt-ix')).toMatchObject({
      verdict: 'chosen',
      rttFrom: expect.stringContaining('measured') as string,
    })

    const lossy = csv('lossy.csv', [`168.126.63.0/24,nrt-ix,4,0.6,${now()}`, `168.126.63.0/24,icn-kt,6,0,${now()}`])
    expect((await kingcdn('rtt', 'import', lossy, '-c', server.configFile)).code).toBe(0)
    await until('loss to send Seoul home', async () => (await chosen()) === 'icn-kt', 2_000)
  })

  it('measurements age: a fast but old one no longer beats geography', async () => {
    server = await startNameserver()
    const old = new Date(Date.now() - 20 * 3600 * 1000).toISOString()
    const file = csv('old.csv', [`168.126.63.0/24,nrt-ix,4,0,${old}`])
    expect((await kingcdn('rtt', 'import', file, '-c', server.configFile)).code).toBe(0)
    await until('the rows to be counted', async () => (await server!.status()).rtt.rows === 1, 5_000)
    expect(await chosen()).toBe('icn-kt')
  })

  it('survives kill -9: the embedded store gives the rows back after a restart', async () => {
    server = await startNameserver()
    const file = csv('tokyo.csv', [`168.126.63.0/24,nrt-ix,4,0,${now()}`, `168.126.63.0/24,icn-kt,80,0,${now()}`])
    expect((await kingcdn('rtt', 'import', file, '-c', server.configFile)).code).toBe(0)
    await until('the import to be in force', async () => (await chosen()) === 'nrt-ix', 2_000)
    const { folder, dnsPort, httpPort } = server
    await server.kill('SIGKILL')
    server = await startNameserver({ folder, dnsPort, httpPort })
    await until('the import to be in force again', async () => (await chosen()) === 'nrt-ix', 5_000)
  })

  it('imports 100,000 rows in seconds and reports every bad row with its line', async () => {
    server = await startNameserver()
    const rows: string[] = []
    for (let i = 0; i < 100_000; i++) {
      const network = 0x0b000000 + (i >>> 1) * 256
      const prefix = `${network >>> 24}.${(network >>> 16) & 255}.${(network >>> 8) & 255}.0/24`
      rows.push(`${prefix},${i & 1 ? 'icn-kt' : 'nrt-ix'},${10 + (i % 90)},0,${now()}`)
    }
    const started = Date.now()
    const good = await kingcdn('rtt', 'import', csv('many.csv', rows), '-c', server.configFile)
    expect(good.code).toBe(0)
    expect(Date.now() - started).toBeLessThan(20_000)
    await until('all rows to be counted', async () => (await server!.status()).rtt.rows === 100_000, 20_000)

    const bad = await kingcdn(
      'rtt',
      'import',
      csv('bad.csv', [
        `1.2.3.0/24,icn-kt,5,0,${now()}`,
        `1.2.3.4/24,icn-kt,5,0,${now()}`,
        `1.2.4.0/24,nowhere,5,0,${now()}`,
        `1.2.5.0/24,icn-kt,-1,0,${now()}`,
      ]),
      '-c',
      server.configFile,
    )
    expect(bad.code).toBe(1)
    for (const line of [3, 4, 5]) expect(bad.stderr + bad.stdout).toMatch(new RegExp(`bad\\.csv:${line}:`))
    expect((await server.status()).rtt.rows).toBe(100_000)
  }, 90_000)
})
