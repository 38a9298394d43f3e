import type { ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadLibc } from '../../src/listen/linux/libc.ts'
import { kingcdn } from '../fixture/cli.ts'
import { buildQuery, parseMessage } from '../fixture/message.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { canOpenNetwork, type Network, openNetwork } from '../fixture/network.ts'
import { freePort } from '../fixture/ports.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const PROGRAM = join(REPOSITORY, 'bin/kingcdn.js')
const batched = loadLibc().kind === 'loaded'
let server: Nameserver | undefined
let network: Network | undefined
let inside: ChildProcess | undefined
afterEach(async () => {
  await discard(server)
  inside?.kill('SIGKILL')
  await network?.stop()
  inside = undefined
  server = undefined
  network = undefined
})

const queryWorkers = async () => (await server!.status()).workers.filter(({ role }) => role === 'query')

/** One query from each of so many source ports; the number of right answers. */
async function askFrom(ports: number): Promise<number> {
  const query = buildQuery({ name: 'www.netcinema.com' })
  const asking = Array.from({ length: ports }, async () => {
    const socket = createSocket('udp4')
    socket.send(query, server!.dnsPort, '127.0.0.1')
    const [reply] = (await once(socket, 'message')) as [Buffer]
    socket.close()
    return parseMessage(reply).answer.length
  })
  return (await Promise.all(asking)).filter(records => records > 0).length
}

describe.skipIf(!batched)('batched UDP', () => {
  it('is what a start takes by itself: status says so, with the memory of each worker', async () => {
    server = await startNameserver({ edit: config => Object.assign(config, { workers: 1 }) })
    expect((await server.status()).listen).toMatchObject({
      udp: [`127.0.0.1:${server.dnsPort}`],
      transport: expect.stringMatching(/^recvmmsg and sendmmsg, one query worker of \d+ cores?$/),
    })
    const { stdout } = await kingcdn('status', '-c', server.configFile)
    expect(stdout).toMatch(/recvmmsg and sendmmsg/)
    await until('every worker to have told its memory', async () =>
      (await server!.status()).workers.every(({ memory }) => memory.heapUsed > 0 && memory.heapTotal > memory.heapUsed),
    )
    expect(await askFrom(20)).toBe(20)
  })

  it('three workers share the port, all of them answer, and all of them take a reload', async () => {
    server = await startNameserver({ edit: config => Object.assign(config, { workers: 3 }) })
    expect(await queryWorkers()).toHaveLength(3)
    expect(await askFrom(150)).toBe(150)
    const counted = (await queryWorkers()).map(({ counters }) => counters!.scalars.queriesUdp)
    expect(counted.reduce((sum, each) => sum + each)).toBe(150)
    expect(Math.min(...counted)).toBeGreaterThan(10)
    const before = (await server.status()).snapshot.generation
    expect(await kingcdn('reload', '-c', server.configFile)).toMatchObject({ code: 0 })
    const generations = (await queryWorkers()).map(({ generation }) => generation)
    expect(new Set(generations).size).toBe(1)
    expect(generations[0]).toBeGreaterThan(before)
    expect(await askFrom(30)).toBe(30)
  })

  it('a second instance on the same port is refused with the address, and takes no query from the first', async () => {
    server = await startNameserver({ edit: config => Object.assign(config, { workers: 2 }) })
    const second = await startNameserver({
      dnsPort: server.dnsPort,
      dontWait: true,
      edit: config => Object.assign(config, { workers: 2 }),
    })
    try {
      const [code] = (await once(second.process, 'exit')) as [number]
      expect(code).toBe(1)
      expect(second.output()).toContain(`cannot listen on udp 127.0.0.1:${server.dnsPort} (EADDRINUSE)`)
      expect(await askFrom(50)).toBe(50)
    } finally {
      await discard(second)
    }
  })

  it('listens on a wildcard and an address that is written beside it', async () => {
    const dnsPort = await freePort()
    const dns = [`0.0.0.0:${dnsPort}`, `127.0.0.1:${dnsPort}`]
    server = await startNameserver({ dnsPort, edit: config => Object.assign(config.listen as object, { dns }) })
    expect(await askFrom(5)).toBe(5)
    expect((await server.dig('www.netcinema.com', '+tcp')).answer).not.toHaveLength(0)
    expect((await server.status()).listen.udp.filter(address => address.startsWith('127.0.0.1:'))).toHaveLength(1)
  })

  it('SIGTERM ends it in good order, idle or not', async () => {
    server = await startNameserver({ edit: config => Object.assign(config, { workers: 2 }) })
    expect(await askFrom(5)).toBe(5)
    expect(await server.stop()).toBe(0)
    expect(server.output()).toContain('stopped')
  })
})

describe('node:dgram', () => {
  const portable = (config: Record<string, unknown>) =>
    Object.assign(config, { workers: 3, udp: { transport: 'dgram' } })

  it('serves where it is asked for, with one worker, and says so', async () => {
    server = await startNameserver({ edit: portable })
    expect(await queryWorkers()).toHaveLength(1)
    expect((await server.status()).listen.transport).toMatch(
      /^node:dgram, one query worker of \d+ cores? \(udp.transport: dgram\)$/,
    )
    expect(server.output()).toContain(
      'workers: 3: node:dgram shares no UDP port between threads; one query worker answers',
    )
    expect(await askFrom(50)).toBe(50)
    expect(await server.stop()).toBe(0)
  })
})

describe.skipIf(missing('dig') || !canOpenNetwork())('in a network of its own', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kingcdn-udp-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const HOSTS = ['127.0.0.1', '10.53.0.1', '10.53.0.2', '2001:db8:53::1']

  async function start(listen: string[], more: object = {}): Promise<string> {
    const config = join(folder, 'kingcdn.yaml')
    writeFileSync(
      join(folder, 'shop.zone'),
      '$ORIGIN shop.test.\n$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 10.53.0.1\n',
    )
    writeFileSync(
      config,
      `listen: ${JSON.stringify({ dns: listen, http: '127.0.0.1:9153', ...more })}
zones: [{ file: shop.zone }]
state: ./var
workers: 1
`,
    )
    const program = network!.spawn(process.execPath, [PROGRAM, 'serve', '-c', config])
    inside = program
    let said = ''
    program.stdout!.on('data', chunk => {
      said += String(chunk)
    })
    program.stderr!.on('data', chunk => {
      said += String(chunk)
    })
    await until('the nameserver inside to be ready', () => {
      if (program.exitCode !== null) throw new Error(said)
      return said.includes(' is ready')
    })
    return config
  }
  const ask = (host: string, ...more: string[]) =>
    network!.run('dig', [`@${host}`, '+norec', '+time=2', '+tries=2', '+short', 'ns.shop.test', 'A', ...more])

  it('wildcards stand for every address of the machine, and each answers as itself', async () => {
    network = await openNetwork(HOSTS.slice(1))
    const config = await start(['0.0.0.0:53', '[::]:53'])
    // dig takes no answer from another address than it asked.
    for (const host of [...HOSTS, '::1']) expect(await ask(host), host).toEqual({ code: 0, text: '10.53.0.1\n' })
    for (const host of HOSTS) expect(await ask(host, '+tcp'), host).toEqual({ code: 0, text: '10.53.0.1\n' })
    const { text } = await network.run(process.execPath, [PROGRAM, ...['status', '--json', '-c', config]])
    const { listen } = JSON.parse(text) as { listen: { dns: string[]; udp: string[] } }
    expect(listen.dns).toEqual(['0.0.0.0:53', '[::]:53'])
    expect([...listen.udp].sort()).toEqual(
      [...HOSTS, '::1'].map(host => (host.includes(':') ? `[${host}]:53` : `${host}:53`)).sort(),
    )
  })

  it.skipIf(!batched)(
    'freebind: an address that comes later is answered over UDP and TCP from the moment it is there',
    async () => {
      network = await openNetwork(['10.53.0.1'])
      await start(['10.53.0.1:53', '10.53.0.77:53', '[2001:db8:53::77]:53'], { freebind: true })
      expect((await ask('10.53.0.1')).text).toBe('10.53.0.1\n')
      await network.run('ip', ['address', 'add', '10.53.0.77/32', 'dev', 'lo'])
      await network.run('ip', ['address', 'add', '2001:db8:53::77/128', 'dev', 'lo', 'nodad'])
      for (const host of ['10.53.0.77', '2001:db8:53::77'])
        for (const transport of ['+notcp', '+tcp'])
          expect(await ask(host, transport), host).toEqual({ code: 0, text: '10.53.0.1\n' })
    },
  )
})
