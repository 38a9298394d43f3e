import { describe, expect, test } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { clientOf, Guesses, Limiter } from '../../src/http/rate-limit.ts'
import { postJson, sendRaw, startApi, withToken } from '../fixture/http.ts'
import { NOON } from '../fixture/status.ts'

describe('a limiter', () => {
  test('lets a burst through, then one call each interval, and tells how long to wait', () => {
    const limiter = new Limiter(2, 3)
    expect([0, 0, 0, 0].map(now => limiter.take('a', now))).toEqual([0, 0, 0, 500])
    expect(limiter.take('b', 0), 'another client').toBe(0)
    expect(limiter.take('a', 400)).toBe(100)
    expect([500, 500].map(now => limiter.take('a', now))).toEqual([0, 500])
    expect(
      [9000, 9000, 9000, 9000].map(now => limiter.take('a', now)),
      'no more than a burst is saved up',
    ).toEqual([0, 0, 0, 500])
  })

  test('remembers so many clients, the latest', () => {
    const limiter = new Limiter(1, 1, 3)
    for (const client of ['a', 'b', 'c', 'd']) limiter.take(client, 0)
    expect(['b', 'c', 'd'].map(client => limiter.wait(client, 0))).toEqual([1000, 1000, 1000])
    expect(limiter.wait('a', 0)).toBe(0)
  })

  test('the same wrong token again is no guess', () => {
    const guesses = new Guesses()
    for (let i = 0; i < 100; i++) guesses.wrong('a', 'stale', 0)
    for (let i = 0; i < 9; i++) guesses.wrong('a', `${i}`, 0)
    expect(guesses.wait('a', 0)).toBe(10_000)
    expect(guesses.wait('a', 10_000)).toBe(0)
  })

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:1::7', '2001:db8:0:1::/64'],
    ['2001:db8:0:1:ffff::', '2001:db8:0:1::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
  ])('%s is the client %s', (remote, client) => expect(clientOf(remote)).toBe(client))
})

describe('the API', () => {
  test('refuses who calls too often, by kind of call, until the time that it names', async () => {
    let now = NOON
    const rates = { reads: 0.2, feeds: 0.3, changes: 0.1 }
    const { url, http } = await startApi({ rates, clock: { now: () => now } })
    const read = async (path: string) => (await fetch(url + path)).status
    expect([await read('/v1/status'), await read('/nowhere'), await read('/v1/status')]).toEqual([200, 404, 429])
    const load = () => postJson(`${url}/v1/clusters/icn-kt/load`, { bps: 1 })
    expect([await load(), await load(), await load(), await load()].map(({ status }) => status)).toEqual([
      200, 200, 200, 429,
    ])
    expect((await postJson(`${url}/v1/reload`, {})).status).toBe(200)
    const refused = await postJson(`${url}/v1/reload`, {})
    expect([refused.status, refused.headers.get('retry-after'), refused.body.error.code]).toEqual([
      429,
      '10',
      'too-many-requests',
    ])
    now = millis(now + 10_000)
    expect((await postJson(`${url}/v1/reload`, {})).status).toBe(200)
    expect(http.counts()).toMatchObject({ ok: 6, 'not-found': 1, 'too-many-requests': 3 })
  })

  test('answers scrapes and health checks from loopback whatever else comes from there', async () => {
    const { url } = await startApi({ rates: { reads: 0.1, feeds: 0.1, changes: 0.1 } })
    expect((await fetch(`${url}/v1/status`)).status).toBe(200)
    expect((await fetch(`${url}/v1/status`)).status).toBe(429)
    for (const path of ['/metrics', '/livez', '/readyz', '/metrics', '/livez', '/readyz'])
      expect((await fetch(url + path)).status, path).toBe(200)
  })

  test('looks at no more tokens of who tried ten wrong ones, for a while', async () => {
    let now = NOON
    const { url } = await startApi({ ...withToken('right'), clock: { now: () => now } })
    const reload = async (token: string) =>
      (await postJson(`${url}/v1/reload`, {}, { authorization: `Bearer ${token}` })).status
    for (let i = 0; i < 20; i++) expect(await reload('out-of-date')).toBe(401)
    for (let i = 0; i < 9; i++) expect(await reload(`guess-${i}`)).toBe(401)
    expect([await reload('guess-9'), await reload('right')]).toEqual([429, 429])
    expect((await postJson(`${url}/v1/reload`, {})).status, 'no token is no guess').toBe(401)
    expect((await fetch(`${url}/v1/status`)).status, 'reading is open').toBe(200)
    now = millis(now + 10_000)
    expect(await reload('right')).toBe(200)
  })

  test('tells the log once a minute of who is refused, and never of a token', async () => {
    let now = NOON
    const lines: string[] = []
    const { url, http } = await startApi({
      ...withToken('right-token'),
      clock: { now: () => now },
      log: (level, message) => void lines.push(`${level} ${message}`),
    })
    const reload = () => postJson(`${url}/v1/reload`, {}, { authorization: 'Bearer wrong-token' })
    await reload()
    await reload()
    now = millis(now + 61_000)
    await reload()
    await expect.poll(() => lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^warn http: 127\.0\.0\.1 POST "\/v1\/reload": refused as unauthorized; /)
    expect(lines.join()).not.toMatch(/wrong-token|right-token/)
    expect(http.counts()).toMatchObject({ unauthorized: 3, ok: 0 })
  })

  test('counts connections over the limit', async () => {
    const { port, http } = await startApi({ limits: { connections: 1, headersMs: 150 } })
    await Promise.all([1, 2, 3].map(() => sendRaw(port, 'GET', 5000)))
    expect(http.counts()).toMatchObject({ dropped: 2, timeout: 1 })
  })
})

describe('tokens', () => {
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

  test('reading may need one, but for health and the page; one for changes will do, and not the other way round', async () => {
    const { url } = await startApi({ tokens: () => ({ change: ['operator'], read: ['prometheus'] }) })
    const get = async (path: string, token?: string) =>
      (await fetch(url + path, token === undefined ? {} : bearer(token))).status
    for (const path of ['/', '/livez', '/readyz', '/v1/openapi.json']) expect(await get(path), path).toBe(200)
    for (const path of ['/metrics', '/v1/status', '/v1/audit', '/v1/explain?name=a1105.kingcdn.com&client=192.0.2.1'])
      expect([
        await get(path),
        await get(path, 'x'),
        await get(path, 'prometheus'),
        await get(path, 'operator'),
      ]).toEqual([401, 401, 200, 200])
    const reload = (token: string) => postJson(`${url}/v1/reload`, {}, bearer(token).headers)
    expect([(await reload('prometheus')).status, (await reload('operator')).status]).toEqual([401, 200])
  })

  test('are asked for anew at each call: an old one and its successor are good at once', async () => {
    let change = ['old']
    const { url } = await startApi({ tokens: () => ({ change, read: null }) })
    const verdicts = () =>
      Promise.all(['old', 'new'].map(async t => (await postJson(`${url}/v1/reload`, {}, bearer(t).headers)).status))
    expect(await verdicts()).toEqual([200, 401])
    change = ['new', 'old']
    expect(await verdicts()).toEqual([200, 200])
    change = ['new']
    expect(await verdicts()).toEqual([401, 200])
    change = []
    expect(await verdicts()).toEqual([401, 401])
  })
})
