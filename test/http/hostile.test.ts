import { connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import { recordingPort, sendRaw, startApi } from '../fixture/http.ts'
import { NOON } from '../fixture/status.ts'

const escaped: unknown[] = []
const note = (error: unknown) => void escaped.push(error)
beforeEach(() => {
  escaped.length = 0
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
  expect(escaped).toEqual([])
})

/** Asked over a connection of its own: nothing that happened to an earlier one counts. */
const alive = async (url: string) => {
  const request = 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  expect(statusOf(await sendRaw(Number(new URL(url).port), request, 15_000))).toBe(200)
}
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? Number.NaN)

const path = fc.oneof(
  fc.constantFrom('/', '/metrics', '/v1/status', '/v1/explain', '/v1/rtt', '/v1/reload', '/v1/clusters/a/drain', '*'),
  fc.webPath(),
  fc.string({ maxLength: 60 }).map(text => `/${text.replace(/[\r\n\0 ]/g, '')}`),
)
const header = fc.constantFrom(
  'Host: localhost',
  'Host: evil.example',
  'Host:',
  'Origin: null',
  'Content-Type: application/json',
  'Content-Type: text/html',
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'Expect: 100-continue',
  'Expect: magic',
  'Upgrade: websocket',
  'Connection: upgrade',
  'Authorization: Bearer x',
  'Authorization: \u0001',
  ': empty',
  'a b: c',
)
const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'PRI', 'get', '')
const message = fc
  .record({ method, path, headers: fc.array(header, { maxLength: 6 }), body: fc.string({ maxLength: 80 }) })
  .map(({ method, path, headers, body }) =>
    [`${method} ${path} HTTP/1.1`, ...headers, 'Connection: close', '', body].join('\r\n'),
  )

test('random requests and random bytes get an answer or a closed connection, never an escaped exception', async () => {
  const { url, port, errors } = await startApi({ limits: { headersMs: 300, requestMs: 300 } })
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: message }, fc.uint8Array({ maxLength: 200 })), async bytes => {
      const answer = await sendRaw(port, bytes, 40)
      if (answer === '') return
      expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /)
      expect(statusOf(answer)).not.toBe(500)
    }),
    { seed: 20250602, numRuns: 400 },
  )
  await alive(url)
  expect(errors).toEqual([])
})

test('random JSON bodies are taken or refused with 4xx on every changing call', async () => {
  const { url, errors } = await startApi()
  const paths = ['/v1/rtt', '/v1/reload', '/v1/clusters/a/drain', '/v1/clusters/a/restore', '/v1/clusters/a/load']
  const rows = fc.record({ measurements: fc.array(fc.jsonValue(), { maxLength: 4 }) })
  const keys = ['percent', 'for', 'reason', 'force', 'bps', 'measurements', '__proto__', 'constructor', 'toString']
  const body = fc.oneof(fc.jsonValue(), rows, fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), body, async (path, value) => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(value),
      })
      const answer = (await response.json()) as { error?: { code: string; message: string } }
      expect([200, 400]).toContain(response.status)
      if (response.status === 400) expect(answer.error?.message).not.toBe('')
    }),
    { seed: 20250602, numRuns: 400 },
  )
  expect(errors).toEqual([])
})

test('headers over 16 KiB are 431', async () => {
  const { url, port } = await startApi()
  const answer = await sendRaw(port, `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)
  expect(statusOf(answer)).toBe(431)
  expect(answer).toContain('"code":"headers-too-large"')
  await alive(url)
})

test('a request line over 16 KiB is refused', async () => {
  const { url, port } = await startApi()
  const answer = await sendRaw(port, `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  expect(statusOf(answer)).toBe(431)
  await alive(url)
})

test.each([
  ['nothing at all', ''],
  ['half a request line', 'GET /li'],
  ['headers that never end', 'GET /livez HTTP/1.1\r\nHost: localhost\r\n'],
  [
    'a body that never comes',
    'POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
  ],
])('a client that sends %s is cut off in time', async (_, bytes) => {
  const { url, port } = await startApi({ limits: { headersMs: 150, requestMs: 300 } })
  const started = performance.now()
  const answer = await sendRaw(port, bytes, 8000)
  expect(performance.now() - started).toBeLessThan(5000)
  expect(statusOf(answer)).toBe(408)
  await alive(url)
})

test('a client that does not read is cut off, and the others are served meanwhile', async () => {
  const row: Measurement = {
    prefix: parsePrefix('203.0.113.0/24')!,
    cluster: 'icn-kt',
    rttMs: 5,
    rttVarMs: 1,
    loss: 0,
    samples: 1,
    measuredAt: NOON,
    source: 'probe',
  }
  const large = recordingPort({ measurements: async () => new Array<Measurement>(200_000).fill(row) })
  const { url, port } = await startApi({ port: large.port, limits: { idleMs: 500 } })
  let heard = ''
  const socket = connect(port, '127.0.0.1', () => {
    socket.pause()
    socket.write('GET /v1/rtt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  })
  const closed = new Promise<void>(resolve => socket.on('close', () => resolve()))
  socket.on('error', () => {})
  socket.on('data', data => {
    heard += data.toString('latin1')
  })
  socket.pause()
  const until = performance.now() + 2500
  while (performance.now() < until) await alive(url)
  socket.resume()
  await closed
  expect(heard).toMatch(/^HTTP\/1\.1 200 /)
  expect(heard).not.toMatch(/\]\}\s+0\s+$/)
})

test('thousands of requests in one packet do not hold up the others', async () => {
  const { url, port } = await startApi()
  const many = sendRaw(port, 'GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5000), 500)
  await alive(url)
  const statuses = [...(await many).matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(match => match[1])
  expect(statuses.filter(status => status === '200').length).toBeLessThanOrEqual(100)
})

test('connections over the limit are refused and freed again', async () => {
  const { port, url } = await startApi({ limits: { connections: 4, headersMs: 150 } })
  const idle = Array.from({ length: 12 }, () => sendRaw(port, 'GET', 5000))
  const answers = await Promise.all(idle)
  expect(answers.filter(answer => answer === '').length).toBe(8)
  await alive(url)
})

test('a body without end is cut after it was thrown away for a while', async () => {
  const { url, port, calls } = await startApi()
  const head =
    'POST /v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  const heard = await new Promise<string>(resolve => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(head)
      pump()
    })
    const pump = () => {
      while (socket.writable && socket.write(chunk));
    }
    socket.on('drain', pump)
    socket.on('data', data => {
      text += data.toString()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })
  // The reply may be lost to the reset of the connection; that it ended is what counts.
  if (heard !== '') expect(statusOf(heard)).toBe(413)
  expect(calls).toEqual([])
  await alive(url)
}, 30_000)

test.each([
  ['/v1/clusters/icn-kt/rtt', 'samples'],
  ['/v1/clusters/icn-kt/rtt', 'measured_at'],
  ['/v1/rtt', 'measurements'],
  ['/v1/clusters/icn-kt/load', 'bps'],
  ['/v1/probers', 'cluster'],
])('%s: a body nested as deeply as it may be long is a bad request (%s)', async (path, field) => {
  const { url } = await startApi()
  const body = `{"${field}":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
  const reply = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(reply.status).toBe(400)
  expect(await reply.text()).toContain('nested too deeply; legal: at most 16 levels')
})
