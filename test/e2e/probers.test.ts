import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { kingcdn } from '../fixture/cli.ts'
import { clusterOf } from '../fixture/deployment.ts'
import { rdataOf } from '../fixture/dig.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { freePort } from '../fixture/ports.ts'
import { type ProberProcess, startProber } from '../fixture/prober-process.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { Responder } from '../fixture/responder.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const SEOUL = '+subnet=168.126.63.0/24'

interface World {
  readonly server: Nameserver
  readonly redis: RedisServer | null
}

/** A nameserver whose probers reach nothing but this machine; goes with the test. */
async function worldOf(
  store: string,
  edit: (config: Record<string, unknown>) => void = () => undefined,
): Promise<World> {
  const redis = store === 'redis' ? await startRedis() : null
  const server = await startNameserver({
    edit: config => {
      config.store = redis?.url ?? 'memory'
      config.probe = { interval: '1s', timeout: '1s', methods: ['dns'], specialPurpose: true }
      edit(config)
    },
  })
  onTestFinished(async () => {
    await discard(server)
    await redis?.stop()
  })
  return { server, redis }
}

/** A prober with a targets file: one responder that stands for a client block. */
async function proberOf({ server }: World, cluster: string, delayMs: number): Promise<ProberProcess> {
  const responder = await Responder.listen(delayMs)
  const targets = join(server.folder, `${cluster}.targets`)
  writeFileSync(targets, `127.0.0.1:${responder.port} 168.126.63.0/24\n`)
  return startProber(server.configFile, cluster, '--targets', targets)
}

/** An answer without an address is a failure that says what came instead. */
async function chosen({ server }: World): Promise<string> {
  const reply = await server.dig('a1105.kingcdn.com', 'A', SEOUL)
  const addresses = rdataOf(reply, 'A')
  if (addresses.length === 0) throw new Error(`no address: ${reply.status}\n${reply.text}\n${server.output()}`)
  return clusterOf(addresses)
}

async function reason({ server }: World): Promise<string> {
  const reply = await fetch(`${server.url}/v1/explain?name=a1105.kingcdn.com&client=168.126.63.0/24`)
  return ((await reply.json()) as { reason: string }).reason
}

async function imported({ server }: World, row: string): Promise<void> {
  const file = join(server.folder, 'operator.csv')
  writeFileSync(file, `prefix,cluster,rtt_ms,loss,measured_at\n${row}\n`)
  expect(await kingcdn('rtt', 'import', file, '-c', server.configFile)).toMatchObject({ code: 0 })
}

describe.skipIf(missing('dig', 'redis-server'))('probers of several clusters', () => {
  it('are followed at once, later delays are held back, an import is not (redis store)', async () => {
    const world = await worldOf('redis')
    expect(await chosen(world)).toBe('icn-kt')
    const first = [await proberOf(world, 'nrt-ix', 3), await proberOf(world, 'icn-kt', 150)]
    await until(
      'Seoul to follow the measurements to Tokyo',
      async () => (await chosen(world)) === 'nrt-ix',
      25_000,
      250,
    )
    expect((await world.server.status()).rtt).toMatchObject({ prefixes: 1, rows: 2, unknownCluster: 0 })
    for (const prober of first) expect(await prober.end('SIGTERM')).toBe(0)
    const later = [await proberOf(world, 'nrt-ix', 300), await proberOf(world, 'icn-kt', 3)]
    const kept = /^kept: icn-kt wins by [\d.]+ ms, for less than 3 scorings$/
    await until('the new delays to be counted', async () => kept.test(await reason(world)), 40_000, 250)
    expect(await chosen(world)).toBe('nrt-ix')
    for (const prober of later) expect(await prober.end('SIGTERM')).toBe(0)
    await imported(world, `168.126.63.0/24,icn-kt,3,0,${new Date().toISOString()}`)
    await until('the import to bring Seoul home', async () => (await chosen(world)) === 'icn-kt', 5_000)
  }, 90_000)

  it('measure the resolvers that ask, and each other, without being told', async () => {
    const resolver = '127.0.53.9'
    const [port, closed] = [await freePort(), await freePort()]
    const responder = await Responder.listen(20, resolver, port)
    const world = await worldOf('memory', config => {
      config.probe = { ...(config.probe as object), methods: ['dns', 'tcp'], port, optOut: ['127.0.53.10'] }
      // Their servers refuse, which is an answer; those of others are where nobody probes.
      const clusters = config.clusters as { id: string; servers: { id: string; ipv4?: string; ipv6?: string }[] }[]
      clusters.forEach((cluster, c) => {
        cluster.servers = [{ id: `${cluster.id}-1`, ipv4: `127.1.${c}.1` }]
        Object.assign(cluster, { health: { tcp: { port: closed } } })
      })
    })
    for (const source of [resolver, resolver, resolver, resolver, '127.0.53.10', '127.0.53.10', '127.0.53.10'])
      await world.server.dig('a1105.kingcdn.com', 'A', '-b', source)
    const prober = await startProber(world.server.configFile, 'icn-kt')
    const others = (await world.server.status()).clusters.length - 1
    await until('all of them to answer', async () => {
      const { answering, targets } = await prober.status()
      return targets.resolver === 1 && targets.mesh === others && answering === others + 1
    })
    expect((await prober.status()).leftOut['opted-out']).toBe(1)
    expect(responder.seen).toBeGreaterThan(0)
    await until('the rows', async () => (await world.server.status()).rtt.rows === others + 1)
    const { stdout } = await kingcdn('rtt', 'export', '-c', world.server.configFile)
    expect(Number(/^127\.0\.53\.0\/24,icn-kt,([\d.]+),/m.exec(stdout)?.[1])).toBeGreaterThan(19)
    expect(stdout).toMatch(/^127\.1\.1\.0\/24,icn-kt,/m)
    // It has said that it is there, and what it found, every second or two.
    expect(world.server.output()).not.toMatch(/\/v1\/(probers|rtt)/)
    expect(await (await fetch(`${prober.url}/metrics`)).text()).toMatch(
      /^kingcdn_probe_rows_total\{outcome="written",.*\} [1-9]/m,
    )
    expect(await prober.end('SIGTERM')).toBe(0)
  }, 60_000)
})

describe.skipIf(missing('redis-server'))('probers of one cluster', () => {
  it('share its targets, and one takes over what another leaves, however it ends', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kingcdn-probers-'))
    const redis = await startRedis()
    onTestFinished(async () => {
      await redis.stop()
      rmSync(folder, { recursive: true, force: true })
    })
    const responder = await Responder.listen(1)
    const targets = join(folder, 'resolvers.txt')
    const lines = Array.from({ length: 24 }, (_, i) => `127.0.0.1:${responder.port} 9.9.${i}.0/24`)
    writeFileSync(targets, `${lines.join('\n')}\n`)
    const config = join(folder, 'kingcdn.yaml')
    writeFileSync(config, soleCluster(redis.url))
    const start = (): Promise<ProberProcess> => startProber(config, 'icn-kt', '--targets', targets)
    const own = async (prober: ProberProcess): Promise<number> => {
      const { phase, targets } = await prober.status()
      return phase === 'probing' ? targets.file : 0
    }
    const first = await start()
    await until('the first to have all', async () => (await own(first)) === 24)
    const second = await start()
    expect((await second.status()).phase).not.toBe('probing')
    const bothShare = async () => {
      const shares = [await own(first), await own(second)] as const
      return shares[0] > 0 && shares[1] > 0 && shares[0] + shares[1] === 24
    }
    await until('both to have a share', bothShare, 20_000)
    await until(
      'rows of all',
      async () => (await redis.command('KEYS', 'kingcdn:rtt:*')).split('kingcdn:rtt:').length === 25,
    )
    await first.end('SIGKILL')
    await until('the second to have all', async () => (await own(second)) === 24, 20_000)
    expect(await second.end('SIGTERM')).toBe(0)
    expect(await redis.command('KEYS', 'kingcdn:{fleet}:probers:*')).not.toContain('icn-kt')
  }, 90_000)
})

const soleCluster = (store: string): string => `
store: ${store}
zones: [{ file: ${join(REPOSITORY, 'zones/kingcdn.com.zone')} }]
probe: { interval: 1s, timeout: 1s, methods: [dns], specialPurpose: true }
clusters:
  - id: icn-kt
    tier: exchange
    location: { lat: 37.57, lon: 126.98, country: KR }
    capacity: 40Gbps
    servers: [{ id: icn-kt-1, ipv4: 192.0.2.11 }]
services: []
`
