import { request } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ProbePage, startProbePage } from '../../src/http/probe-page.ts'
import { createProbeMetrics } from '../../src/metrics/probe.ts'
import { exampleProbeStatus } from '../fixture/probe-status.ts'

let page: ProbePage
beforeEach(async () => {
  const status = () => exampleProbeStatus()
  page = await startProbePage({
    listen: { address: '127.0.0.1', port: 0 },
    names: ['prober-1'],
    status,
    metrics: createProbeMetrics(status),
  })
})
afterEach(() => page.close())

function call(path: string, method = 'GET', headers: Record<string, string> = {}) {
  return new Promise<{ status: number; type: string; body: string }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: page.address.port, path, method, headers }, reply => {
      let body = ''
      reply.setEncoding('utf8')
      reply.on('data', part => {
        body += part
      })
      reply.on('end', () => resolve({ status: reply.statusCode!, type: reply.headers['content-type'] ?? '', body }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

test('GET /status is the status', async () => {
  const { status, body } = await call('/status')
  expect({ status, body: JSON.parse(body) }).toEqual({ status: 200, body: exampleProbeStatus() })
})

test('GET /metrics is in the Prometheus text format', async () => {
  const { status, type, body } = await call('/metrics')
  expect(status).toBe(200)
  expect(type).toMatch(/^text\/plain/)
  expect(body).toContain('# TYPE kingcdn_probe_probes_total counter')
})

test('answers under its own host name, and under no other', async () => {
  expect((await call('/livez', 'GET', { host: 'prober-1:9154' })).status).toBe(200)
  expect((await call('/livez', 'GET', { host: 'evil.example:9154' })).status).toBe(403)
})

test('GET /livez says that the process lives', async () => {
  expect(await call('/livez')).toMatchObject({ status: 200, body: '{"live":true}\n' })
})

test.each([
  ['another path', '/v1/status', 'GET', {}, 404],
  ['another method', '/status', 'POST', {}, 405],
  ['a foreign host', '/status', 'GET', { host: 'evil.example' }, 403],
  ['a foreign page', '/status', 'GET', { origin: 'http://evil.example' }, 403],
])('%s is refused', async (_what, path, method, headers, status) => {
  expect((await call(path, method, headers)).status).toBe(status)
})
