import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import type { HealthReport } from '../../src/model/health.ts'
import { createStore } from '../../src/store/create.ts'
import { rdataOf } from '../fixture/dig.ts'
import { Edges } from '../fixture/edges.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { systemClock } from '../fixture/store.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const NEAR = ['127.0.1.1', '127.0.1.2']
const FAR = ['127.0.2.1']
const NAME = 'a1105.kingcdn.com'

describe.skipIf(missing('dig', 'redis-server'))('what the fleet makes of health', () => {
  const edges = new Edges()
  const nameservers: Nameserver[] = []
  const monitors: ChildProcess[] = []
  let redis: RedisServer
  beforeEach(async () => {
    redis = await startRedis()
    for (const address of [...NEAR, ...FAR]) await edges.start(address)
  })
  afterEach(async () => {
    for (const monitor of monitors.splice(0)) monitor.kill('SIGKILL')
    for (const server of nameservers.splice(0)) await discard(server)
    await redis.stop()
    await edges.close()
  })

  const cluster = (id: string, lat: number, addresses: readonly string[]) => ({
    ...{ id, tier: 'core', location: { lat, lon: 127 }, capacity: '40Gbps' },
    servers: addresses.map((ipv4, i) => ({ id: `${id}-${i + 1}`, ipv4 })),
    health: { http: { path: '/', port: edges.port }, interval: '500ms', timeout: '400ms', rise: 2 },
  })
  const start = async (node: string) => {
    const server = await startNameserver({
      edit: config => {
        config.node = node
        config.store = redis.url
        config.monitor = { enabled: false }
        config.load = { ...(config.load as object), planInterval: '1s' }
        config.clusters = [cluster('near', 37, NEAR), cluster('far', 60, FAR)]
        const own = { id: 'vod', cdnName: NAME, hostnames: [], clusters: 'all', policy: 'failover' }
        config.services = [{ ...own, order: ['near', 'far'], answers: 2 }]
      },
    })
    nameservers.push(server)
    return server
  }
  const startMonitor = (name: string) => {
    const program = [join(REPOSITORY, 'bin/kingcdn.js'), 'monitor', '-c', nameservers[0]!.configFile, '--name', name]
    monitors.push(spawn(process.execPath, program, { stdio: 'ignore' }))
  }
  const answer = async (server: Nameserver, subnet = '1.2.3.0/24') =>
    rdataOf(await server.dig(NAME, 'A', `+subnet=${subnet}`), 'A').sort()
  const answers = (wish: readonly string[]) =>
    until(
      `both to answer ${wish}`,
      async () => {
        const given = await Promise.all(nameservers.map(server => answer(server)))
        return given.every(each => each.join() === wish.join())
      },
      15_000,
    )
  const near = async (server: Nameserver) => (await server.status()).clusters.find(({ id }) => id === 'near')!

  it('a dead edge leaves the answers, then its cluster; it comes back by a slow start; without monitors all stands still', async () => {
    const a = await start('ns1')
    await start('ns2')
    for (const name of ['m1', 'm2']) startMonitor(name)
    await until(
      'both to have a verdict on everything',
      async () => (await a.status()).health.monitors.filter(({ verdicts }) => verdicts === 3).length === 2,
      20_000,
    )
    await answers(NEAR)

    await edges.kill(NEAR[0]!)
    await answers([NEAR[1]!])
    const down = (await near(a)).checked!.down
    expect(down).toMatchObject([{ server: 'near-1', family: 4, cause: 'refused', voices: [2, 2] }])

    await edges.kill(NEAR[1]!)
    await answers(FAR)
    expect((await near(a)).health).toBe('down')

    for (const address of NEAR) await edges.start(address)
    await until('near to be back', async () => (await near(a)).checked?.families[0]?.warming === 2, 15_000)
    const { families } = (await near(a)).checked!
    expect(families[0]).toMatchObject({ health: 'up', up: 2, down: 0 })
    expect(families[0]!.ramp).toBeLessThan(100)
    const subnets = Array.from({ length: 30 }, (_, i) => `${20 + i * 6}.${i * 7}.${i * 3}.0/24`)
    const given = await Promise.all(subnets.map(subnet => answer(a, subnet)))
    expect(given.filter(each => each.join() === FAR.join()).length).toBeGreaterThan(0)

    await edges.kill(FAR[0]!)
    await until(
      'far to be down',
      async () => (await a.status()).clusters.some(({ health }) => health === 'down'),
      15_000,
    )
    await answers(NEAR)
    for (const monitor of monitors) monitor.kill('SIGKILL')
    await edges.start(FAR[0]!)
    await until('the silence to be noticed', async () => (await a.status()).health.quorum.lostSince !== null, 20_000)
    const frozen = await a.status()
    expect(frozen.clusters.map(({ health }) => health)).toEqual(['up', 'down'])
    expect(frozen.alarms.join()).toContain('verdicts stand still')
    await answers(NEAR)
  }, 90_000)

  it('one lying monitor of three changes nothing, and two of them do', async () => {
    const a = await start('ns1')
    const store = createStore(redis.url, { stateDir: '', clock: systemClock, log: () => undefined })
    const report = (monitor: string, up: boolean): HealthReport => {
      const now = millis(Date.now())
      const names = ['near-1', 'near-2', 'far-1']
      const verdict = { family: 4, up, since: now, cause: up ? null : 'timeout' } as const
      return { monitor, at: now, whole: true, verdicts: names.map(server => ({ server, ...verdict })) }
    }
    const say = (...liars: readonly string[]) =>
      Promise.all(['m1', 'm2', 'm3'].map(name => store.putHealth(report(name, !liars.includes(name)))))
    try {
      await say()
      await until('the verdicts', async () => (await near(a)).checked?.families[0]?.up === 2, 15_000)
      await say('m3')
      const { planSeq } = (await a.status()).leader
      await until('three more plans', async () => (await a.status()).leader.planSeq >= planSeq + 3, 20_000)
      expect(await near(a)).toMatchObject({ health: 'up', checked: { down: [] } })
      await say('m3', 'm1')
      await until('the majority to be heard', async () => (await near(a)).health === 'down', 15_000)
      expect((await near(a)).checked!.down[0]).toMatchObject({ cause: 'timeout', voices: [2, 3] })
      // None is left: the service fails open, with all of the first cluster.
      expect(await answer(a)).toEqual(NEAR)
    } finally {
      await store.close()
    }
  }, 60_000)
})
