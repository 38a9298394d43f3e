import { expect, test } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import { LONGEST_REPORT_MS, MOST_DEMAND_ROWS, REPORT_MS } from '../../src/model/demand.ts'
import { postJson, startApi } from '../fixture/http.ts'
import { NOON } from '../fixture/status.ts'

async function post(body: unknown) {
  const { url, calls } = await startApi()
  const answer = await postJson(`${url}/v1/demand`, body)
  return { ...answer, taken: calls.find(({ call }) => call === 'reportDemand')?.with[0] }
}
const QPS = { prefix: '203.0.113.0/24', qps: 12.5 }

test('rows become a report, in prefix order, for a day', async () => {
  const { status, body, taken } = await post({ rows: [QPS, { prefix: '9.0.0.0/8', qps: 0 }] })
  expect({ status, body }).toEqual({ status: 200, body: { accepted: 2, until: NOON + REPORT_MS } })
  expect(taken).toEqual({
    ...{ at: NOON, until: NOON + REPORT_MS, unit: 'qps' },
    rows: [
      { prefix: parsePrefix('9.0.0.0/8'), value: 0 },
      { prefix: parsePrefix('203.0.113.0/24'), value: 12.5 },
    ],
  })
})

test('in bit/s, and for as long as it says', async () => {
  const { taken } = await post({ rows: [{ prefix: '2001:db8::/56', bps: 4e9 }], for: '30d' })
  expect(taken).toMatchObject({ unit: 'bps', until: NOON + LONGEST_REPORT_MS, rows: [{ value: 4e9 }] })
})

test.each<[what: string, body: unknown, index: number | null, says: RegExp]>([
  ['a negative rate', { rows: [QPS, { prefix: '9.0.0.0/8', qps: -1 }] }, 1, /qps: -1 is not a number at least 0/],
  ['a prefix that is too long', { rows: [{ prefix: '9.0.0.0/25', qps: 1 }] }, 0, /at most \/24/],
  ['bits behind the prefix', { rows: [{ prefix: '9.0.0.1/24', qps: 1 }] }, 0, /without bits after its length/],
  ['both units in a row', { rows: [{ ...QPS, bps: 1 }] }, 0, /either qps or bps/],
  ['no rate', { rows: [{ prefix: '9.0.0.0/8' }] }, 0, /either qps or bps/],
  ['both units in a report', { rows: [QPS, { prefix: '9.0.0.0/8', bps: 1 }] }, 0, /all rows have the same/],
  ['rows that overlap', { rows: [QPS, { prefix: '203.0.0.0/16', qps: 1 }] }, 0, /lies in 203\.0\.0\.0\/16 of row 1/],
  ['the same row twice', { rows: [QPS, QPS] }, 1, /must not overlap/],
  ['nobody', { rows: [] }, null, /demand of nobody/],
  ['no rows at all', {}, null, /rows is missing/],
  ['more than a month', { rows: [QPS], for: '31d' }, null, /at most 30d/],
  ['an unknown field', { rows: [{ ...QPS, source: 'x' }] }, 0, /unknown field "source"/],
])('%s is refused, and nothing is taken', async (_what, body, index, says) => {
  const { status, body: answer, taken } = await post(body)
  const { error } = answer as {
    error: { code: string; message: string; rows?: { index: number; problems: string[] }[] }
  }
  expect({ status, code: error.code, taken }).toEqual({ status: 400, code: 'bad-request', taken: undefined })
  expect(error.message).toMatch(says)
  if (index !== null) expect(error.rows?.map(row => row.index)).toContain(index)
})

test('too many rows are refused', async () => {
  const rows = Array.from({ length: MOST_DEMAND_ROWS + 1 }, (_, i) => ({
    prefix: `${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`,
    qps: 1,
  }))
  const { body, taken } = await post({ rows })
  expect((body as { error: { code: string } }).error.code).toBe('too-large')
  expect(taken).toBeUndefined()
  expect((await post({ rows: rows.slice(1) })).body).toMatchObject({ accepted: MOST_DEMAND_ROWS })
})

test('a report is withdrawn', async () => {
  const { url, calls } = await startApi()
  expect((await postJson(`${url}/v1/demand/withdraw`, {})).body).toEqual({ withdrawn: true })
  expect(calls).toEqual([{ call: 'reportDemand', with: [null] }])
})

test('what is known is told as it can be reported', async () => {
  const { url } = await startApi()
  expect(await (await fetch(`${url}/v1/demand`)).json()).toEqual({
    ...{ at: NOON, qps: 50, queries: 20_000 },
    rows: [
      { prefix: '168.126.63.0/24', qps: 20.5, source: 'counted' },
      { prefix: '203.0.0.0/16', qps: 12.25, source: 'reported' },
      { prefix: '2001:db8::/56', qps: 7.25, source: 'counted' },
    ],
  })
})
