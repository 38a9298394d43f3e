import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApi, sendRaw } from '../fixture/http.ts'

let api: Awaited<ReturnType<typeof openApi>>
beforeAll(async () => {
  api = await openApi()
})
afterAll(() => api.http.close())

const CRLF = '\r\n'
const ask = (...lines: string[]) => sendRaw(api.port, lines.join(CRLF), 1500)
const statuses = (answer: string) => [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status))
const POST = ['POST /v1/reload HTTP/1.1', 'Host: localhost', 'Content-Type: application/json']

// RFC 9112 sections 6.1 and 6.3: where two readers may see different bodies, what follows may be taken for a request.
test.each([
  ['Content-Length and Transfer-Encoding', ['Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
  ['two lengths', ['Content-Length: 2', 'Content-Length: 60'], '{}'],
  ['a list of lengths', ['Content-Length: 2, 60'], '{}'],
  ['a signed length', ['Content-Length: +2'], '{}'],
  ['chunked not last', ['Transfer-Encoding: chunked, gzip'], '0\r\n\r\n'],
  ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
  ['a blank before the colon', ['Transfer-Encoding : chunked'], '0\r\n\r\n'],
  ['a length of a chunk that is none', ['Transfer-Encoding: chunked'], '0x2\r\n{}\r\n0\r\n\r\n'],
  ['a folded header', ['X: a', ' Transfer-Encoding: chunked'], '0\r\n\r\n'],
  ['a bare LF', ['X: a\nTransfer-Encoding: chunked'], '0\r\n\r\n'],
])('%s: the request is refused, and the one behind it is not seen', async (_, headers, body) => {
  const before = api.calls.length
  const answer = await ask(...POST, ...headers, '', `${body}GET /livez HTTP/1.1`, 'Host: localhost', '', '')
  expect(statuses(answer)).toEqual([400])
  expect(answer).toMatch(/^Connection: close/im)
  expect(api.calls.length).toBe(before)
})

test('requests in one packet are answered in their order', async () => {
  const get = (path: string) => [`GET ${path} HTTP/1.1`, 'Host: localhost', '']
  const answer = await ask(
    ...get('/livez'),
    ...get('/nowhere'),
    ...get('/v1/clusters'),
    'GET / HTTP/1.1',
    'Host: x y',
    '',
    '',
  )
  expect(statuses(answer)).toEqual([200, 404, 200, 400])
})

test.each([
  ['/v1/clusters/%/drain', 400],
  ['/v1/clusters/%zz/drain', 400],
  ['/v1/clusters/%ff%fe/drain', 400],
  ['/v1/clusters/%00/drain', 200],
  ['/v1/clusters/a%2Fb/drain', 200],
  ['/v1/clusters/../drain', 200],
  ['/v1/clusters/__proto__/drain', 200],
])('the path %s is %d, and its variable part never more than a name', async (path, status) => {
  const before = api.calls.length
  const answer = await ask(`POST ${path} HTTP/1.1`, 'Host: localhost', 'Content-Length: 0', 'Connection: close', '', '')
  expect(statuses(answer)).toEqual([status])
  const ids = api.calls.slice(before).map(call => (call.with[0] as { cluster: string }).cluster)
  expect(ids).toEqual(status === 200 ? [decodeURIComponent(path.split('/')[3]!)] : [])
})

test.each(['name=%', 'name=a&client=%zz', '%00=1', '__proto__=1', 'constructor=1', 'name[]=a', '='])(
  'the query ?%s is a bad request',
  async query => {
    const response = await fetch(`${api.url}/v1/explain?${query}`)
    expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
      400,
      'bad-request',
    ])
  },
)

test('HTTP/1.0 with a Host is answered, and the connection ends', async () => {
  const answer = await ask('GET /livez HTTP/1.0', 'Host: localhost', '', '')
  expect(statuses(answer)).toEqual([200])
  expect(answer).toMatch(/^Connection: close/im)
})

test('HEAD has no body, is no way to change anything, and is 405 where GET is', async () => {
  const head = (path: string) => ask(`HEAD ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', '', '')
  expect(await head('/v1/status')).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/)
  expect(await head('/v1/rtt')).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/)
  const before = api.calls.length
  expect(await head('/v1/reload')).toMatch(/^HTTP\/1\.1 405 [\s\S]*\r\n\r\n$/)
  expect(api.calls.length).toBe(before)
})

test('conditional and range requests are answered in full: nothing here may be cached', async () => {
  const headers = { 'if-none-match': '*', 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT', range: 'bytes=0-1' }
  const response = await fetch(`${api.url}/v1/status`, { headers })
  expect([response.status, response.headers.get('etag'), response.headers.get('last-modified')]).toEqual([
    200,
    null,
    null,
  ])
})

test('a client that expects 100-continue is told to go on', async () => {
  const answer = await ask(...POST, 'Expect: 100-continue', 'Content-Length: 2', 'Connection: close', '', '{}')
  expect(statuses(answer)).toEqual([100, 200])
})

test('any other expectation cannot be met, and changes nothing', async () => {
  const before = api.calls.length
  const answer = await ask(...POST, 'Expect: miracles', 'Content-Length: 2', 'Connection: close', '', '{}')
  expect(statuses(answer)).toEqual([417])
  expect(api.calls.length).toBe(before)
})

test.each([
  ['{"percent": 1e400}', /not a number/],
  ['{"percent": -0}', /at least 1/],
  ['{"percent": 50, "percent": 500}', /percent: 500/],
  ['{"constructor": {"prototype": {"percent": 1}}}', /unknown field "constructor"/],
  ['{"percent": 0x10}', /not JSON/],
  ['{"percent": NaN}', /not JSON/],
  ['\ufeff\ufeff{}', /not JSON/],
  ['{"reason": "\\u0000"}', /on one line/],
])('the body %s is a bad request', async (body, message) => {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${api.url}/v1/clusters/a/drain`, { method: 'POST', headers, body })
  const { error } = (await response.json()) as { error: { message: string } }
  expect([response.status, error.message]).toEqual([400, expect.stringMatching(message)])
  expect(({} as { percent?: number }).percent).toBe(undefined)
})

test('no answer has CORS headers: not to a preflight, not to a foreign page, not to our own', async () => {
  const own = `http://127.0.0.1:${api.port}`
  for (const origin of ['https://evil.example', 'null', own])
    for (const method of ['OPTIONS', 'GET', 'POST']) {
      const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
      const response = await fetch(`${api.url}/v1/reload`, { method, headers: { origin, ...asked } })
      expect([...response.headers.keys()].filter(name => name.startsWith('access-control-'))).toEqual([])
      expect(response.status, `${method} from ${origin}`).toBe(origin !== own ? 403 : method === 'POST' ? 200 : 405)
    }
})
