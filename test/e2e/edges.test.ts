import { spawn } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { kingcdn } from '../fixture/cli.ts'
import { follow, stepsOf } from '../fixture/console-steps.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { type Nginx, startNginx } from '../fixture/nginx.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const FOLDER = join(REPOSITORY, 'examples/edge-reporter')
const REPORTER = join(FOLDER, 'edge-reporter.mjs')
const PAGE = readFileSync(join(REPOSITORY, 'docs/edges.md'), 'utf8')
const README = readFileSync(join(FOLDER, 'README.md'), 'utf8')
const [LOG_FORMAT, LOCATION] = [...README.matchAll(/```nginx\n([\s\S]*?)```/g)].map(([, block]) => block!)

/** A network of the README's clients in loopback: nobody's servers are in it. */
const CLIENTS = '127.9.8.0/24'
const CLIENT = '127.9.8.7'

/** An edge: a real nginx, whose load KingCDN reads and whose clients' RTTs the reporter tells. */
describe.skipIf(missing('nginx', 'ss'))('an edge', () => {
  let nginx: Nginx
  let server: Nameserver
  const agents: Agent[] = []

  beforeAll(async () => {
    const format = LOG_FORMAT!.replace(/access_log.*\n/, '')
    nginx = await startNginx(format, LOCATION!.replace('192.0.2.53;', '127.0.0.1; allow ::1;'))
    server = await startNameserver({
      edit: config => {
        const clusters = config.clusters as Record<string, unknown>[]
        const load = { stubStatus: { url: `http://{ip}:${nginx.port}/nginx_status` }, interval: '1s', timeout: '900ms' }
        const servers = [
          { id: 'edge-1', ipv4: '127.0.0.1' },
          { id: 'edge-2', ipv6: '::1' },
        ]
        clusters[2] = { ...clusters[2], id: 'hkg-ix', capacity: '100conn', servers, load }
        config.passive = { networks: ['127.9.0.0/16'] }
      },
    })
  }, 60_000)
  afterAll(async () => {
    for (const agent of agents) agent.destroy()
    await discard(server)
    await nginx.stop()
  })

  /** A client at `address` that keeps its connection open; resolves with the body. */
  const ask = (address: string, agent = new Agent({ keepAlive: true })): Promise<string> => {
    agents.push(agent)
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: nginx.port, localAddress: address, agent }
      get(options, reply => {
        let body = ''
        reply.on('data', chunk => {
          body += chunk
        })
        reply.on('end', () => resolve(body))
      }).on('error', reject)
    })
  }
  /** Starts a reporter that reports once, and waits until it has begun to look. */
  const begin = async (...args: string[]) => {
    const all = ['--url', server.url, '--cluster', 'hkg-ix', '--interval', '1', '--once', ...args]
    const reporter = spawn(process.execPath, [REPORTER, ...all], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    reporter.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    const ended = new Promise<number | null>(done => reporter.once('close', done))
    await until('the reporter to begin', () => said.includes('every 1 s') || reporter.exitCode !== null)
    return async () => ({ code: await ended, said: said.split('\n').slice(1).join('\n') })
  }
  const rows = async () =>
    (await kingcdn('rtt', 'export', '-c', server.configFile)).stdout
      .split('\n')
      .filter(line => line.startsWith(CLIENTS))
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text()

  it('is served as docs/edges.md says: every command succeeds and prints what is shown', async () => {
    const steps = stepsOf(PAGE)
    expect(steps.length).toBeGreaterThanOrEqual(5)
    for (const step of steps) await follow(server, step, {})
  })

  it('finds in docs/edges.md configurations without a mistake, and metrics and options that exist', async () => {
    const blocks = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      ([, block]) => `zones: [{ file: a.zone }]\n${block}`,
    )
    expect(blocks).toHaveLength(2)
    const read = () => ({ kind: 'text', text: '' }) as const
    for (const block of blocks) expect(parseConfig(block, 'kingcdn.yaml', read).problems).toEqual([])
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    for (const [, name] of PAGE.matchAll(/`(kingcdn_[a-z_]+)/g)) expect(metrics).toContain(`# HELP ${name} `)
    const options = readFileSync(join(REPOSITORY, 'docs/options.md'), 'utf8')
    for (const [, key] of PAGE.matchAll(/`(passive\.[a-zA-Z]+)`/g)) expect(options).toContain(`\`${key}`)
  })

  it('shows its connections at stub_status, and the cluster carries what its servers do', async () => {
    for (let i = 0; i < 12; i++) expect(await ask(`127.9.8.${i + 20}`)).toBe('content\n')
    const load = async () => (await server.status()).clusters.find(({ id }) => id === 'hkg-ix')?.load
    // Both servers are this one nginx here, so each of the two has the twelve.
    await until('the load of both servers', async () => (await load()) === 0.24)
    const { pulled } = (await server.status()).edges
    expect(pulled).toMatchObject([{ cluster: 'hkg-ix', targets: 2, failing: 0, fault: null }])
    expect(await metrics()).toMatch(/kingcdn_load_pull_targets\{cluster="hkg-ix",state="ok",node="[^"]+"\} 2/)
  })

  it('tells the RTTs of its connections from the kernel', async () => {
    const end = await begin('--ss', '--special', '--ports', `${nginx.port}`)
    await ask(CLIENT)
    expect(await end()).toEqual({ code: 0, said: '' })
    await until('the row', async () => (await rows()).length === 1, 3_000)
    const [row] = await rows()
    const [prefix, cluster, rtt, loss] = row!.split(',')
    expect([prefix, cluster, loss]).toEqual([CLIENTS, 'hkg-ix', '0'])
    // Loopback takes tens of microseconds.
    expect(Number(rtt)).toBeGreaterThan(0)
    expect(Number(rtt)).toBeLessThan(10)
  })

  it('tells them from the access log of nginx, over a rotation', async () => {
    const accepted = async () =>
      (await server.status()).edges.passive.find(({ cluster }) => cluster === 'hkg-ix')?.samples.accepted ?? 0
    const before = await accepted()
    const end = await begin('--log', nginx.log, '--special')
    await ask(CLIENT)
    expect(readFileSync(nginx.log, 'latin1')).toMatch(/^127\.9\.8\.7 \d+ [1-9]\d*$/m)
    renameSync(nginx.log, `${nginx.log}.1`)
    writeFileSync(nginx.log, `${CLIENT} 999 250\n`)
    expect(await end()).toEqual({ code: 0, said: '' })
    expect(await accepted()).toBe(before + 1)
  })

  it('reports nobody of a special-purpose network unless it is told to, and KingCDN takes none that it does not know', async () => {
    const special = async () =>
      (await server.status()).edges.passive.find(({ cluster }) => cluster === 'hkg-ix')?.samples.special ?? 0
    const before = await special()
    const ss = ['--ss', '--ports', `${nginx.port}`]
    const ends = await Promise.all([begin(...ss), begin(...ss, '--special')])
    await ask('127.77.1.1')
    for (const end of ends) expect(await end()).toEqual({ code: 0, said: '' })
    expect(await special()).toBe(before + 1)
    expect((await kingcdn('rtt', 'export', '-c', server.configFile)).stdout).not.toContain('127.77')
  })

  it('that reports of a cluster which is not there, or to nobody, says so and fails', async () => {
    writeFileSync(nginx.log, '')
    const end = await begin('--log', nginx.log, '--special', '--cluster', 'nowhere')
    writeFileSync(nginx.log, `${CLIENT} 7 250\n`, { flag: 'a' })
    expect(await end()).toMatchObject({ code: 1, said: expect.stringContaining('says 404') as string })
  })

  it('has its row in status, too', async () => {
    await until('the row in status', async () => (await server.status()).rtt.rows > 0)
  })

  it('nonsense is refused, counted and told once in the log', async () => {
    for (let i = 0; i < 3; i++) {
      const reply = await server.post('/v1/clusters/hkg-ix/rtt', { samples: [{ client: CLIENT, rtt_ms: -1 }] })
      expect(reply.status).toBe(400)
    }
    expect(await metrics()).toMatch(
      /kingcdn_passive_samples_total\{cluster="hkg-ix",verdict="refused",node="[^"]+"\} 3/,
    )
    expect(server.output().split('RTTs that 127.0.0.1 reports of hkg-ix are not taken').length - 1).toBe(1)
    expect(server.output()).not.toContain('/v1/clusters/hkg-ix/rtt')
  })

  it('that stops is named, and its load stands still', async () => {
    await nginx.stop()
    const pulled = async () => (await server.status()).edges.pulled[0]!
    const refused = /^edge-[12] \(http:\/\/.+\/nginx_status\) refuses the connection$/
    await until('both addresses to fail', async () => {
      const { failing, fault } = await pulled()
      return failing === 2 && refused.test(fault ?? '')
    })
    expect(server.output()).toContain('load of hkg-ix cannot be read: edge-1')
    const cluster = (await server.status()).clusters.find(({ id }) => id === 'hkg-ix')
    expect(cluster?.load).toBeGreaterThan(0)
  })
})
