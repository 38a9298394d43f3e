import { afterEach, describe, expect, it } from 'vitest'
import { kingcdn } from '../fixture/cli.ts'
import { clusterOf } from '../fixture/deployment.ts'
import { rdataOf } from '../fixture/dig.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

describe.skipIf(missing('dig'))('load and intent', () => {
  let server: Nameserver | undefined
  afterEach(() => discard(server))

  const chosen = async (subnet: string) =>
    clusterOf(rdataOf(await server!.dig('a1105.kingcdn.com', 'A', `+subnet=${subnet}`), 'A'))

  it('a drained cluster gets no new answers until it is restored, and the intent survives kill -9', async () => {
    server = await startNameserver()
    expect(await chosen('168.126.63.0/24')).toBe('icn-kt')
    const why = ['--now', '--reason', 'new line card']
    const drained = await kingcdn('cluster', 'drain', 'icn-kt', ...why, '-c', server.configFile)
    expect(drained).toMatchObject({ code: 0 })
    await until('Seoul to leave icn-kt', async () => (await chosen('168.126.63.0/24')) !== 'icn-kt', 2_000)
    const { folder, dnsPort, httpPort } = server
    await server.kill('SIGKILL')
    server = await startNameserver({ folder, dnsPort, httpPort })
    await until('the intent to be in force again', async () => (await chosen('168.126.63.0/24')) !== 'icn-kt', 5_000)
    const shown = (await server.status()).clusters.find(cluster => cluster.id === 'icn-kt')
    expect(shown?.drain).toMatchObject({ percent: 100, reason: 'new line card' })
    expect((await kingcdn('cluster', 'restore', 'icn-kt', '--now', '-c', server.configFile)).code).toBe(0)
    await until('Seoul to come home', async () => (await chosen('168.126.63.0/24')) === 'icn-kt', 2_000)
  })

  it('a gradual drain takes step after step, comes back by itself, and tells who wanted it; the trail has it all', async () => {
    server = await startNameserver()
    const file = server.configFile
    const args = ['--percent', '80', '--ramp', '3s', '--for', '6s', '--reason', 'optics']
    expect((await kingcdn('cluster', 'drain', 'icn-kt', ...args, '-c', file)).stdout).toContain(
      'to 80 % over 3 s, until',
    )
    const seen: number[] = []
    const look = async () => {
      const { drained, drain } = (await server!.status()).clusters.find(each => each.id === 'icn-kt')!
      if (seen.at(-1) !== drained) seen.push(drained)
      return { drained, drain }
    }
    await until('some of it', async () => (await look()).drained > 0, 3_000)
    const { stdout } = await kingcdn('explain', 'a1105.kingcdn.com', '--client', '168.126.63.1', '--live', '-c', file)
    expect(stdout).toMatch(/^icn-kt drains: [\d.]+ % of all blocks now, 80 % wanted by \S+@\S+ .*: optics$/m)
    await until('its end', async () => (await look()).drain === null, 15_000)
    const top = seen.indexOf(80)
    expect(seen.filter(share => share > 0 && share < 80).length).toBeGreaterThanOrEqual(2)
    expect(seen.slice(0, top + 1)).toEqual([...seen.slice(0, top + 1)].sort((a, b) => a - b))
    expect(seen.slice(top)).toEqual([...seen.slice(top)].sort((a, b) => b - a))
    expect((await kingcdn('reload', '-c', file)).code).toBe(0)
    const lines = (await kingcdn('audit', '--json', '-c', file)).stdout.trim().split('\n')
    expect(lines.map(line => JSON.parse(line) as unknown)).toMatchObject([
      { action: 'drain', subject: 'icn-kt', from: 'http 127.0.0.1', what: 'to 80 % over 3 s, for 6 s: optics' },
      { action: 'drain-end', subject: 'icn-kt', from: 'leader', by: '' },
      { action: 'reload', outcome: 'done' },
    ])
  }, 40_000)

  it('refuses to drain the last serving cluster of a service unless forced', async () => {
    server = await startNameserver({
      edit: config => {
        const services = config.services as { clusters: unknown; weights?: unknown; order?: unknown }[]
        services[0]!.clusters = ['icn-kt', 'nrt-ix']
      },
    })
    expect((await kingcdn('cluster', 'drain', 'icn-kt', '-c', server.configFile)).code).toBe(0)
    await until(
      'the drain to be known',
      async () => (await server!.status()).clusters.some(each => each.drain !== null),
      3_000,
    )
    const refused = await kingcdn('cluster', 'drain', 'nrt-ix', '-c', server.configFile)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('last serving cluster')
    expect((await kingcdn('cluster', 'drain', 'nrt-ix', '--force', '-c', server.configFile)).code).toBe(0)
  })

  it('an overloaded cluster raises its shed level, and not to everything', async () => {
    server = await startNameserver({
      edit: config => {
        config.load = { ...(config.load as object), planInterval: '1s' }
      },
    })
    const subnets = Array.from({ length: 40 }, (_, i) => `168.126.${i * 6}.0/24`)
    const homes = async () => Promise.all(subnets.map(chosen))
    const before = await homes()
    const busiest = before.sort((a, b) => before.filter(x => x === b).length - before.filter(x => x === a).length)[0]!
    const status = (await server.status()).clusters.find(cluster => cluster.id === busiest)!
    const report = async () => {
      const reply = await server!.post(`/v1/clusters/${busiest}/load`, {
        [status.unit]: Math.round(status.capacity * 1.3),
      })
      expect(reply.status).toBe(200)
    }
    await until(
      `${busiest} to shed`,
      async () => {
        await report()
        return (await server!.status()).clusters.find(cluster => cluster.id === busiest)!.level > 0
      },
      15_000,
      500,
    )
    const level = (await server.status()).clusters.find(cluster => cluster.id === busiest)!.level
    expect(level).toBeLessThan(256)
  }, 40_000)

  it('load in the wrong unit, of an unknown cluster or not a number is refused with what is legal', async () => {
    server = await startNameserver()
    const cluster = (await server.status()).clusters.find(each => each.unit === 'bps')!
    const unit = await server.post(`/v1/clusters/${cluster.id}/load`, { rps: 5 })
    expect([unit.status, JSON.stringify(unit.body)]).toEqual([400, expect.stringContaining('bps') as string])
    expect((await server.post('/v1/clusters/nowhere/load', { bps: 5 })).status).toBe(404)
    expect((await server.post(`/v1/clusters/${cluster.id}/load`, { bps: 'lots' })).status).toBe(400)
    expect((await server.post(`/v1/clusters/${cluster.id}/load`, { bps: 5, mood: 'good' })).status).toBe(400)
  })
})
