import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { kingcdn } from '../fixture/cli.ts'
import { clusterOf } from '../fixture/deployment.ts'
import { rdataOf } from '../fixture/dig.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { QueryStream } from '../fixture/query-stream.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

describe.skipIf(missing('dig', 'redis-server'))('two nameservers on one Redis', () => {
  const servers: Nameserver[] = []
  let redis: RedisServer | undefined
  afterEach(async () => {
    for (const server of servers.splice(0)) await discard(server)
    await redis?.stop()
  })

  const start = async (node: string) => {
    const server = await startNameserver({
      edit: config => {
        config.node = node
        config.store = redis!.url
        config.load = { ...(config.load as object), planInterval: '1s' }
      },
    })
    servers.push(server)
    return server
  }
  const subnets = Array.from({ length: 30 }, (_, i) => `${20 + i * 6}.${i * 7}.${i * 3}.0/24`).concat('168.126.63.0/24')
  const answers = (server: Nameserver) =>
    Promise.all(
      subnets.map(async subnet => {
        const reply = await server.dig('a1105.kingcdn.com', 'A', `+subnet=${subnet}`)
        return [reply.scope, ...rdataOf(reply, 'A')].join(' ')
      }),
    )
  const leaders = async () =>
    (await Promise.all(servers.map(server => server.status()))).filter(status => status.leader.self)

  it('agree on every answer, one leads, and the other takes over within ten seconds', async () => {
    redis = await startRedis()
    const a = await start('ns1')
    const b = await start('ns2')
    await until('exactly one leader', async () => (await leaders()).length === 1, 10_000)
    // The first map of a start is a coarse one.
    const areWhole = async () =>
      (await Promise.all(servers.map(each => each.status()))).every(each => !each.snapshot.coarse)
    await until('both maps to be whole', areWhole, 30_000)
    expect(await answers(a)).toEqual(await answers(b))

    const now = new Date().toISOString()
    const file = join(a.folder, 'rtt.csv')
    writeFileSync(
      file,
      `prefix,cluster,rtt_ms,loss,measured_at\n168.126.63.0/24,nrt-ix,4,0,${now}\n168.126.63.0/24,icn-kt,80,0,${now}\n`,
    )
    expect((await kingcdn('rtt', 'import', file, '-c', a.configFile)).code).toBe(0)
    for (const server of servers) {
      await until(
        'Seoul to be sent to Tokyo by both',
        async () =>
          clusterOf(rdataOf(await server.dig('a1105.kingcdn.com', 'A', '+subnet=168.126.63.0/24'), 'A')) === 'nrt-ix',
        3_000,
      )
    }
    expect((await kingcdn('cluster', 'drain', 'nrt-ix', '--now', '--reason', 'test', '-c', b.configFile)).code).toBe(0)
    for (const server of servers) {
      await until(
        'both to leave nrt-ix',
        async () =>
          clusterOf(rdataOf(await server.dig('a1105.kingcdn.com', 'A', '+subnet=168.126.63.0/24'), 'A')) !== 'nrt-ix',
        3_000,
      )
    }
    expect(await answers(a)).toEqual(await answers(b))

    // A nameserver tells of itself every few seconds.
    const row = /^ns[12]( \*)? +(leader|standby) +\d+ +\d+ s +same +same +\d+/gm
    const rows = async () => [...(await kingcdn('status', '-c', b.configFile)).stdout.matchAll(row)]
    await until('the status to show two that are alike', async () => (await rows()).length === 2, 20_000)

    const leader = servers.find((_, i) => i === 0)!
    const first = (await leader.status()).leader.self ? leader : servers[1]!
    const standby = servers.find(server => server !== first)!
    await first.kill('SIGKILL')
    await until('the standby to lead', async () => (await standby.status()).leader.self, 10_000)
    expect(await answers(standby)).toHaveLength(subnets.length)
  }, 60_000)

  it('Redis killed under 500 queries/s: every query is answered, no answer changes, and it catches up when Redis is back', async () => {
    redis = await startRedis()
    const server = await start('ns1')
    await until('the store to be up and led', async () => (await server.status()).leader.self, 10_000)
    const file = join(server.folder, 'rtt.csv')
    const rows = (cluster: string, other: string) => {
      const now = new Date().toISOString()
      return `prefix,cluster,rtt_ms,loss,measured_at\n168.126.63.0/24,${cluster},4,0,${now}\n168.126.63.0/24,${other},80,0,${now}\n`
    }
    writeFileSync(file, rows('nrt-ix', 'icn-kt'))
    expect((await kingcdn('rtt', 'import', file, '-c', server.configFile)).code).toBe(0)
    const chosen = async () =>
      clusterOf(rdataOf(await server.dig('a1105.kingcdn.com', 'A', '+subnet=168.126.63.0/24'), 'A'))
    await until('Seoul to be sent to Tokyo', async () => (await chosen()) === 'nrt-ix', 3_000)

    const drained = (await server.status()).clusters.map(({ id }) => id).find(id => id !== 'nrt-ix' && id !== 'icn-kt')!
    expect((await kingcdn('cluster', 'drain', drained, '--percent', '30', '--now', '-c', server.configFile)).code).toBe(
      0,
    )

    const stream = new QueryStream(server.dnsPort, 'a1105.kingcdn.com', 500)
    await stream.run(1_000)
    await redis.kill()
    const storeUp = async () => (await server.status()).store.up
    await stream.run(6_000)
    expect(await storeUp()).toBe(false)
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toMatch(/^kingcdn_store_up(\{[^}]*\})? 0$/m)
    const result = await stream.stop()
    expect(result.sent).toBeGreaterThan(3_000)
    expect({ lost: result.lost, changed: result.changed }).toEqual({ lost: 0, changed: 0 })
    expect(await chosen()).toBe('nrt-ix')
    expect(server.output().match(/store is away/g)).toHaveLength(1)

    await redis.restart()
    await until('the store to be up again', storeUp, 10_000)
    await until('it to lead again', async () => (await server.status()).leader.self, 10_000)
    // It came back empty: what the operator wants was written again by who knew of it.
    expect(await redis.command('HGET', 'kingcdn:{fleet}:intents', drained)).toContain('"percent":30')
    expect((await server.status()).clusters.find(({ id }) => id === drained)).toMatchObject({ drained: 30 })
    writeFileSync(file, rows('icn-kt', 'nrt-ix'))
    expect((await kingcdn('rtt', 'import', file, '-c', server.configFile)).code).toBe(0)
    await until('it to take up what is new', async () => (await chosen()) === 'icn-kt', 5_000)
  }, 60_000)

  it('starts and answers with no Redis at all', async () => {
    redis = await startRedis()
    await redis.kill()
    const server = await start('ns1')
    expect((await server.status()).store.up).toBe(false)
    expect(clusterOf(rdataOf(await server.dig('a1105.kingcdn.com', 'A', '+subnet=168.126.63.0/24'), 'A'))).toBe(
      'icn-kt',
    )
  })
})
