import { describe, expect, test } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import { SAMPLE_LIMIT } from '../../src/http/passive-rtt.ts'
import { StoreUnavailable } from '../../src/store/store.ts'
import { postJson, recordingPassive, startApi, withToken } from '../fixture/http.ts'
import { NOON } from '../fixture/status.ts'

const SAMPLE = { client: '203.0.113.9', rtt_ms: 12.5, n: 3 }

async function post(body: unknown, more: Parameters<typeof recordingPassive>[0] = {}, cluster = 'icn-kt') {
  const { passive, told } = recordingPassive(more)
  const logged: string[] = []
  const { url } = await startApi({ passive, log: (_, message) => void logged.push(message) })
  const answer = await postJson(`${url}/v1/clusters/${cluster}/rtt`, body)
  return { ...answer, told, logged, taken: told.find(({ call }) => call === 'take')?.with }
}

const REPORTER = { cluster: 'icn-kt', address: '127.0.0.1' }

test('samples are handed on with the leaf of their client, as of now', async () => {
  const { status, body, told } = await post({ samples: [SAMPLE, { client: '2001:db8::1', rtt_ms: 7 }] })
  expect({ status, body }).toEqual({ status: 200, body: { accepted: 2, blocks: 2, special: 0, own: 0, outlier: 0 } })
  const samples = [
    { prefix: parsePrefix('203.0.113.0/24'), rttMs: 12.5, n: 3 },
    { prefix: parsePrefix('2001:db8::/56'), rttMs: 7, n: 1 },
  ]
  expect(told).toEqual([
    { call: 'admit', with: [REPORTER, 2] },
    { call: 'take', with: ['icn-kt', samples, NOON] },
  ])
})

test.each([
  ['203.0.113.0/24', '203.0.113.0/24'],
  ['203.0.113.8/29', '203.0.113.0/24'],
  ['203.0.113.9/32', '203.0.113.0/24'],
  ['::ffff:203.0.113.9', '203.0.113.0/24'],
  ['2001:db8:0:1ff::/64', '2001:db8:0:100::/56'],
])('the client %s is in %s', async (client, leaf) => {
  const { taken } = await post({ samples: [{ ...SAMPLE, client }] })
  expect(taken?.[1]).toMatchObject([{ prefix: parsePrefix(leaf) }])
})

test('a batch may be empty, and may say when it was seen', async () => {
  expect((await post({ samples: [] })).status).toBe(200)
  expect((await post({ samples: [SAMPLE], measured_at: NOON - 30_000 })).taken?.[2]).toBe(NOON - 30_000)
  expect((await post({ samples: [SAMPLE], measured_at: NOON + 30_000 })).taken?.[2]).toBe(NOON)
})

describe('a batch that makes no sense', () => {
  test.each([
    [
      { samples: [SAMPLE, { ...SAMPLE, client: '203.0.112.0/23' }] },
      /1 of 2 samples are wrong and nothing was taken; sample 1: client: "203.0.112.0\/23" is not an address, or a block of at least \/24/,
    ],
    [{ samples: [{ ...SAMPLE, client: '264.8.8.8' }] }, /is not an address/],
    [{ samples: [{ ...SAMPLE, client: '203.0.113.9/24' }] }, /without bits after its length/],
    [{ samples: [{ ...SAMPLE, client: 7 }] }, /client: 7 is not/],
    [{ samples: [{ ...SAMPLE, rtt_ms: 0 }] }, /rtt_ms: 0 is not a number above 0/],
    [{ samples: [{ ...SAMPLE, rtt_ms: -5 }] }, /rtt_ms/],
    [{ samples: [{ ...SAMPLE, rtt_ms: 60_001 }] }, /at most 60000/],
    [{ samples: [{ ...SAMPLE, rtt_ms: null }] }, /rtt_ms/],
    [{ samples: [{ ...SAMPLE, n: 0 }] }, /n: 0 is not a whole number/],
    [{ samples: [{ ...SAMPLE, n: 2.5 }] }, /whole number/],
    [{ samples: [{ ...SAMPLE, prefix: 'x' }] }, /unknown field "prefix"; legal: client, rtt_ms, n/],
    [{ samples: {} }, /not an array/],
    [{ samples: [null] }, /null is not an object/],
    [{}, /samples is missing/],
    [[], /is not an object/],
    ['{"samples": [', /not JSON/],
    [
      { samples: [SAMPLE], measured_at: NOON + 61_000 },
      /measured_at: is 61 s ahead; legal: the last 10 minutes by a clock that is right/,
    ],
    [{ samples: [SAMPLE], measured_at: NOON - 3_600_000 }, /measured_at: is 3600 s old/],
    [{ samples: [SAMPLE], measured_at: 'soon' }, /is no time/],
  ])('%j is refused, counted and told', async (body, message) => {
    const { status, body: answer, told, taken, logged } = await post(body)
    expect({ status, code: answer.error.code }).toEqual({ status: 400, code: 'bad-request' })
    expect(answer.error.message).toMatch(message)
    expect(taken).toBeUndefined()
    const samples = Math.max(1, ((body as { samples?: unknown[] }).samples ?? []).length || 1)
    expect(told.at(-1)).toEqual({ call: 'refuse', with: [REPORTER, samples, answer.error.message] })
    // The desk tells the log, once.
    expect(logged).toEqual([])
  })

  test('too many samples', async () => {
    const { status, body, told } = await post({ samples: new Array(SAMPLE_LIMIT + 1).fill(SAMPLE) })
    expect({ status, code: body.error.code }).toEqual({ status: 413, code: 'too-large' })
    expect(told.at(-1)?.call).toBe('refuse')
  })

  test('the answer names at most a hundred bad samples', async () => {
    const { body } = await post({ samples: new Array(5000).fill(7) })
    expect(body.error.samples).toHaveLength(100)
    expect(body.error.message).toMatch(/^5000 of 5000 samples are wrong/)
  })
})

test('a reporter that sends too much hears when it may again', async () => {
  const { status, headers, body, taken } = await post({ samples: [SAMPLE] }, { admit: () => 12_345 })
  expect({ status, code: body.error.code, after: headers.get('retry-after') }).toEqual({
    status: 429,
    code: 'too-many-requests',
    after: '13',
  })
  expect(taken).toBeUndefined()
})

test('an unknown cluster is named, with those there are, and counted nowhere', async () => {
  const { status, body, told } = await post({ samples: [SAMPLE] }, {}, 'nowhere')
  expect(status).toBe(404)
  expect(body.error.message).toMatch(/no cluster "nowhere"; clusters are icn-kt, nrt-ix/)
  expect(told).toEqual([])
})

test('a store that is away is 503, and no fault of the reporter', async () => {
  const away = async () => {
    throw new StoreUnavailable('redis is away')
  }
  const { status, told } = await post({ samples: [SAMPLE] }, { take: away })
  expect([status, told.map(({ call }) => call)]).toEqual([503, ['admit']])
})

test('needs the token as every changing call does', async () => {
  const { url } = await startApi(withToken('secret'))
  expect((await postJson(`${url}/v1/clusters/icn-kt/rtt`, { samples: [] })).status).toBe(401)
  const headers = { authorization: 'Bearer secret' }
  expect((await postJson(`${url}/v1/clusters/icn-kt/rtt`, { samples: [] }, headers)).status).toBe(200)
})
