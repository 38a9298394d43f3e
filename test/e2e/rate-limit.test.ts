import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { RrType } from '../../src/wire/rdata/type.ts'
import { kingcdn } from '../fixture/cli.ts'
import { rdataOf } from '../fixture/dig.ts'
import { seriesValue } from '../fixture/exposition.ts'
import type { ParsedMessage } from '../fixture/message.ts'
import { discard, type Nameserver, REPOSITORY, startNameserver } from '../fixture/nameserver.ts'
import { missing } from '../fixture/tools.ts'
import { UdpClient } from '../fixture/udp-client.ts'
import { until } from '../fixture/until.ts'

const WWW = { name: 'www.netcinema.com' }
const PER_SECOND = 20
const bash = async (command: string) => (await promisify(execFile)('bash', ['-c', command])).stdout

const isWhole = (reply: ParsedMessage) => !reply.tc && reply.answer.length > 0
const isSlipped = (reply: ParsedMessage) => reply.tc && reply.answer.length === 0

describe.skipIf(missing('dig'))('response rate limiting over real sockets', () => {
  let server: Nameserver
  const clients: UdpClient[] = []
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await discard(server)
  })

  /** One worker, whose accounts are all there are. */
  async function start(rateLimit: object | undefined): Promise<void> {
    server = await startNameserver({
      edit: config => {
        config.workers = 1
        if (rateLimit !== undefined) config.rateLimit = rateLimit
      },
    })
  }
  async function clientAt(address: string): Promise<UdpClient> {
    const client = await UdpClient.at(address, server.dnsPort)
    clients.push(client)
    return client
  }
  const counted = async (action: string) => {
    const text = await (await fetch(`${server.url}/metrics`)).text()
    return seriesValue(text, 'kingcdn_rate_limited_responses_total', { action })
  }
  /** Replies to a burst, and the most that the account can have let through in the time it took. */
  async function burst(client: UdpClient, count: number) {
    const began = Date.now()
    const replies = await client.askEach(count, () => WWW)
    const most = PER_SECOND * (1 + (Date.now() - began + 1) / 1_000)
    return { whole: replies.filter(isWhole).length, slipped: replies.filter(isSlipped).length, most }
  }
  async function reload(rateLimit: object, others: object = {}): Promise<void> {
    const config = parse(readFileSync(server.configFile, 'utf8')) as Record<string, unknown>
    writeFileSync(server.configFile, stringify({ ...config, ...others, rateLimit }))
    expect(await kingcdn('reload', '-c', server.configFile)).toMatchObject({ code: 0 })
  }

  it('slips what is over the rate to one block; another block is not touched; metrics and log tell', async () => {
    await start({ perSecond: PER_SECOND, exempt: [] })
    const [loud, same, neighbour] = [
      await clientAt('127.0.0.5'),
      await clientAt('127.0.0.77'),
      await clientAt('127.0.1.5'),
    ]
    const { whole, slipped, most } = await burst(loud, 400)
    expect(whole).toBeGreaterThanOrEqual(PER_SECOND)
    expect(whole).toBeLessThanOrEqual(most)
    expect(whole + slipped).toBe(400)
    expect(isSlipped(await same.ask(WWW))).toBe(true)
    expect(isWhole(await neighbour.ask(WWW))).toBe(true)
    expect(isWhole(await loud.ask({ name: 'mail.netcinema.com' }))).toBe(true)
    expect(await counted('slipped')).toBe(slipped + 1)
    expect(await counted('dropped')).toBe(0)
    expect(await counted('spared')).toBe(0)
    const notes = server
      .output()
      .split('\n')
      .filter(line => line.includes('rate limit: '))
    expect(notes).toHaveLength(1)
    expect(notes[0]).toContain(
      'truncated 1 responses since the last such note; now to 127.0.0.0/24: answer, www.netcinema.com.',
    )
  })

  it('drops with slip 0: silence, and the next name is answered', async () => {
    await start({ perSecond: PER_SECOND, slip: 0, exempt: [] })
    const client = await clientAt('127.0.0.5')
    const began = Date.now()
    let replies = 0
    for (let i = 0; i < 300; i++) client.send(WWW, () => replies++)
    // Datagrams between two sockets stay in order: when this one is answered, so is everything before it that ever will be.
    await client.ask({ name: 'mail.netcinema.com' })
    const most = PER_SECOND * (1 + (Date.now() - began + 1) / 1_000)
    expect(replies).toBeGreaterThanOrEqual(PER_SECOND)
    expect(replies).toBeLessThanOrEqual(most)
    expect(await counted('dropped')).toBe(300 - replies)
  })

  it('dig comes back over TCP after a truncated reply and has its answer; a good cookie exempts it', async () => {
    await start({ perSecond: PER_SECOND, exempt: [] })
    await burst(await clientAt('127.0.0.5'), 400)
    const cut = await server.dig('www.netcinema.com', 'A', '+ignore')
    expect(cut.flags).toContain('tc')
    expect(cut.answer).toEqual([])
    const whole = await server.dig('www.netcinema.com', 'A')
    expect(whole.text).toContain('Truncated, retrying in TCP mode')
    expect(rdataOf(whole, 'A')).toEqual(['198.51.100.210'])
    // dig asks with a cookie by itself; the reply, cut as it is, brings the server's.
    const first = await server.dig('www.netcinema.com', 'A', '+cookie', '+ignore')
    expect(first.flags).toContain('tc')
    const cookie = /COOKIE: ([0-9a-f]{48}) \(good\)/.exec(first.text)?.[1]
    expect(cookie, first.text).toBeDefined()
    for (let i = 0; i < 3; i++) {
      // A cookie is made of the client's part as well: dig sends the 24 octets as they are.
      const known = await server.dig('www.netcinema.com', 'A', `+cookie=${cookie}`, '+ignore')
      expect(known.flags).not.toContain('tc')
      expect(rdataOf(known, 'A')).toEqual(['198.51.100.210'])
    }
    expect((await server.dig('www.netcinema.com', 'A', '+ignore')).flags).toContain('tc')
  })

  it('a dry run counts and answers everything', async () => {
    await start({ perSecond: PER_SECOND, exempt: [], dryRun: true })
    const { whole, most } = await burst(await clientAt('127.0.0.5'), 300)
    expect(whole).toBe(300)
    const spared = (await counted('spared'))!
    expect(spared).toBeLessThanOrEqual(300 - PER_SECOND)
    expect(spared).toBeGreaterThanOrEqual(300 - most)
    expect((await counted('slipped'))! + (await counted('dropped'))!).toBe(0)
    expect(server.output()).toContain('rate limit: would have dropped')
  })

  it('is on by default, with loopback exempt', async () => {
    await start(undefined)
    expect(await burst(await clientAt('127.0.0.5'), 1_000)).toMatchObject({ whole: 1_000, slipped: 0 })
    expect(await counted('slipped')).toBe(0)
    await reload({ exempt: ['::1'] })
    const replies = await (await clientAt('127.0.0.5')).askEach(2_000, () => WWW)
    expect(replies.filter(isSlipped).length).toBeGreaterThan(0)
  })

  it('a reload changes the limit at once, both ways', async () => {
    await start({ perSecond: 0 })
    const client = await clientAt('127.0.0.5')
    expect(await burst(client, 200)).toMatchObject({ whole: 200 })
    await reload({ perSecond: PER_SECOND, exempt: ['127.0.1.0/24'] })
    const limited = await burst(client, 400)
    expect(limited.whole).toBeLessThanOrEqual(limited.most)
    expect(limited.slipped).toBeGreaterThan(0)
    expect(await burst(await clientAt('127.0.1.5'), 200)).toMatchObject({ whole: 200 })
    await reload({ perSecond: 0 })
    expect(await burst(client, 200)).toMatchObject({ whole: 200 })
  })

  it('a reload that changes something else keeps the accounts', async () => {
    const settings = { perSecond: PER_SECOND, exempt: [] }
    await start(settings)
    const client = await clientAt('127.0.0.5')
    await burst(client, 400)
    await reload(settings, { chaos: { version: 'changed' } })
    const version = () => server.dig('version.bind', 'TXT', 'CH', '+ignore')
    await until('the other change', async () => rdataOf(await version(), 'TXT').includes('"changed"'))
    expect(isSlipped(await client.ask(WWW))).toBe(true)
  })

  it('random names of a wildcard, and names that do not exist, are one account each', async () => {
    await start({ perSecond: PER_SECOND, exempt: [] })
    const client = await clientAt('127.0.0.5')
    for (const parent of ['preview.netcinema.com', 'netcinema.com']) {
      const began = Date.now()
      const replies = await client.askEach(400, i => ({ name: `r${i}.${parent}`, type: RrType.A }))
      const slipped = replies.filter(reply => reply.tc && reply.answer.length + reply.authority.length === 0).length
      expect(400 - slipped, parent).toBeGreaterThanOrEqual(PER_SECOND)
      expect(400 - slipped, parent).toBeLessThanOrEqual(PER_SECOND * (1 + (Date.now() - began + 1) / 1_000))
    }
  })

  it('the commands of docs/rate-limiting.md print what it shows', async () => {
    const page = readFileSync(join(REPOSITORY, 'docs/rate-limiting.md'), 'utf8')
    await start({ perSecond: PER_SECOND, exempt: [] })
    await burst(await clientAt('127.0.0.5'), 400)
    const steps = page
      .match(/```console\n([\s\S]*?)```/)![1]!
      .split(/^\$ /m)
      .slice(1)
    expect(steps).toHaveLength(2)
    for (const step of steps) {
      const [command = '', ...shown] = step.trimEnd().split('\n')
      const printed = await bash(command.replace('-p 5300', `-p ${server.dnsPort}`))
      const lines = printed
        .trimEnd()
        .split('\n')
        .map(line => line.replace(/\s+/g, ' '))
      expect(lines, command).toEqual(shown)
    }
  })
})
