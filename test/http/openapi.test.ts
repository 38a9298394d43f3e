import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { AuditTrail } from '../../src/control/audit-trail.ts'
import { audited } from '../../src/control/audited-port.ts'
import { type ControlPort, Refusal } from '../../src/control/port.ts'
import { FAILURES } from '../../src/http/failure.ts'
import { openapi, operationOf } from '../../src/http/openapi.ts'
import { routes } from '../../src/http/routes.ts'
import { OPERATIONS } from '../../src/http/schema/operations.ts'
import type { HttpOptions } from '../../src/http/server.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { AuditEntry } from '../../src/model/audit.ts'
import { StoreUnavailable } from '../../src/store/store.ts'
import { cli } from '../cli/run.ts'
import { openApi, recordingPassive, recordingPort, sendRaw, startApi, withToken } from '../fixture/http.ts'
import { exampleStatus, NOON } from '../fixture/status.ts'

// biome-ignore lint/suspicious/noExplicitAny: a document whose form is what is tested here
type Loose = any

interface Documented {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, Loose>; requestBody?: Loose; parameters?: Loose[] }>
  >
  readonly components: { readonly schemas: object; readonly responses: Record<string, Loose> }
}

const TABLE = routes(
  recordingPort().port,
  createMetrics(() => exampleStatus()),
  { now: () => NOON },
  recordingPassive().passive,
)
const DOCUMENT = JSON.parse(JSON.stringify(openapi(TABLE))) as Documented

/** Answers may grow; that what is written is all there is today is for this test to see. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed)
  if (typeof node !== 'object' || node === null) return node
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]))
  return 'properties' in node && !('additionalProperties' in node) ? { ...inner, additionalProperties: false } : inner
}

const ajv = new Ajv2020({ allowUnionTypes: true, keywords: ['components'] })
const compiled = new Map<string, ValidateFunction>()
function validator(schema: object): ValidateFunction {
  const key = JSON.stringify(schema)
  const known =
    compiled.get(key) ?? ajv.compile({ ...(closed(schema) as object), components: closed(DOCUMENT.components) })
  compiled.set(key, known)
  return known
}

const documented = (method: string, path: string) =>
  DOCUMENT.paths[path.replace(/<(\w+)>/g, '{$1}')]![method.toLowerCase()]!
const resolved = (response: Loose) =>
  response?.$ref === undefined ? response : DOCUMENT.components.responses[response.$ref.split('/').pop()]

/** The answer is what the document says of its status. */
function check(response: Loose, contentType: string, text: string, what: string): void {
  expect(response, `${what} is documented`).toBeDefined()
  const content = resolved(response).content
  const json = content['application/json']
  if (json === undefined) {
    const [media] = Object.keys(content)
    expect(media === '*/*' || contentType.startsWith(media!), `${what}: ${contentType}`).toBe(true)
    return
  }
  expect(contentType, what).toBe('application/json; charset=utf-8')
  const validate = validator(json.schema)
  expect(validate(JSON.parse(text)), `${what}: ${ajv.errorsText(validate.errors)}`).toBe(true)
}

const HEADERS = { 'content-type': 'application/json' }
const concrete = (path: string) => path.replace('<id>', 'icn-kt').replace('<sid>', 'icn-kt-1')

async function call(url: string, method: string, path: string, more: RequestInit & { query?: string } = {}) {
  const response = await fetch(`${url}${concrete(path)}${more.query ?? ''}`, { method, ...more })
  const text = await response.text()
  check(
    documented(method, path).responses[response.status],
    response.headers.get('content-type') ?? '',
    text,
    `${method} ${path} ${response.status} ${text.slice(0, 200)}`,
  )
  return { status: response.status, text }
}

const post = (url: string, path: string, body: unknown) =>
  call(url, 'POST', path, { headers: HEADERS, body: typeof body === 'string' ? body : JSON.stringify(body) })

const GETS = TABLE.filter(({ method, path }) => method === 'GET' && !path.startsWith('/console/'))
const POSTS = TABLE.filter(({ method }) => method === 'POST')
const exampleQuery = (key: string) =>
  `?${Object.entries(OPERATIONS[key]?.query ?? {})
    .map(([name, { example }]) => `${name}=${encodeURIComponent(example)}`)
    .join('&')}`

describe('the document', () => {
  test('is OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(DOCUMENT) as never)
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined })
  })

  test('has every call of the server, and no other', () => {
    const written = Object.entries(DOCUMENT.paths).flatMap(([path, calls]) =>
      Object.keys(calls).map(m => `${m} ${path}`),
    )
    expect(written).toEqual(TABLE.map(r => `${r.method.toLowerCase()} ${r.path.replace(/<(\w+)>/g, '{$1}')}`))
    const routed = TABLE.map(({ method, path }) => `${method} ${path}`)
    expect(Object.keys(OPERATIONS).filter(key => !routed.includes(key))).toEqual([])
    expect(() => openapi([{ method: 'GET', path: '/v1/new', does: '', handle: () => ({}) as never }])).toThrow(
      /\/v1\/new/,
    )
  })

  test('gives every call a name of its own', () => {
    const ids = TABLE.map(route => operationOf(route).id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('is served, and printed by a command', async () => {
    const { url } = await startApi()
    expect(await (await fetch(`${url}/v1/openapi.json`)).json()).toEqual(DOCUMENT)
    expect(JSON.parse((await cli(['docs', 'openapi'])).out)).toEqual(DOCUMENT)
  })
})

describe('a running server answers as documented', () => {
  const entries: AuditEntry[] = []
  const trail = new AuditTrail({
    store: { putAudit: async entry => void entries.push(entry) },
    now: () => NOON,
    log: () => {},
  })
  let url: string
  beforeAll(async () => {
    const api = await openApi({ port: audited(recordingPort().port, trail) })
    url = api.url
    return () => api.http.close()
  })

  test.each(GETS.map(({ path }) => path))('GET %s', async path => {
    expect((await call(url, 'GET', path, { query: exampleQuery(`GET ${path}`) })).status).toBe(200)
  })

  test.each(POSTS.map(({ path }) => path))('POST %s, with the example of the document', async path => {
    const { example = {}, audited } = operationOf({ method: 'POST', path })
    const body = documented('POST', path).requestBody?.content['application/json']
    if (body !== undefined) expect(validator(body.schema)(example), ajv.errorsText()).toBe(true)
    entries.length = 0
    expect((await post(url, path, example)).status).toBe(200)
    expect(entries.length, `audited: ${audited}`).toBe(audited === 'no' ? 0 : 1)
  })

  test.each(
    POSTS.filter(({ path }) => operationOf({ method: 'POST', path }).body !== undefined).map(({ path }) => path),
  )('POST %s takes nothing that the document does not', async path => {
    const { schema } = documented('POST', path).requestBody.content['application/json']
    const keys = Object.keys(schema.properties)
    const { example = {} } = operationOf({ method: 'POST', path })
    const part = fc.constantFrom(0, -1, 0.5, 1, 1e300, '', '0', '2h', 'x'.repeat(300), 'a\nb', true, null, [], [{}], {})
    const other = fc.dictionary(fc.constantFrom(...keys, 'no', '__proto__'), part, { maxKeys: 3 })
    const whole = fc.oneof(
      { weight: 4, arbitrary: other.map(more => ({ ...example, ...more })) },
      other,
      fc.jsonValue(),
    )
    await fc.assert(
      fc.asyncProperty(whole, async body => {
        const { status } = await post(url, path, body)
        expect([200, 400, 404]).toContain(status)
        if (status === 200) expect(validator(schema)(body), JSON.stringify(body)).toBe(true)
      }),
      { seed: 20250602, numRuns: 40 },
    )
  })

  test.each(TABLE.filter(r => r.path.startsWith('/v1/')).map(r => [r.method, r.path] as const))(
    '%s %s takes the documented parameters alone',
    async (method, path) => {
      const { status, text } = await call(url, method, path, { query: '?nothing=1' })
      const names = (documented(method, path).parameters ?? []).filter(p => p.in === 'query').map(p => p.name)
      expect(status).toBe(400)
      expect(text).toContain(names.length === 0 ? 'this call takes none' : `legal: ${names.join(', ')}"`)
    },
  )
})

describe('every documented error comes', () => {
  const failing = (more: Partial<ControlPort>): Partial<HttpOptions> => ({ port: recordingPort(more).port })
  const rejecting = (error: Error) => () => Promise.reject(error)
  const drain = '/v1/clusters/<id>/drain'
  const rates = { reads: 0.1, feeds: 0, changes: 0 }
  const verdict = { accepted: false, problems: [], generation: 42, moved: 0.4 }
  const foreign = { listen: { address: '0.0.0.0', port: 0 } }

  type Case = [
    code: keyof typeof FAILURES,
    options: Partial<HttpOptions>,
    run: (url: string) => Promise<{ status: number; text: string }>,
  ]
  const cases: Case[] = [
    ['bad-request', {}, url => post(url, drain, { percent: 0 })],
    ['unauthorized', withToken('s3cret'), url => post(url, drain, {})],
    ['forbidden', foreign, url => post(url, drain, {})],
    ['foreign-origin', {}, url => call(url, 'GET', '/v1/status', { headers: { origin: 'https://evil.example' } })],
    ['not-found', failing({ drain: rejecting(new Refusal('not-found', 'x')) }), url => post(url, drain, {})],
    ['conflict', failing({ drain: rejecting(new Refusal('conflict', 'x')) }), url => post(url, drain, {})],
    ['too-large', {}, url => post(url, drain, { reason: 'x'.repeat(70_000) })],
    [
      'unsupported-media-type',
      {},
      url => call(url, 'POST', drain, { body: 'x', headers: { 'content-type': 'text/plain' } }),
    ],
    ['reload-refused', failing({ reload: async () => verdict }), url => post(url, '/v1/reload', {})],
    [
      'too-many-requests',
      { rates },
      async url => {
        await call(url, 'GET', '/v1/clusters')
        return call(url, 'GET', '/v1/clusters')
      },
    ],
    ['internal', failing({ drain: rejecting(new TypeError('x')) }), url => post(url, drain, {})],
    ['unavailable', failing({ drain: rejecting(new StoreUnavailable('x')) }), url => post(url, drain, {})],
  ]
  test.each(cases)('%s', async (code, options, run) => {
    const { status, text } = await run((await startApi(options)).url)
    expect([status, JSON.parse(text).error.code]).toEqual([FAILURES[code].status, code])
  })

  // What fetch cannot say.
  const raw: [code: keyof typeof FAILURES, request: string][] = [
    ['foreign-host', 'GET /v1/status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'],
    ['method-not-allowed', 'PUT /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['timeout', 'GET /v1/status HTTP/1.1\r\n'],
    ['headers-too-large', `GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ]
  test.each(raw)('%s', async (code, request) => {
    const { port } = await startApi({ limits: { headersMs: 150, requestMs: 300 } })
    const answer = await sendRaw(port, request, 8000)
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)![1])
    const text = answer.split('\r\n\r\n')[1]!
    expect([status, JSON.parse(text).error.code]).toEqual([FAILURES[code].status, code])
    check(DOCUMENT.components.responses[`Error${status}`], 'application/json; charset=utf-8', text, code)
  })

  test('there is no other', () => {
    expect([...cases, ...raw].map(([code]) => code).sort()).toEqual(Object.keys(FAILURES).sort())
  })

  test('a batch names its bad rows, readiness its state', async () => {
    const { url } = await startApi()
    expect((await post(url, '/v1/rtt', { measurements: [{}, 1] })).text).toContain('"rows"')
    expect((await post(url, '/v1/clusters/<id>/rtt', { samples: [{}] })).text).toContain('"samples"')
    expect((await post(url, '/v1/demand', { rows: [{}] })).text).toContain('"rows"')
    const starting = await startApi(failing({ status: () => exampleStatus(0, { phase: 'starting' }) }))
    expect((await call(starting.url, 'GET', '/readyz')).status).toBe(503)
  })
})
