import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kingcdn } from '../fixture/cli.ts'
import { REPOSITORY } from '../fixture/nameserver.ts'
import { freePort } from '../fixture/ports.ts'
import { type RedisServer, redisCommand, startRedis } from '../fixture/redis-server.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'
import { Servers, V6 } from '../probe/health/servers.ts'

interface Wish {
  readonly store: string
  readonly servers: readonly string[]
  readonly health: string
  readonly more?: string
}

const configuration = ({ store, servers, health, more = '' }: Wish): string => `node: ns1
listen: { http: off }
store: ${store}
state: ./var
log: { level: info, format: text }
${more}
zones: [{ file: ${join(REPOSITORY, 'zones/kingcdn.com.zone')} }]
clusters:
  - id: icn-kt
    tier: core
    location: { lat: 37.57, lon: 126.98 }
    capacity: 40Gbps
    servers:
${servers.map(server => `      - ${server}`).join('\n')}
    health: ${health}
`

const S1 = '{ id: s1, ipv4: 127.0.0.1, ipv6: "::1" }'
const S2 = '{ id: s2, ipv4: 127.0.0.2 }'
const quick = (port: number): string =>
  `{ http: { path: /up, port: ${port} }, interval: 500ms, timeout: 400ms, rise: 2 }`

describe.skipIf(missing('redis-server'))('kingcdn monitor', () => {
  const servers = new Servers()
  let redis: RedisServer
  let folder = ''
  let file = ''
  const children: ChildProcess[] = []
  beforeEach(async () => {
    redis = await startRedis()
    folder = mkdtempSync(join(tmpdir(), 'kingcdn-monitor-'))
    file = join(folder, 'kingcdn.yaml')
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    servers.close()
    await redis.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  function run(...args: string[]): { process: ChildProcess; output(): string; exit: Promise<number | null> } {
    const child = spawn(process.execPath, [join(REPOSITORY, 'bin/kingcdn.js'), 'monitor', '-c', file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    })
    children.push(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', chunk => {
        output += String(chunk)
      })
    return { process: child, output: () => output, exit: once(child, 'exit').then(([code]) => code as number | null) }
  }

  /** What stands in Redis under the monitor's name, read without our store: `s1/4` -> `up`, or the cause. */
  async function held(name: string): Promise<Record<string, string>> {
    const reply = await redisCommand(redis.port, ['HGETALL', `kingcdn:{fleet}:health:${name}`])
    const words = reply.split('\r\n').filter((_, i) => i > 0 && i % 2 === 0)
    const pairs = words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1] ?? ''] as const] : []))
    const verdicts = pairs.filter(([field]) => field.includes('/'))
    return Object.fromEntries(verdicts.map(([field, value]) => [field, value.split(' ')[0]!]))
  }
  const holds = (name: string, wish: Record<string, string>) =>
    until(
      `${name} to hold ${JSON.stringify(wish)}`,
      async () => {
        const now = await held(name).catch(() => ({}))
        return JSON.stringify(Object.entries(now).sort()) === JSON.stringify(Object.entries(wish).sort())
      },
      15_000,
    )

  it('writes what it finds, reads its configuration anew on SIGHUP, and ends on SIGTERM', async () => {
    const port = await servers.http((query, reply) => reply.writeHead(query.url === '/up' ? 200 : 404).end())
    writeFileSync(file, configuration({ store: redis.url, servers: [S1, S2], health: quick(port) }))
    const monitor = run()
    await holds('ns1-monitor', { 's1/4': 'up', 's1/6': 'refused', 's2/4': 'refused' })
    expect(monitor.output()).toContain('monitor ns1-monitor; servers to check: 2, in clusters: 1')
    const onSix = await servers.http((_, reply) => reply.end(), V6)
    writeFileSync(file, configuration({ store: redis.url, servers: [S1], health: quick(onSix) }))
    monitor.process.kill('SIGHUP')
    await holds('ns1-monitor', { 's1/4': 'refused', 's1/6': 'up' })
    writeFileSync(file, 'clusters: 7\n')
    monitor.process.kill('SIGHUP')
    await until('a complaint', () => monitor.output().includes('the configuration is bad: checks go on as before'))
    monitor.process.kill('SIGTERM')
    expect(await monitor.exit).toBe(0)
    expect(await held('ns1-monitor')).toEqual({ 's1/4': 'refused', 's1/6': 'up' })
  })

  it('goes by the name that it is given; several are several voices', async () => {
    const port = await servers.http((_, reply) => reply.end())
    const more = 'monitor: { place: fra }'
    writeFileSync(file, configuration({ store: redis.url, servers: [S2], health: quick(port), more }))
    run('--name', 'fra-1')
    run('--name', 'fra-2')
    await holds('fra-1', { 's2/4': 'refused' })
    await holds('fra-2', { 's2/4': 'refused' })
    expect(await redisCommand(redis.port, ['HGET', 'kingcdn:{fleet}:health:fra-1', 'place'])).toContain('fra')
  })

  it('survives a store that is away, from the start and in between, and one that has forgotten everything', async () => {
    await redis.kill()
    const port = await servers.http((_, reply) => reply.end())
    writeFileSync(file, configuration({ store: redis.url, servers: [S1], health: quick(port) }))
    const monitor = run()
    await until('word that reports are not kept', () => monitor.output().includes('health reports are not kept'))
    await redis.restart()
    const found = { 's1/4': 'up', 's1/6': 'refused' }
    await holds('ns1-monitor', found)
    await redis.kill()
    await redis.restart()
    expect(await held('ns1-monitor')).toEqual({})
    await holds('ns1-monitor', found)
    await redisCommand(redis.port, ['FLUSHALL'])
    await holds('ns1-monitor', found)
    await redis.kill()
    monitor.process.kill('SIGTERM')
    expect(await monitor.exit).toBe(0)
  })

  it('ends while checks hang', async () => {
    const deaf = await servers.raw(() => undefined)
    const dns = await servers.udp(() => null)
    const health = `{ http: { port: ${deaf} }, dns: { port: ${dns}, name: . }, interval: 500ms, timeout: 60s }`
    writeFileSync(file, configuration({ store: redis.url, servers: [S1], health }))
    const monitor = run()
    await until('a report', async () =>
      (await redisCommand(redis.port, ['EXISTS', 'kingcdn:{fleet}:health:ns1-monitor'])).includes(':1'),
    )
    monitor.process.kill('SIGTERM')
    expect(await monitor.exit).toBe(0)
  })

  it('serve checks as well, under its own name, unless it is told not to', async () => {
    const port = await servers.http((_, reply) => reply.end())
    const dns = await freePort()
    const more = `listen: { dns: ["127.0.0.1:${dns}"], http: off }`
    const text = configuration({ store: redis.url, servers: [S1], health: quick(port) }).replace(
      'listen: { http: off }',
      more,
    )
    writeFileSync(file, text)
    const child = spawn(process.execPath, [join(REPOSITORY, 'bin/kingcdn.js'), 'serve', '-c', file], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    children.push(child)
    await until('the ready line', () => String(child.stdout?.read() ?? '').includes('is ready'), 30_000)
    await holds('ns1', { 's1/4': 'up', 's1/6': 'refused' })
    writeFileSync(file, text.replace('node: ns1', 'node: ns1\nmonitor: { enabled: false }'))
    child.kill('SIGHUP')
    const moment = () => redisCommand(redis.port, ['HGET', 'kingcdn:{fleet}:health:ns1', 'at'])
    await until(
      'silence',
      async () => {
        const before = await moment()
        await new Promise(done => setTimeout(done, 3_000))
        return (await moment()) === before
      },
      20_000,
    )
    child.kill('SIGTERM')
    expect((await once(child, 'exit'))[0]).toBe(0)
  }, 60_000)

  it.each([
    [
      'with the embedded store',
      'memory',
      quick(80),
      [],
      1,
      /`store: memory` lives inside `kingcdn serve`, which runs the checks itself/,
    ],
    [
      'of a file of authorities that is not there',
      'redis',
      '{ http: { tls: true, ca: no.pem } }',
      [],
      1,
      /kingcdn\.yaml:15:\d+: clusters\[0\]\.health\.http\.ca: .*no such file/,
    ],
    [
      'under a name that is none',
      'redis',
      quick(80),
      ['--name', 'a b'],
      2,
      /"a b" is no name of a monitor; 1 to 64 of/,
    ],
  ])('refuses to run %s', async (_, store, health, args, code, message) => {
    writeFileSync(file, configuration({ store: store === 'redis' ? redis.url : store, servers: [S1], health }))
    const result = await kingcdn('monitor', '-c', file, ...args)
    expect(result).toMatchObject({ code, stdout: '' })
    expect(result.stderr).toMatch(message)
  })

  it('refuses to run where nothing is to be checked', async () => {
    writeFileSync(file, configuration({ store: redis.url, servers: [S1], health: '' }).replace('    health: \n', ''))
    const { code, stderr } = await kingcdn('monitor', '-c', file)
    expect([code, stderr]).toEqual([1, `kingcdn: no cluster in ${file} has \`health\`: there is nothing to check\n`])
  })
})
