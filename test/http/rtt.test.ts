import { describe, expect, test } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { parsePrefix } from '../../src/base/prefix.ts'
import { ROW_LIMIT } from '../../src/http/rtt.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import { postJson, recordingPort, startApi } from '../fixture/http.ts'
import { NOON } from '../fixture/status.ts'

const ROW = { prefix: '203.0.113.0/24', cluster: 'icn-kt', rtt_ms: 12.5, loss: 0.01, measured_at: NOON - 5000 }

async function post(...measurements: unknown[]) {
  const { url, calls } = await startApi()
  const answer = await postJson(`${url}/v1/rtt`, { measurements })
  const taken = calls.find(({ call }) => call === 'putMeasurements')?.with[0] as Measurement[] | undefined
  return { ...answer, taken }
}

test('a row becomes a measurement; what is left out counts as an import', async () => {
  const { status, body, taken } = await post(ROW)
  expect({ status, body }).toEqual({ status: 200, body: { accepted: 1, expired: 0 } })
  expect(taken).toEqual([
    {
      prefix: parsePrefix('203.0.113.0/24'),
      cluster: 'icn-kt',
      rttMs: 12.5,
      rttVarMs: 0,
      loss: 0.01,
      samples: 100,
      measuredAt: NOON - 5000,
      source: 'import',
    },
  ])
})

test('a passive RTT of an edge stands for the samples it names, or one', async () => {
  const { taken } = await post(
    { ...ROW, source: 'passive' },
    { ...ROW, source: 'passive', samples: 7, rtt_var_ms: 2.5 },
  )
  expect(taken?.map(({ samples, rttVarMs }) => [samples, rttVarMs])).toEqual([
    [1, 0],
    [7, 2.5],
  ])
})

test.each([
  ['2025-06-02T11:59:55Z', NOON - 5000],
  ['2025-06-02T13:59:55.500+02:00', NOON - 4500],
  [NOON / 1000 - 5, NOON - 5000],
  [NOON - 5000, NOON - 5000],
])('the time %s is understood', async (measured_at, want) => {
  expect((await post({ ...ROW, measured_at })).taken?.[0]?.measuredAt).toBe(want)
})

test.each(['203.0.113.0/24', '203.0.0.0/16', '203.0.113.9', '2001:db8::/56', '2001:db8::/32', '0.0.0.0/0'])(
  'the prefix %s is taken',
  async prefix => expect((await post({ ...ROW, prefix })).taken?.[0]?.prefix).toEqual(parsePrefix(prefix)),
)

test.each([
  [{ prefix: '203.0.113.0/25' }, /prefix: .*at most \/24/],
  [{ prefix: '203.0.113.1/24' }, /without bits after its length/],
  [{ prefix: '2001:db8::/64' }, /at most \/24 \(IPv4\) or \/56/],
  [{ prefix: '264.8.8.0/24' }, /prefix/],
  [{ cluster: 'nowhere' }, /cluster: "nowhere" is not configured/],
  [{ rtt_ms: 0 }, /rtt_ms: 0 is not a number above 0 and at most 60000/],
  [{ rtt_ms: 60_001 }, /rtt_ms/],
  [{ rtt_ms: '12' }, /rtt_ms/],
  [{ loss: 1.01 }, /loss/],
  [{ loss: undefined }, /loss is missing/],
  [{ measured_at: 'yesterday' }, /measured_at: "yesterday" is no time/],
  [{ measured_at: '2025-13-02T11:59:55Z' }, /is no time/],
  [{ measured_at: NOON + 120_000 }, /lies in the future/],
  [{ samples: 0 }, /samples: 0 is not a whole number/],
  [{ samples: 1.5 }, /whole number/],
  [{ rtt_var_ms: -1 }, /rtt_var_ms/],
  [{ source: 'guess' }, /"guess" is none of import, probe, passive/],
  [{ rttMs: 5 }, /unknown field "rttMs"; legal: prefix, cluster, rtt_ms/],
])('a row with %j is refused', async (change, message) => {
  const { status, body, taken } = await post({ ...ROW, ...change })
  expect({ status, taken }).toEqual({ status: 400, taken: undefined })
  expect(body.error.message).toMatch(message)
})

test('every bad row is named with its index and nothing is taken', async () => {
  const { status, body, taken } = await post(ROW, { ...ROW, loss: 2, rtt_ms: -1 }, ROW, 'x', null)
  expect({ status, taken }).toEqual({ status: 400, taken: undefined })
  expect(body.error.rows).toEqual([
    {
      index: 1,
      problems: [
        'rtt_ms: -1 is not a number above 0 and at most 60000',
        'loss: 2 is not a number at least 0 and at most 1',
      ],
    },
    { index: 3, problems: ['"x" is not an object'] },
    { index: 4, problems: ['null is not an object'] },
  ])
  expect(body.error.message).toMatch(/^3 of 5 rows are wrong and nothing was taken; row 1: rtt_ms/)
})

test('rows past their lifetime are left out and counted', async () => {
  const { body, taken } = await post(ROW, { ...ROW, measured_at: NOON - 25 * 3_600_000 })
  expect(body).toEqual({ accepted: 1, expired: 1 })
  expect(taken).toHaveLength(1)
})

describe('batches', () => {
  const many = (n: number) =>
    Array.from({ length: n }, (_, i) => ({ ...ROW, prefix: `10.${(i >> 8) & 255}.${i & 255}.0/24` }))

  test(`${ROW_LIMIT} rows go in at once`, async () => {
    const { body, taken } = await post(...many(ROW_LIMIT))
    expect(body).toEqual({ accepted: ROW_LIMIT, expired: 0 })
    expect(taken).toHaveLength(ROW_LIMIT)
  })

  test('one more is 413', async () => {
    const { status, body, taken } = await post(...many(ROW_LIMIT + 1))
    expect({ status, taken }).toEqual({ status: 413, taken: undefined })
    expect(body.error.message).toContain('at most 20000')
  })

  test('none is fine; no array is not', async () => {
    expect((await post()).body).toEqual({ accepted: 0, expired: 0 })
    const { url } = await startApi()
    expect((await postJson(`${url}/v1/rtt`, { measurements: {} })).body.error.message).toMatch(/not an array of rows/)
    expect((await postJson(`${url}/v1/rtt`, {})).body.error.message).toBe('measurements is missing')
  })
})

describe('export', () => {
  const stored = (n: number): Measurement[] =>
    Array.from({ length: n }, (_, i) => ({
      prefix: parsePrefix(i % 2 === 0 ? `10.${(i >> 8) & 255}.${i & 255}.0/24` : '2001:db8::/56')!,
      cluster: 'icn-kt',
      rttMs: 1 + i,
      rttVarMs: 0.5,
      loss: 0,
      samples: 3,
      measuredAt: millis(NOON - 1000),
      source: 'probe',
    }))

  test.each([0, 1, 500, 501, 5000])('%d rows come out as they can go in again', async n => {
    const rows = stored(n)
    const { port, calls } = recordingPort({ measurements: async () => rows })
    const { url } = await startApi({ port })
    const text = await (await fetch(`${url}/v1/rtt`)).text()
    expect(JSON.parse(text).measurements).toHaveLength(n)
    expect((await postJson(`${url}/v1/rtt`, text)).body).toEqual({ accepted: n, expired: 0 })
    expect(calls.filter(({ call }) => call === 'putMeasurements').flatMap(call => call.with[0])).toEqual(rows)
  })

  test('a reader that goes away in the middle harms nobody', async () => {
    const { port } = recordingPort({ measurements: async () => stored(20_000) })
    const { url, errors } = await startApi({ port })
    const controller = new AbortController()
    const response = await fetch(`${url}/v1/rtt`, { signal: controller.signal })
    await response.body!.getReader().read()
    controller.abort()
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    expect(errors).toEqual([])
  })
})
