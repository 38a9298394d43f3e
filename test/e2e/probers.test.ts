import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { clusterOf } from '../fixture/deployment.ts'
import { rdataOf } from '../fixture/dig.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

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

  const chosen = async () =>
    clusterOf(rdataOf(await server!.dig('a1105.kingcdn.com', 'A', '+subnet=168.126.63.0/24'), 'A'))

  it.each(['memory', 'redis'])(
    'measure different delays, and the answer follows (%s store)',
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
      await until('Seoul to come home', async () => (await chosen()) === 'icn-kt', 40_000, 250)
      for (const child of children) {
        const ended = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)))
        child.kill('SIGTERM')
        expect(await ended).toBe(0)
      }
    },
    90_000,
  )
})
