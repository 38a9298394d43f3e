import type { Caller } from '../model/audit.ts'
import { Failure } from './failure.ts'
import type { Pace } from './gate.ts'
import type { Reply } from './reply.ts'

/** One call, as its handler sees it. */
export interface Call {
  /** The variable parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The JSON body; undefined when empty. */
  readonly body: () => Promise<unknown>
  /** Address of the caller. */
  readonly remote: string
  readonly caller: Caller
}

export interface Route {
  readonly method: 'GET' | 'POST'
  /** `/v1/clusters/<id>/drain`: a segment in angle brackets is variable. */
  readonly path: string
  /** What it does, for docs/http-api.md. */
  readonly does: string
  /** Largest body, bytes; for POST. */
  readonly bodyLimit?: number
  /** Left out: reads for GET, changes for POST. */
  readonly pace?: Pace
  /** It never needs a token: it tells nothing, or those who ask have none. */
  readonly isOpen?: true
  readonly handle: (call: Call) => Reply | Promise<Reply>
}

export interface Match {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** Finds the route of a request. Fails with 404, with 405 and what is allowed, or with 400 for a path that cannot be decoded. */
export function match(routes: readonly Route[], method: string, path: string): Match {
  const here = routes.flatMap(route => {
    const params = paramsOf(route.path, path)
    return params === null ? [] : [{ route, params }]
  })
  if (here.length === 0)
    throw new Failure('not-found', `no such path; legal: ${[...new Set(routes.map(r => r.path))].join(', ')}`)
  // RFC 9110 section 9.3.2: HEAD is GET without the content.
  const wanted = method === 'HEAD' ? 'GET' : method
  const found = here.find(({ route }) => route.method === wanted)
  if (found !== undefined) return found
  const allow = here.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method])).join(', ')
  throw new Failure('method-not-allowed', `${method} is not possible here; legal: ${allow}`, { headers: { allow } })
}

function paramsOf(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/')
  const got = path.split('/')
  if (want.length !== got.length) return null
  const params: Record<string, string> = {}
  for (const [i, segment] of want.entries()) {
    const given = got[i]!
    const variable = /^<(.+)>$/.exec(segment)?.[1]
    if (variable === undefined ? segment !== given : given === '') return null
    if (variable !== undefined) params[variable] = decode(given)
  }
  return params
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Failure('bad-request', 'the path is not valid percent-encoded UTF-8')
  }
}
