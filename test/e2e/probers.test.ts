import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { kingcdn } from '../fixture/cli.ts'
import { clusterOf } from '../fixture/deployment.ts'
import { rdataOf } from '../fixture/dig.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const SEOUL = '+subnet=168.126.63.0/24'

describe.skipIf(missing('dig', 'redis-server'))('two probers', () => {
  let server: Nameserver | undefined
  let redis: RedisServer | undefined
  const children: ChildProcess[] = []
  const responders: Responder[] = []
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    for (const responder of responders.splice(0)) responder.close()
    await discard(server)
    await redis?.stop()
    redis = undefined
  })

  /** Answers every query after `delayMs`, which the test may change. */
  class Responder {
    delayMs: number
    readonly #socket: Socket = createSocket('udp4')
    #open = true
    constructor(delayMs: number) {
      this.delayMs = delayMs
      this.#socket.on('message', (query, from) => {
        const reply = Buffer.from(query)
        reply[2] = 0x80
        reply[3] = 5
        setTimeout(() => this.#open && this.#socket.send(reply, from.port, from.address), this.delayMs)
      })
    }
    listen(): Promise<number> {
      return new Promise(resolve => this.#socket.bind(0, '127.0.0.1', () => resolve(this.#socket.address().port)))
    }
    close(): void {
      this.#open = false
      this.#socket.close()
    }
  }

  async function prober(cluster: string, delayMs: number): Promise<Responder> {
    const responder = new Responder(delayMs)
    responders.push(responder)
    const port = await responder.listen()
    const targets = join(server!.folder, `${cluster}.targets`)
    writeFileSync(targets, `127.0.0.1:${port} 168.126.63.0/24\n`)
    const args = ['probe', '--cluster', cluster, '--targets', targets, '-c', server!.configFile]
    const child = spawn(process.execPath, [join(REPOSITORY, 'bin/kingcdn.js'), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    children.push(child)
    return responder
  }

  /** An answer without an address is a failure that says what came instead. */
  async function chosen(): Promise<string> {
    const reply = await server!.dig('a1105.kingcdn.com', 'A', SEOUL)
    const addresses = rdataOf(reply, 'A')
    if (addresses.length === 0) throw new Error(`no address: ${reply.status}\n${reply.text}\n${server!.output()}`)
    return clusterOf(addresses)
  }

  async function reason(): Promise<string> {
    const args = ['explain', 'a1105.kingcdn.com', '--client', '168.126.63.0/24', '--live', '--json']
    const explained = await kingcdn(...args, '-c', server!.configFile)
    return (JSON.parse(explained.stdout) as { reason: string }).reason
  }

  async function imported(row: string): Promise<void> {
    const file = join(server!.folder, 'operator.csv')
    writeFileSync(file, `prefix,cluster,rtt_ms,loss,measured_at\n${row}\n`)
    expect(await kingcdn('rtt', 'import', file, '-c', server!.configFile)).toMatchObject({ code: 0 })
  }

  it.each(['memory', 'redis'])(
    'measure different delays: the first are followed at once, later ones are held back, an import is not (%s store)',
    async store => {
      if (store === 'redis') redis = await startRedis()
      server = await startNameserver({
        edit: config => {
          config.store = redis?.url ?? 'memory'
          config.probe = { interval: '1s', timeout: '1s', methods: ['dns'] }
        },
      })
      expect(await chosen()).toBe('icn-kt')
      const tokyo = await prober('nrt-ix', 3)
      const seoul = await prober('icn-kt', 150)
      await until('Seoul to follow the measurements to Tokyo', async () => (await chosen()) === 'nrt-ix', 25_000, 250)
      expect((await server.status()).rtt).toMatchObject({ prefixes: 1, rows: 2 })
      tokyo.delayMs = 300
      seoul.delayMs = 3
      const kept = /^kept: icn-kt wins by [\d.]+ ms, for less than 3 scorings$/
      await until('the new delays to be counted', async () => kept.test(await reason()), 40_000, 250)
      expect(await chosen()).toBe('nrt-ix')
      for (const child of children) {
        const ended = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)))
        child.kill('SIGTERM')
        expect(await ended).toBe(0)
      }
      await imported(`168.126.63.0/24,icn-kt,3,0,${new Date().toISOString()}`)
      await until('the import to bring Seoul home', async () => (await chosen()) === 'icn-kt', 5_000)
    },
    90_000,
  )
})
