import { expect, test } from 'vitest'
import { postJson, startApi } from '../fixture/http.ts'
import { NOON } from '../fixture/status.ts'

test('GET /v1/resolvers lists who asks, heaviest first', async () => {
  const { url } = await startApi()
  expect(await (await fetch(`${url}/v1/resolvers`)).json()).toEqual({
    resolvers: [{ address: '168.126.63.1', qps: 12.5 }],
  })
})

test('POST /v1/probers says that a prober is there, and hears who else is', async () => {
  const { url, calls } = await startApi()
  const { status, body } = await postJson(`${url}/v1/probers`, { cluster: 'icn-kt', prober: 'b', ms: 5000 })
  expect({ status, body }).toEqual({ status: 200, body: { members: ['a', 'b'], now: NOON } })
  expect(calls).toContainEqual({ call: 'joinProbers', with: ['icn-kt', 'b', 5000] })
})

test('POST /v1/probers with leave says that it goes', async () => {
  const { url, calls } = await startApi()
  expect(await postJson(`${url}/v1/probers`, { cluster: 'icn-kt', prober: 'b', leave: true })).toMatchObject({
    body: { left: true },
  })
  expect(calls).toContainEqual({ call: 'leaveProbers', with: ['icn-kt', 'b'] })
})

test.each([
  ['a cluster that is not configured', { cluster: 'x', prober: 'b' }, 404, /cluster: "x" is not configured/],
  ['no name', { cluster: 'icn-kt' }, 400, /prober is missing/],
  ['a stay of an hour', { cluster: 'icn-kt', prober: 'b', ms: 3_600_000 }, 400, /at most 60000/],
  ['an unknown field', { cluster: 'icn-kt', prober: 'b', for: '10s' }, 400, /unknown field "for"/],
])('%s is refused', async (_what, body, status, says) => {
  const { url, calls } = await startApi()
  const answer = await postJson(`${url}/v1/probers`, body)
  expect(answer.status).toBe(status)
  expect((answer.body as { error: { message: string } }).error.message).toMatch(says)
  expect(calls.filter(({ call }) => call.endsWith('Probers'))).toEqual([])
})

test('what probers say every second or two is told to the log only where it is refused, and that once a minute', async () => {
  const lines: string[] = []
  const { url } = await startApi({ log: (_, message) => void lines.push(message) })
  const row = { prefix: '203.0.113.0/24', cluster: 'icn-kt', rtt_ms: 3, loss: 0, measured_at: NOON, source: 'probe' }
  for (let i = 0; i < 3; i++) {
    expect((await postJson(`${url}/v1/probers`, { cluster: 'icn-kt', prober: 'b' })).status).toBe(200)
    expect((await postJson(`${url}/v1/rtt`, { measurements: [row] })).status).toBe(200)
    expect((await postJson(`${url}/v1/probers`, { cluster: 'gone', prober: 'b' })).status).toBe(404)
    expect((await postJson(`${url}/v1/rtt`, { measurements: [{ ...row, cluster: 'gone' }] })).status).toBe(400)
  }
  expect(lines).toEqual([
    expect.stringMatching(/POST "\/v1\/probers": cluster: "gone" is not configured; the like is told once a minute/),
    expect.stringMatching(/POST "\/v1\/rtt": 1 of 1 rows are wrong .*; the like is told once a minute/),
  ])
  await postJson(`${url}/v1/rtt`, { measurements: [{ ...row, source: 'import' }] })
  expect(lines[2]).toMatch(/POST "\/v1\/rtt": 200 in/)
})
