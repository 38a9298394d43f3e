import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { kingcdn } from '../fixture/cli.ts'
import { rdataOf } from '../fixture/dig.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const servers: Nameserver[] = []
let redis: RedisServer | undefined
afterEach(async () => {
  for (const server of servers.splice(0)) await discard(server)
  await redis?.stop()
  redis = undefined
})

async function start(edit: (config: Record<string, unknown>) => void = () => undefined) {
  const server = await startNameserver({
    edit: config => {
      config.rateLimit = { perSecond: 0 }
      edit(config)
    },
  })
  servers.push(server)
  return server
}

/** Asks for the CDN name as often as `asked` says, by what a query carries: a source address, or an ECS block. */
async function ask(server: Nameserver, asked: Readonly<Record<string, number>>): Promise<void> {
  const fixed = `@127.0.0.1 -p ${server.dnsPort} +tries=3 +time=3 +norecurse a1105.kingcdn.com A`
  const lines = Object.entries(asked).flatMap(([who, times]) => {
    const how = who.startsWith('127.') ? `-b ${who}` : `+subnet=${who}`
    return Array.from({ length: times }, () => `${fixed} ${how}`)
  })
  const file = join(server.folder, 'queries.txt')
  writeFileSync(file, `${lines.join('\n')}\n`)
  const { stdout } = await promisify(execFile)('dig', ['-f', file], { maxBuffer: 64 * 2 ** 20 })
  expect(stdout.match(/status: NOERROR/g)).toHaveLength(lines.length)
}

interface Demand {
  readonly qps: number
  readonly queries: number
  readonly rows: readonly { readonly prefix: string; readonly qps: number; readonly source: string }[]
}
const demandOf = async (server: Nameserver) => (await (await fetch(`${server.url}/v1/demand`)).json()) as Demand

describe.skipIf(missing('dig'))('demand', () => {
  it('is what was asked, by client block: of the ECS option, or of the resolver', async () => {
    const server = await start()
    const asked: Record<string, number> = {}
    for (let i = 0; i < 40; i++) asked[`127.0.${i}.${1 + i}`] = 1 + (i % 5)
    for (let i = 0; i < 20; i++) asked[`203.0.${i}.0/24`] = 1 + (i % 7)
    asked['2a00:1450:7::/56'] = 11
    await ask(server, asked)
    const { qps, queries, rows } = await demandOf(server)
    const all = Object.values(asked).reduce((sum, times) => sum + times, 0)
    expect(queries).toBeGreaterThanOrEqual(0.9 * all)
    const counted = Object.fromEntries(rows.map(row => [row.prefix, Math.round((row.qps / qps) * all)]))
    const expected = Object.entries(asked).map(([who, times]) => [
      who.includes('/') ? who : who.replace(/\.\d+$/, '.0/24'),
      times,
    ])
    expect(counted).toEqual(Object.fromEntries(expected))
    const { code, stdout } = await kingcdn('demand', 'export', '-c', server.configFile)
    expect(code).toBe(0)
    expect(stdout.split('\n')[0]).toBe('prefix,qps,source')
    expect(stdout).toMatch(/^127\.0\.39\.0\/24,[0-9.e-]+,counted$/m)
    expect(stdout.trim().split('\n')).toHaveLength(rows.length + 1)
  }, 30_000)

  it('reported: in force within seconds, shown by status, metrics and explain, and still there after kill -9', async () => {
    const server = await start()
    const file = join(server.folder, 'demand.csv')
    writeFileSync(file, 'prefix,qps\n168.126.63.0/24,900\n203.0.0.0/16,100\n')
    const imported = await kingcdn('demand', 'import', file, '--for', '2h', '-c', server.configFile)
    expect(imported).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('demand of 2 prefixes reported') as string,
    })
    const knows = async (which: Nameserver) => (await which.status()).demand.reported === 2
    await until('a map with that demand', () => knows(server), 10_000)
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(metrics).toMatch(/^kingcdn_demand_blocks\{.*source="reported".*\} 2$/m)
    expect((await kingcdn('status', '-c', server.configFile)).stdout).toMatch(
      /demand +2 blocks known \(2 reported\), 100 %/,
    )
    const explained = async (client: string) =>
      JSON.parse(
        (await kingcdn('explain', 'a1105.kingcdn.com', '--client', client, '--live', '--json', '-c', server.configFile))
          .stdout,
      ) as { demand?: number }
    await until('the map to be served', async () => (await explained('168.126.63.0/24')).demand !== undefined, 10_000)
    const [heavy, light, unknown] = await Promise.all(['168.126.63.0/24', '203.0.7.0/24', '8.8.8.0/24'].map(explained))
    expect(heavy!.demand! / light!.demand!).toBeCloseTo(9 * 256, -2)
    expect(unknown!.demand).toBeUndefined()

    await server.kill('SIGKILL')
    const { folder, dnsPort, httpPort } = server
    const again = await startNameserver({ folder, dnsPort, httpPort })
    servers.splice(0, 1, again)
    await until('the same demand', () => knows(again), 10_000)
    expect(again.output(), 'nothing is new').not.toContain('demand: ')
    expect((await kingcdn('demand', 'withdraw', '-c', server.configFile)).code).toBe(0)
  }, 60_000)

  it('that is badly reported changes nothing, and every fault has its line', async () => {
    const server = await start()
    const file = join(server.folder, 'demand.csv')
    writeFileSync(file, 'prefix,qps\n1.0.0.0/24,1\n1.2.3.0/25,1\n2.0.0.0/24,-3\n3.0.0.0/8,1\n3.4.5.0/24,1\n')
    const { code, stderr } = await kingcdn('demand', 'import', file, '-c', server.configFile)
    expect(code).toBe(1)
    expect(stderr).toContain(`${file}:3: `)
    expect(stderr).toMatch(/:4: .*"-3" is not a rate from 0 to 1e15/)
    expect(stderr).toMatch(/:6: .*3\.4\.5\.0\/24 overlaps 3\.0\.0\.0\/8 of line 5/)
    writeFileSync(file, 'prefix,qps\n')
    expect((await kingcdn('demand', 'import', file, '-c', server.configFile)).stderr).toContain('demand of nobody')
    expect((await demandOf(server)).rows).toEqual([])
  }, 30_000)
})

describe.skipIf(missing('dig', 'redis-server'))('two nameservers on one Redis', () => {
  it('compile the same map from the demand of both and what is reported', async () => {
    redis = await startRedis()
    const [a, b] = [await start(onRedis('ns1')), await start(onRedis('ns2'))]
    await ask(a, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`20.${i}.0.0/24`, 1 + (i % 3)])))
    await ask(b, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`20.${i + 10}.0.0/24`, 2])))
    const counted = async () => Promise.all([a, b].map(async server => (await demandOf(server)).rows.length))
    await until(
      'each to know what the other has counted',
      async () => (await counted()).every(rows => rows === 30),
      30_000,
    )
    const file = join(a.folder, 'demand.csv')
    const rows = Array.from(
      { length: 200 },
      (_, i) => `${60 + (i >> 3)}.${(i & 7) * 32}.0.0/13,${1 + ((i * 37) % 101)}`,
    )
    writeFileSync(file, `prefix,qps\n${rows.join('\n')}\n`)
    expect((await kingcdn('demand', 'import', file, '-c', b.configFile)).code).toBe(0)
    const seen = async () => Promise.all([a, b].map(server => server.status()))
    await until(
      'both to have the same demand, of both and reported',
      async () => {
        const [one, two] = (await seen()).map(({ demand }) => demand)
        return one!.reported === 200 && one!.blocks === 230 && two!.at === one!.at ? true : null
      },
      10_000,
    )
    const map = async () =>
      (await seen()).map(({ snapshot: { ranges, rows: count, coarse } }) => ({ ranges, rows: count, coarse }))
    await until(
      'both maps to be compiled from it',
      async () => {
        const [one, two] = await map()
        return !one!.coarse && !two!.coarse && one!.rows === two!.rows && one!.ranges === two!.ranges ? true : null
      },
      20_000,
    )
    // Half of a cluster's blocks turned away: which ones is where maps would differ.
    const answers = (server: Nameserver) =>
      Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          const reply = await server.dig('a1105.kingcdn.com', 'A', `+subnet=${60 + (i >> 1)}.${(i & 1) * 77}.9.0/24`)
          return [reply.scope, ...rdataOf(reply, 'A')].join(' ')
        }),
      )
    expect(await answers(a)).toEqual(await answers(b))
  }, 150_000)

  const onRedis = (node: string) => (config: Record<string, unknown>) => {
    config.node = node
    config.store = redis!.url
  }
})
