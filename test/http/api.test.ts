import { describe, expect, test } from 'vitest'
import { Refusal } from '../../src/control/port.ts'
import { StoreFull, StoreUnavailable } from '../../src/store/store.ts'
import { AUDIT_ENTRY, EXAMPLE_TRAIL, postJson, recordingPort, startApi } from '../fixture/http.ts'
import { exampleStatus, NOON } from '../fixture/status.ts'

const getJson = async (url: string) => {
  const response = await fetch(url)
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
}

describe('health', () => {
  test('/livez is 200 in every phase', async () => {
    for (const phase of ['starting', 'serving', 'draining'] as const) {
      const { port } = recordingPort({ status: () => exampleStatus(0, { phase }) })
      const { url } = await startApi({ port })
      expect(await getJson(`${url}/livez`)).toMatchObject({ status: 200, body: { live: true } })
    }
  })

  test('/readyz is 200 with broken zones, and names them', async () => {
    const { url } = await startApi()
    const { status, body } = await getJson(`${url}/readyz`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ ready: true, phase: 'serving', generation: 42 })
    expect(body.brokenZones).toEqual([{ zone: 'broken.example.', file: 'zones/broken.zone', error: 'line 3: no SOA' }])
  })

  test('/readyz is 200 while the last good map is served from disk and the store is away', async () => {
    const status = exampleStatus(0, {
      snapshot: { ...exampleStatus().snapshot, from: 'disk' },
      store: { ...exampleStatus().store, up: false },
    })
    const { url } = await startApi({ port: recordingPort({ status: () => status }).port })
    expect((await getJson(`${url}/readyz`)).status).toBe(200)
  })

  test('/readyz is 503 in start-up and drain only', async () => {
    for (const phase of ['starting', 'draining'] as const) {
      const { port } = recordingPort({ status: () => exampleStatus(0, { phase }) })
      const { url } = await startApi({ port })
      expect(await getJson(`${url}/readyz`)).toMatchObject({ status: 503, body: { ready: false, phase } })
    }
  })
})

describe('reading', () => {
  test('/metrics is the Prometheus text format', async () => {
    const { url } = await startApi()
    const response = await fetch(`${url}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response.text()).toContain('kingcdn_snapshot_generation{node="ns1"} 42\n')
  })

  test('/v1/status is the status object', async () => {
    const { url } = await startApi()
    expect((await getJson(`${url}/v1/status`)).body).toEqual(JSON.parse(JSON.stringify(exampleStatus())))
  })

  test('/v1/clusters lists the clusters', async () => {
    const { url } = await startApi()
    const { body } = await getJson(`${url}/v1/clusters`)
    expect(body.clusters.map(({ id }: { id: string }) => id)).toEqual(exampleStatus().clusters.map(({ id }) => id))
  })

  test('HEAD gives the headers of GET and no body', async () => {
    const { url } = await startApi()
    const response = await fetch(`${url}/v1/status`, { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1000)
    expect(await response.text()).toBe('')
  })

  test('nothing may be cached, sniffed or framed', async () => {
    const { url } = await startApi()
    for (const path of ['/', '/metrics', '/v1/status', '/nowhere']) {
      const { headers } = await fetch(`${url}${path}`)
      expect(headers.get('cache-control'), path).toBe('no-store')
      expect(headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(headers.get('x-frame-options'), path).toBe('DENY')
    }
  })
})

describe('/v1/explain', () => {
  test('answers with the trail; the type is A unless given', async () => {
    const { url, calls } = await startApi()
    const { status, body } = await getJson(`${url}/v1/explain?name=a1105.kingcdn.com&client=168.126.63.1`)
    expect({ status, body }).toEqual({ status: 200, body: JSON.parse(JSON.stringify(EXAMPLE_TRAIL)) })
    expect(calls).toEqual([
      { call: 'explain', with: ['a1105.kingcdn.com', 'A', { address: '168.126.63.1', length: null }] },
    ])
  })

  test.each([
    ['203.0.113.0/24', { address: '203.0.113.0', length: 24 }],
    ['203.0.113.77/24', { address: '203.0.113.77', length: 24 }],
    ['2001:DB8::1/56', { address: '2001:db8::1', length: 56 }],
    ['::ffff:192.0.2.1', { address: '192.0.2.1', length: null }],
    ['::ffff:192.0.2.0/120', { address: '192.0.2.0', length: 24 }],
    ['0.0.0.0/0', { address: '0.0.0.0', length: 0 }],
  ])('takes the client %s', async (client, want) => {
    const { url, calls } = await startApi()
    await getJson(`${url}/v1/explain?name=a1105.kingcdn.com&type=aaaa&client=${encodeURIComponent(client)}`)
    expect(calls[0]?.with).toEqual(['a1105.kingcdn.com', 'AAAA', want])
  })

  test.each([
    ['client=192.0.2.1', /name is missing/],
    ['name=a', /client is missing; legal: 192\.0\.2\.1/],
    ['name=a&client=264.8.8.8', /"264.8.8.8" is not an address/],
    ['name=a&client=192.0.2.1/33', /is not an address; legal/],
    ['name=a&client=::ffff:192.0.2.1/64', /is not an address; legal/],
    ['name=a&client=192.0.2.1%25eth0', /is not an address/],
    ['name=a&client=192.0.2.1&type=A%20B', /type is not a record type/],
    ['name=a&client=192.0.2.1&clinet=x', /unknown parameter "clinet"; legal: name, client, type/],
    ['name=a&name=b&client=192.0.2.1', /parameter name is given twice/],
    [`name=${'a'.repeat(2000)}&client=192.0.2.1`, /too long/],
  ])('refuses %s', async (query, message) => {
    const { url, calls } = await startApi()
    const { status, body } = await getJson(`${url}/v1/explain?${query}`)
    expect(status).toBe(400)
    expect(body.error.code).toBe('bad-request')
    expect(body.error.message).toMatch(message)
    expect(calls).toEqual([])
  })

  test('a name that nobody routes is 404 with the reason', async () => {
    const { url } = await startApi()
    expect(await getJson(`${url}/v1/explain?name=example.org&client=192.0.2.1`)).toMatchObject({
      status: 404,
      body: { error: { code: 'not-found', message: 'example.org is no name of a service' } },
    })
  })
})

describe('drain and restore', () => {
  test('an empty body drains the whole cluster until it is restored', async () => {
    const { url, calls } = await startApi()
    const response = await fetch(`${url}/v1/clusters/icn-kt/drain`, { method: 'POST' })
    expect(response.status).toBe(200)
    const intent = { cluster: 'icn-kt', percent: 100, reason: '', by: 'http 127.0.0.1', rampMs: 120_000 }
    expect(calls).toEqual([{ call: 'drain', with: [intent, false, { by: '', from: 'http 127.0.0.1' }] }])
    expect(await response.json()).toEqual({ drain: { ...intent, since: NOON } })
  })

  test('who calls is named by the header From, fit for one line of a log', async () => {
    const { url, calls } = await startApi()
    const from = (text: string) => postJson(`${url}/v1/clusters/icn-kt/restore`, { ramp: '30s' }, { from: text })
    await from('ops@host')
    await from(`a b\t${'x'.repeat(200)}`)
    const [first, second] = calls.map(call => call.with)
    expect(first).toEqual([
      { cluster: 'icn-kt', by: 'ops@host (http 127.0.0.1)', rampMs: 30_000 },
      { by: 'ops@host', from: 'http 127.0.0.1' },
    ])
    expect(second![1]).toEqual({ by: `a?b?${'x'.repeat(96)}`, from: 'http 127.0.0.1' })
  })

  test.each([
    ['0', 0],
    ['0s', 0],
    ['24h', 86_400_000],
  ])('ramp %s is %d ms', async (ramp, ms) => {
    const { url, calls } = await startApi()
    expect((await postJson(`${url}/v1/clusters/icn-kt/drain`, { ramp })).status).toBe(200)
    expect(calls[0]!.with[0]).toMatchObject({ rampMs: ms })
  })

  test('percent, for, reason and force are handed on', async () => {
    const { url, calls } = await startApi()
    const body = { percent: 50, for: '2h', ramp: '10m', reason: ' switch upgrade ', force: true }
    expect((await postJson(`${url}/v1/clusters/icn-kt/drain`, body)).status).toBe(200)
    const intent = { cluster: 'icn-kt', percent: 50, reason: 'switch upgrade', by: 'http 127.0.0.1', rampMs: 600_000 }
    expect(calls[0]?.with.slice(0, 2)).toEqual([{ ...intent, until: NOON + 7_200_000 }, true])
  })

  test.each([
    [{ percent: 0 }, /percent: 0 is not a number at least 1 and at most 100/],
    [{ percent: '50' }, /percent: "50" is not a number/],
    [{ for: '2 hours' }, /for: "2 hours" is not a duration from 1s to 365d, such as 90s/],
    [{ for: '0s' }, /not a duration/],
    [{ for: 7200 }, /for: 7200 is not a duration/],
    [{ percnt: 50, why: 'x' }, /"percnt"; legal: percent, for, ramp, reason, force; unknown field "why"/],
    [{ ramp: '25h' }, /ramp: "25h" is not 0, or a duration up to 24h/],
    [{ ramp: 0 }, /ramp: 0 is not 0, or a duration/],
    [{ reason: 'a\nb' }, /on one line/],
    [{ reason: 'x'.repeat(201) }, /at most 200 characters/],
    [{ force: 'yes' }, /neither true nor false/],
    [[], /\[\] is not an object/],
    ['null', /null is not an object/],
    ['{"__proto__": {"percent": 5}}', /unknown field "__proto__"/],
    ['{"percent": 50', /the body is not JSON/],
    ['{"percent": 1e999}', /not a number at least 1/],
  ])('refuses %j and changes nothing', async (body, message) => {
    const { url, calls } = await startApi()
    const answer = await postJson(`${url}/v1/clusters/icn-kt/drain`, body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad-request' } } })
    expect(answer.body.error.message).toMatch(message)
    expect(calls).toEqual([])
  })

  test('the audit trail, and what is not one of its parameters', async () => {
    const { url, calls } = await startApi()
    expect((await getJson(`${url}/v1/audit`)).body).toEqual({ audit: [AUDIT_ENTRY] })
    expect((await getJson(`${url}/v1/audit?since=2h&limit=5000`)).status).toBe(200)
    expect(calls.map(call => call.with)).toEqual([
      [0, 100],
      [NOON - 7_200_000, 5000],
    ])
    for (const [query, message] of [
      ['since=yesterday', /since: "yesterday" is not a duration/],
      ['limit=0', /limit: "0" is not a whole number from 1 to 5000/],
      ['limit=5001', /limit/],
      ['limit=1e3', /limit/],
      ['who=ops', /unknown parameter "who"; legal: since, limit/],
    ] as const) {
      const { status, body } = await getJson(`${url}/v1/audit?${query}`)
      expect([status, body.error.message]).toEqual([400, expect.stringMatching(message)])
    }
  })

  test('every problem of a body is named at once', async () => {
    const { url } = await startApi()
    const { body } = await postJson(`${url}/v1/clusters/icn-kt/drain`, { percent: -1, for: 'x', why: 1 })
    expect(body.error.message.split('; ')).toHaveLength(4)
  })

  test.each([
    ['not-found', 404],
    ['conflict', 409],
    ['bad-request', 400],
    ['unavailable', 503],
  ] as const)('a refusal for %s is %d with its own words', async (code, status) => {
    const drain = () => Promise.reject(new Refusal(code, 'the last serving cluster of netcinema-vod'))
    const { url, errors } = await startApi({ port: recordingPort({ drain }).port })
    expect(await postJson(`${url}/v1/clusters/icn-kt/drain`, {})).toMatchObject({
      status,
      body: { error: { code, message: 'the last serving cluster of netcinema-vod' } },
    })
    expect(errors).toEqual([])
  })

  test('a store that is full is 503 and says so: it is no bug, and nothing for the log', async () => {
    const putMeasurements = () => Promise.reject(new StoreFull('the embedded store takes at most 9 measurements'))
    const { url, errors } = await startApi({ port: recordingPort({ putMeasurements }).port })
    const row = { prefix: '192.0.2.0/24', cluster: 'icn-kt', rtt_ms: 12, loss: 0, measured_at: NOON }
    expect(await postJson(`${url}/v1/rtt`, { measurements: [row] })).toMatchObject({
      status: 503,
      body: { error: { code: 'unavailable', message: 'the embedded store takes at most 9 measurements' } },
    })
    expect(errors).toEqual([])
  })

  test('a store that is away is 503, a bug is 500 and hides its words from the caller', async () => {
    const away = () => Promise.reject(new StoreUnavailable('redis://10.0.0.1:6379/0 does not answer'))
    const bug = () => Promise.reject(new TypeError('secret of the inside'))
    const first = await startApi({ port: recordingPort({ restore: away }).port })
    expect(await postJson(`${first.url}/v1/clusters/a/restore`, {})).toMatchObject({
      status: 503,
      body: { error: { code: 'unavailable' } },
    })
    const second = await startApi({ port: recordingPort({ restore: bug }).port })
    const answer = await postJson(`${second.url}/v1/clusters/a/restore`, {})
    expect(answer).toMatchObject({ status: 500, body: { error: { code: 'internal' } } })
    expect(JSON.stringify(answer.body)).not.toContain('secret')
    expect(second.errors).toHaveLength(1)
  })

  test('restore takes the id from the path, decoded', async () => {
    const { url, calls } = await startApi()
    expect((await postJson(`${url}/v1/clusters/icn%2Dkt/restore`, {})).body).toEqual({ restored: 'icn-kt' })
    const wish = { cluster: 'icn-kt', by: 'http 127.0.0.1', rampMs: 120_000 }
    expect(calls).toEqual([{ call: 'restore', with: [wish, { by: '', from: 'http 127.0.0.1' }] }])
  })
})

describe('load', () => {
  test.each(['bps', 'rps', 'conns'])('of a cluster in %s', async unit => {
    const { url, calls } = await startApi()
    const { body } = await postJson(`${url}/v1/clusters/icn-kt/load`, { [unit]: 12.5e9 })
    expect(body).toEqual({ accepted: { cluster: 'icn-kt', [unit]: 12.5e9 } })
    expect(calls).toEqual([{ call: 'reportLoad', with: [{ cluster: 'icn-kt', value: 12.5e9 }, unit] }])
  })

  test('of one server; zero is a load', async () => {
    const { url, calls } = await startApi()
    expect((await postJson(`${url}/v1/clusters/icn-kt/servers/icn-kt-1/load`, { rps: 0 })).status).toBe(200)
    expect(calls[0]?.with).toEqual([{ cluster: 'icn-kt', server: 'icn-kt-1', value: 0 }, 'rps'])
  })

  test.each([[{}], [{ bps: 1, rps: 1 }], [{ bps: -1 }], [{ bps: null }], [{ gbps: 1 }]])('refuses %j', async body => {
    const { url, calls } = await startApi()
    expect((await postJson(`${url}/v1/clusters/icn-kt/load`, body)).status).toBe(400)
    expect(calls).toEqual([])
  })
})

describe('reload', () => {
  test('gives the verdict when taken', async () => {
    const { url, calls } = await startApi()
    const { status, body } = await postJson(`${url}/v1/reload`, { force: true })
    expect({ status, body }).toEqual({
      status: 200,
      body: { accepted: true, problems: [], generation: 43, moved: 0.01 },
    })
    expect(calls).toEqual([{ call: 'reload', with: [true] }])
  })

  test('is 422 with every problem while the old configuration stays', async () => {
    const problems = [
      { severity: 'error', file: 'kingcdn.yaml', line: 4, column: 2, message: 'no such zone' },
      { severity: 'error', file: 'a.zone', line: 1, column: 0, message: 'no SOA' },
    ] as const
    const reload = async () => ({ accepted: false, problems, generation: 42, moved: null })
    const { url } = await startApi({ port: recordingPort({ reload }).port })
    const { status, body } = await postJson(`${url}/v1/reload`, {})
    expect(status).toBe(422)
    expect(body.error).toMatchObject({ code: 'reload-refused', problems, generation: 42 })
    expect(body.error.message).toBe('the old configuration stays: kingcdn.yaml:4:2: no such zone, and more')
  })
})

describe('protocol', () => {
  test('a path that is not there is 404 and lists what is', async () => {
    const { url } = await startApi()
    for (const path of [
      '/v2',
      '/v1/clusters/icn-kt',
      '/v1/status/',
      '//v1/status',
      '/v1/clusters//drain',
      '/favicon.ico',
    ]) {
      const { status, body } = await getJson(`${url}${path}`)
      expect({ path, status }).toEqual({ path, status: 404 })
      expect(body.error.message).toContain('/v1/explain')
    }
  })

  test('another method is 405 and says which are allowed', async () => {
    const { url } = await startApi()
    const asked = async (path: string, method: string) => {
      const response = await fetch(`${url}${path}`, { method })
      return [response.status, response.headers.get('allow')]
    }
    expect(await asked('/v1/status', 'POST')).toEqual([405, 'GET, HEAD'])
    expect(await asked('/v1/reload', 'GET')).toEqual([405, 'POST'])
    expect(await asked('/v1/rtt', 'DELETE')).toEqual([405, 'GET, HEAD, POST'])
    expect(await asked('/metrics', 'OPTIONS')).toEqual([405, 'GET, HEAD'])
  })

  test('a body that is not plain JSON is 415', async () => {
    const { url, calls } = await startApi()
    const target = `${url}/v1/clusters/icn-kt/drain`
    for (const headers of [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application/json; charset=latin1' },
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    ]) {
      const response = await fetch(target, { method: 'POST', headers, body: '{"percent": 50}' })
      expect(response.status, JSON.stringify(headers)).toBe(415)
      expect(((await response.json()) as { error: { code: string } }).error.code).toBe('unsupported-media-type')
    }
    expect(calls).toEqual([])
  })

  test('a body over the limit is 413', async () => {
    const { url, calls } = await startApi()
    const large = JSON.stringify({ reason: 'x'.repeat(70_000) })
    expect(await postJson(`${url}/v1/clusters/icn-kt/drain`, large)).toMatchObject({
      status: 413,
      body: { error: { code: 'too-large' } },
    })
    expect(calls).toEqual([])
  })

  test('a body that is not UTF-8 is 400', async () => {
    const { url } = await startApi()
    const response = await fetch(`${url}/v1/reload`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
    })
    expect(response.status).toBe(400)
  })
})

test('an address that is taken is an error of the start, not of the process', async () => {
  const first = await startApi()
  await expect(startApi({ listen: { address: '127.0.0.1', port: first.port } })).rejects.toThrow(/EADDRINUSE/)
})

test('a call that takes longer than the idle time is not cut off', async () => {
  const reload = async () => {
    await new Promise(resolve => setTimeout(resolve, 400))
    return { accepted: true, problems: [], generation: 43, moved: null }
  }
  const { url } = await startApi({ port: recordingPort({ reload }).port, limits: { idleMs: 100 } })
  expect((await postJson(`${url}/v1/reload`, {})).status).toBe(200)
})

test('changing calls are told in the log, one line each', async () => {
  const lines: string[] = []
  const { url } = await startApi({ log: (level, message) => void lines.push(`${level} ${message}`) })
  await fetch(`${url}/v1/status`)
  await postJson(`${url}/v1/clusters/a%0Ab/restore`, {})
  await expect.poll(() => lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^info http: 127\.0\.0\.1 POST "\/v1\/clusters\/a%0Ab\/restore": 200 in \d+ ms$/)
})

test('close() ends though a connection is kept open', async () => {
  const { http, url } = await startApi()
  await (await fetch(`${url}/livez`)).text()
  const started = performance.now()
  await http.close()
  expect(performance.now() - started).toBeLessThan(3000)
  await expect(fetch(`${url}/livez`)).rejects.toThrow()
})
