import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { kingcdn } from '../fixture/cli.ts'
import { discard, type Nameserver, type NameserverOptions, startNameserver } from '../fixture/nameserver.ts'
import { type RedisServer, startRedis } from '../fixture/redis-server.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const A = '00112233445566778899aabbccddeeff'
const B = 'ffeeddccbbaa99887766554433221100'

describe.skipIf(missing('dig', 'redis-server'))('cookies of real servers (RFC 7873, RFC 9018)', () => {
  const servers: Nameserver[] = []
  let redis: RedisServer | undefined
  afterEach(async () => {
    for (const server of servers.splice(0)) await discard(server)
    await redis?.stop()
    redis = undefined
  })

  const start = async (options: NameserverOptions) => {
    const server = await startNameserver(options)
    servers.push(server)
    return server
  }

  /** Client and server cookie that the server gives to a client with `cookie`, as hexadecimal digits. */
  const askFor = async (server: Nameserver, cookie: string): Promise<string> => {
    const { text } = await server.dig('kingcdn.com', 'SOA', `+cookie=${cookie}`)
    return /; COOKIE: ([0-9a-f]{48})/.exec(text)?.[1] ?? 'none'
  }
  const counted = async (server: Nameserver) => {
    const { workers } = await server.status()
    const sum = (key: 'cookiesGood' | 'cookiesBad') =>
      workers.reduce((all, { counters }) => all + (counters?.scalars[key] ?? 0), 0)
    return { good: sum('cookiesGood'), bad: sum('cookiesBad') }
  }
  /** True when the server takes the cookie for one of its own. */
  const accepts = async (server: Nameserver, cookie: string): Promise<boolean> => {
    const before = await counted(server)
    await askFor(server, cookie)
    const after = await counted(server)
    expect(after.good + after.bad).toBe(before.good + before.bad + 1)
    return after.good > before.good
  }

  it('one nameserver takes the cookie that another on the same Redis made; one on another Redis does not', async () => {
    redis = await startRedis()
    const onRedis: NameserverOptions['edit'] = config => {
      config.store = redis!.url
    }
    const [a, b] = [await start({ edit: onRedis }), await start({ edit: onRedis })]
    await until('both to know the secret', async () => {
      const cookie = await askFor(a, '0123456789abcdef')
      return accepts(b, cookie)
    })
    const cookie = await askFor(b, 'fedcba9876543210')
    expect(await accepts(a, cookie)).toBe(true)
    expect(await accepts(a, `${cookie.slice(0, -1)}${cookie.endsWith('0') ? 1 : 0}`)).toBe(false)
    const stranger = await start({})
    expect(await accepts(stranger, cookie)).toBe(false)
  }, 60_000)

  it('a cookie outlives kill -9 of the server that made it', async () => {
    const first = await start({})
    await until('the first plan', async () => (await first.status()).leader.planSeq > 0)
    const cookie = await until('a cookie of the plan', async () => {
      const made = await askFor(first, '0123456789abcdef')
      return (await accepts(first, made)) ? made : null
    })
    await first.kill('SIGKILL')
    const second = await start({ folder: first.folder, dnsPort: first.dnsPort, httpPort: first.httpPort })
    await until('the secret to be known again', () => accepts(second, cookie))
  }, 60_000)

  it('a secret file changes in three stages by reloads, and no cookie is lost on the way', async () => {
    const server = await start({
      prepare: folder => writeFileSync(join(folder, 'secrets'), `${A}\n`, { mode: 0o600 }),
      edit: config => {
        config.cookies = { secrets: 'secrets' }
      },
    })
    const stage = async (text: string) => {
      writeFileSync(join(server.folder, 'secrets'), text)
      return (await kingcdn('reload', '-c', server.configFile)).code
    }
    const old = await askFor(server, '0123456789abcdef')
    expect(await stage(`${A}\n${B}\n`)).toBe(0)
    expect(await accepts(server, old)).toBe(true)
    expect(await stage(`${B}\n${A}\n`)).toBe(0)
    expect(await accepts(server, old)).toBe(true)
    const young = await askFor(server, '0123456789abcdef')
    expect(await stage(`${B}\n`)).toBe(0)
    expect(await accepts(server, young)).toBe(true)
    expect(await accepts(server, old)).toBe(false)
    expect(await stage('no secret\n')).toBe(1)
    expect(await accepts(server, young)).toBe(true)
  }, 60_000)

  it('a reload that cannot be kept on the disk is in force all the same, secrets and all', async () => {
    const server = await start({
      prepare: folder => writeFileSync(join(folder, 'secrets'), `${A}\n`, { mode: 0o600 }),
      edit: config => {
        config.cookies = { secrets: 'secrets' }
      },
    })
    const old = await askFor(server, '0123456789abcdef')
    // In the way of the file that keeps the last good configuration, as a full disk would be.
    mkdirSync(join(server.folder, 'var/last-good.json.new'))
    writeFileSync(join(server.folder, 'secrets'), `${B}\n`)
    expect((await kingcdn('reload', '-c', server.configFile)).code).toBe(0)
    expect(server.output()).toContain('could not be kept for a later start')
    expect(await accepts(server, old)).toBe(false)
  }, 60_000)

  it('cookies that are required: a client with cookies comes back with one, another one over TCP', async () => {
    const server = await start({
      edit: config => {
        config.cookies = { require: true }
      },
    })
    const retried = await server.dig('a1105.kingcdn.com', 'A', '+cookie')
    expect(retried.status).toBe('NOERROR')
    expect(retried.text).toContain('BADCOOKIE, retrying')
    expect(retried.answer).toHaveLength(2)
    expect((await server.dig('a1105.kingcdn.com', 'A', '+cookie', '+nobadcookie')).status).toBe('BADCOOKIE')
    const truncated = await server.dig('a1105.kingcdn.com', 'A', '+ignore')
    expect({ flags: truncated.flags, answer: truncated.answer }).toEqual({ flags: ['qr', 'tc'], answer: [] })
    expect((await server.dig('a1105.kingcdn.com', 'A')).answer).toHaveLength(2)
  }, 60_000)
})
