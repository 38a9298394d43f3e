import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { kingcdn } from '../fixture/cli.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const ZONE = (address: string) => `$ORIGIN shop.example.
$TTL 300
@ SOA ns1 host 1 3600 600 86400 60
@ NS ns1
ns1 A 192.0.2.53
www A ${address}
`

describe.skipIf(missing('dig'))('configuration', () => {
  let server: Nameserver | undefined
  afterEach(() => discard(server))

  const editConfig = (change: (config: Record<string, unknown>) => void) => {
    const config = parse(readFileSync(server!.configFile, 'utf8')) as Record<string, unknown>
    change(config)
    writeFileSync(server!.configFile, stringify(config))
  }
  const address = async () => (await server!.dig('www.shop.example', 'A')).answer[0]?.split(' ').at(-1)

  async function startShop(): Promise<void> {
    server = await startNameserver()
    writeFileSync(join(server.folder, 'shop.zone'), ZONE('192.0.2.80'))
    editConfig(config => (config.zones as object[]).push({ file: './shop.zone' }))
    const verdict = await kingcdn('reload', '-c', server.configFile)
    expect(verdict).toMatchObject({ code: 0 })
    expect(await address()).toBe('192.0.2.80')
  }

  it('reload takes new zones; a bad zone is refused with file, line and column, and nothing changes', async () => {
    await startShop()
    const generation = (await server!.status()).snapshot.generation
    writeFileSync(join(server!.folder, 'shop.zone'), ZONE('192.0.2.81').replace('www A', 'www A 999.0.2.81\nwww A'))
    const refused = await kingcdn('reload', '-c', server!.configFile)
    expect(refused.code).toBe(1)
    expect(refused.stderr + refused.stdout).toMatch(/shop\.zone:6:\d+: /)
    expect(await address()).toBe('192.0.2.80')
    expect((await server!.status()).snapshot.generation).toBe(generation)
    writeFileSync(join(server!.folder, 'shop.zone'), ZONE('192.0.2.82'))
    server!.process.kill('SIGHUP')
    await until('SIGHUP to reload', async () => (await address()) === '192.0.2.82', 5_000)
  })

  it('check and reload name every problem of a bad configuration at its place; the old one stays in force', async () => {
    await startShop()
    writeFileSync(
      server!.configFile,
      readFileSync(server!.configFile, 'utf8')
        .replace(/capacity: \S+/, 'capacity: 40Gps')
        .replace('policy: rtt-spill', 'policy: fastest'),
    )
    for (const command of ['check', 'reload']) {
      const verdict = await kingcdn(command, '-c', server!.configFile)
      const text = verdict.stdout + verdict.stderr
      expect(verdict.code).toBe(1)
      expect(text).toMatch(/kingcdn\.yaml:\d+:\d+: .*capacity.*40Gps/)
      expect(text).toMatch(/kingcdn\.yaml:\d+:\d+: .*policy.*fastest.*rtt-spill/)
    }
    expect(await address()).toBe('192.0.2.80')
  })

  it('a configuration that is bad at boot gives way to the last good state, with an alarm', async () => {
    await startShop()
    await until('the good state to be on disk', () => {
      try {
        return readFileSync(join(server!.folder, 'var/last-good.json'), 'utf8').includes('shop.zone')
      } catch {
        return false
      }
    })
    const { folder, dnsPort, httpPort } = server!
    await server!.stop()
    writeFileSync(join(folder, 'kingcdn.yaml'), 'zones: [')
    server = await startNameserver({ folder, dnsPort, httpPort })
    expect(await address()).toBe('192.0.2.80')
    expect((await server.status()).alarms.join('\n')).toMatch(/last good/)
  })

  it('one broken zone at start does not stop the rest: it answers SERVFAIL and is named; --strict refuses to start', async () => {
    await startShop()
    const { folder, dnsPort, httpPort } = server!
    await server!.stop()
    writeFileSync(join(folder, 'shop.zone'), `${ZONE('192.0.2.80')}bad A 999.0.2.1\n`)
    rmSync(join(folder, 'var'), { recursive: true })
    server = await startNameserver({ folder, dnsPort, httpPort })
    expect((await server.dig('netcinema.com', 'SOA')).status).toBe('NOERROR')
    const readiness = async () => (await fetch(`${server!.url}/readyz`)).text()
    await until('the broken zone to be named', async () => (await readiness()).includes('shop'))
    expect((await server.dig('www.shop.example', 'A')).status).toBe('SERVFAIL')
    await server.stop()
    const strict = await kingcdn('serve', '--strict', '-c', join(folder, 'kingcdn.yaml'))
    expect(strict.code).toBe(1)
    expect(strict.stderr).toContain('shop.zone')
  })

  it('a zone that loaded once and is broken at the next start is served as it was, and named until it is mended', async () => {
    await startShop()
    const { folder, dnsPort, httpPort } = server!
    const good = readFileSync(join(folder, 'shop.zone'))
    await server!.stop()
    writeFileSync(join(folder, 'shop.zone'), 'this is no zone')
    server = await startNameserver({ folder, dnsPort, httpPort })
    const alarms = async () => (await server!.status()).alarms.filter(alarm => alarm.includes('shop.example'))
    await until('the broken zone to be named', async () => (await alarms()).length > 0)
    expect((await server.dig('www.shop.example', 'A')).status).toBe('NOERROR')
    writeFileSync(join(folder, 'shop.zone'), good)
    expect((await kingcdn('reload', '-c', join(folder, 'kingcdn.yaml'))).code).toBe(0)
    expect(await alarms()).toEqual([])
    expect((await server.dig('www.shop.example', 'A')).status).toBe('NOERROR')
  })

  it('a second instance on the same state folder is refused', async () => {
    server = await startNameserver()
    const second = await kingcdn('serve', '-c', server.configFile)
    expect(second.code).toBe(1)
    expect(second.stderr).toContain('in use by process')
  })
})
