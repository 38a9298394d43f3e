import { FAILURES, type FailureCode } from './failure.ts'
import { type Spec, schemaOf } from './fields.ts'
import type { Route } from './router.ts'
import { OPERATIONS, type Operation, PAGE, type Parameter } from './schema/operations.ts'
import { BAD_ITEMS, VERDICT } from './schema/replies.ts'
import type { Json, Schema } from './schema/schema.ts'

const ABOUT = `Administration and observation of one KingCDN nameserver.

Every path that takes GET takes HEAD too; another method is \`method-not-allowed\` (405, with an Allow header). Unknown fields and parameters of
requests are refused. Programs leave aside fields of answers that they do not know: later versions may add some.`

/** Every call may end in these, and every changing one in those of the second line too. */
const ALWAYS: readonly FailureCode[] = ['bad-request', 'foreign-host', 'foreign-origin', 'timeout', 'too-many-requests']
const ALWAYS_TOO: readonly FailureCode[] = ['headers-too-large', 'internal']
const ON_CHANGE: readonly FailureCode[] = ['unauthorized', 'forbidden', 'too-large', 'unsupported-media-type']

/** The OpenAPI 3.1 document of these routes. Throws when one of them has no operation. */
export function openapi(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {}
  const parts = new Map<string, Json>(BAD_ITEMS.parts)
  for (const route of routes) {
    const operation = operationOf(route)
    const path = route.path.replace(/<(\w+)>/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(route, operation) }
    for (const schema of [operation.gives, ...Object.values(VERDICT)])
      if (typeof schema !== 'string') for (const [name, json] of schema.parts) parts.set(name, json)
  }
  return {
    openapi: '3.1.0',
    info: { title: 'KingCDN HTTP API', version: '1', description: ABOUT, license: { name: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: Object.fromEntries([...parts].sort(([a], [b]) => (a < b ? -1 : 1))),
      responses: Object.fromEntries(STATUSES.map(status => [`Error${status}`, errorResponse(status)])),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of `http.token`; for GET one of `http.readToken` will do',
        },
      },
    },
  }
}

/** Throws when there is none. */
export function operationOf({ method, path }: Pick<Route, 'method' | 'path'>): Operation {
  const operation = OPERATIONS[`${method} ${path}`]
  if (operation !== undefined) return operation
  if (method === 'GET' && (path === '/' || path.startsWith('/console/')))
    return { ...PAGE, id: path === '/' ? 'getConsole' : 'getConsolePart' }
  throw new Error(`src/http/schema/operations.ts says nothing of ${method} ${path}`)
}

function describe(route: Route, operation: Operation): Json {
  const { id, gives, query = {}, body, rule, example, audited } = operation
  const inPath = [...route.path.matchAll(/<(\w+)>/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string', minLength: 1 } },
  }))
  const inQuery = Object.entries(query).map(([name, parameter]) => queryParameter(name, parameter))
  const parameters = [...inPath, ...inQuery]
  return {
    operationId: id,
    summary: route.does,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(body, rule, example) }),
    responses: { ...replies(gives, operation), ...errors(route, operation) },
    // Whether a token is needed is for the configuration to say.
    security: route.isOpen === true ? [] : [{ token: [] }, {}],
    ...(audited === undefined ? {} : { 'x-audited': audited }),
  }
}

const queryParameter = (name: string, { schema, required, about, example }: Parameter): Json => ({
  ...{ name, in: 'query', required: required ?? false, description: about, schema, example },
})

function requestBody(body: Spec, rule: Json = {}, example: Json = {}): Json {
  const schema = { ...schemaOf(body), ...rule }
  // An empty body counts as {}.
  return {
    required: (schema.required ?? schema.oneOf) !== undefined,
    content: { 'application/json': { schema, example } },
  }
}

function replies(gives: Schema<never> | string, { whenNotReady }: Operation): Json {
  return {
    200: { description: 'Done', content: contentOf(gives) },
    ...(whenNotReady && { 503: { description: 'Not ready', content: contentOf(whenNotReady) } }),
  }
}

const contentOf = (gives: Schema<never> | string): Json =>
  typeof gives === 'string'
    ? { [gives]: { schema: { type: 'string' } } }
    : { 'application/json': { schema: gives.json } }

function errors({ method }: Route, { fails = [] }: Operation): Json {
  // GET needs a token where `http.readToken` is set.
  const codes = [...ALWAYS, ...ALWAYS_TOO, ...(method === 'POST' ? ON_CHANGE : (['unauthorized'] as const)), ...fails]
  const statuses = [...new Set(codes.map(code => FAILURES[code].status))].sort()
  return Object.fromEntries(statuses.map(status => [status, { $ref: `#/components/responses/Error${status}` }]))
}

const CODES = Object.keys(FAILURES) as FailureCode[]
const STATUSES = [...new Set(CODES.map(code => FAILURES[code].status))].sort()

/** What an error tells beside code and message. */
const DETAILS: Readonly<Partial<Record<number, Readonly<Record<string, Json>>>>> = {
  400: { rows: BAD_ITEMS.json, samples: BAD_ITEMS.json },
  422: Object.fromEntries(Object.entries(VERDICT).map(([key, { json }]) => [key, json])),
}

const HEADERS: Readonly<Partial<Record<number, Json>>> = {
  401: { 'WWW-Authenticate': { schema: { type: 'string' } } },
  405: { Allow: { schema: { type: 'string' } } },
  429: { 'Retry-After': { description: 's', schema: { type: 'integer', minimum: 1 } } },
}

function errorResponse(status: number): Json {
  const codes = CODES.filter(code => FAILURES[code].status === status)
  const error = {
    type: 'object',
    properties: { code: { enum: codes }, message: { type: 'string' }, ...DETAILS[status] },
    required: ['code', 'message'],
  }
  return {
    description: codes.map(code => `\`${code}\`: ${FAILURES[code].when}`).join('; '),
    ...(HEADERS[status] === undefined ? {} : { headers: HEADERS[status] }),
    content: { 'application/json': { schema: { type: 'object', properties: { error }, required: ['error'] } } },
  }
}
