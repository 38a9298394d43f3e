import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kingcdn } from '../fixture/cli.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { Checker, type Documented } from '../fixture/openapi.ts'

const OLD = 'an-old-token-of-good-length'
const NEW = 'a-new-token-of-good-length'
const READER = 'a-token-for-reading-alone'

let server: Nameserver
beforeAll(async () => {
  server = await startNameserver({
    prepare: folder => {
      writeFileSync(join(folder, 'token'), `${OLD}\n`)
      writeFileSync(join(folder, 'reader'), `${READER}\n`)
    },
    edit: config => {
      config.http = { token: { file: './token' }, readToken: { file: './reader' } }
    },
  })
}, 40_000)
afterAll(() => discard(server))

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const get = (path: string, token = READER) => fetch(server.url + path, { headers: bearer(token) })
const post = (path: string, token: string, body: unknown = {}) =>
  fetch(server.url + path, {
    method: 'POST',
    headers: { ...bearer(token), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('a server that runs answers every reading call as its document says', async () => {
  const document = (await (await fetch(`${server.url}/v1/openapi.json`)).json()) as Documented
  const checker = new Checker(document)
  const { clusters, services } = (await (await get('/v1/status')).json()) as Record<
    string,
    { id: string; cdnName: string }[]
  >
  const query = `?name=${services![0]!.cdnName}&client=168.126.63.1`
  for (const [path, calls] of Object.entries(document.paths)) {
    if (calls.get === undefined || path.startsWith('/console/')) continue
    const { status } = await checker.call('GET', path, await get(path === '/v1/explain' ? path + query : path))
    expect([path, status]).toEqual([path, 200])
  }
  const drain = '/v1/clusters/{id}/drain'
  const asked = await post(drain.replace('{id}', clusters![0]!.id), OLD, { percent: 5, ramp: '0' })
  expect((await checker.call('POST', drain, asked)).status).toBe(200)
  await checker.call('GET', '/v1/audit', await get('/v1/audit'))
  expect((await checker.call('GET', '/v1/clusters', await get('/v1/clusters'))).text).toContain('"percent":5')
})

test('a token is changed without a restart: old and new are good at once, then the new alone', async () => {
  const verdicts = async () => [(await post('/v1/reload', OLD)).status, (await post('/v1/reload', NEW)).status]
  const token = join(server.folder, 'token')
  expect(await verdicts()).toEqual([200, 401])
  writeFileSync(token, `${NEW}\n${OLD}\n`)
  expect(await verdicts()).toEqual([200, 200])
  writeFileSync(token, `${NEW}\n`)
  expect(await kingcdn('reload', '-c', server.configFile)).toMatchObject({ code: 0 })
  expect(await verdicts()).toEqual([401, 200])
  expect(server.output()).not.toMatch(/token-of-good-length|token-for-reading/)
})

test('reading needs a token where one is configured, and calls are counted', async () => {
  expect((await fetch(`${server.url}/metrics`)).status).toBe(401)
  expect((await post('/v1/reload', READER)).status).toBe(401)
  const metrics = await (await get('/metrics')).text()
  expect(metrics).toMatch(/^kingcdn_http_requests_total\{outcome="unauthorized",node=".*"\} [1-9]/m)
})
