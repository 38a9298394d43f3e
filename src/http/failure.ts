import { Refusal } from '../control/port.ts'

/** Every `error.code` that the API answers with, its HTTP status and when; docs/http-api.md lists the same. */
export const FAILURES = {
  'bad-request': {
    status: 400,
    when: 'the request, a parameter or the body is not what the call takes; the message says what is',
  },
  unauthorized: { status: 401, when: 'a call that needs a bearer token came without one, or with a wrong one' },
  forbidden: { status: 403, when: 'a changing call on an address that is not loopback while no token is configured' },
  'foreign-host': {
    status: 403,
    when: 'the Host header names neither the listen address, localhost, nor a configured name',
  },
  'foreign-origin': { status: 403, when: 'the call comes from a web page of another site (Origin header)' },
  'not-found': { status: 404, when: 'no such path, cluster, server or name' },
  'method-not-allowed': { status: 405, when: 'the path takes other methods; the Allow header lists them' },
  timeout: { status: 408, when: 'the request did not arrive in time' },
  conflict: { status: 409, when: 'the state forbids it, such as draining the last serving cluster of a service' },
  'too-large': { status: 413, when: 'the body is larger than the call takes' },
  'unsupported-media-type': { status: 415, when: 'the body is not plain `application/json`' },
  'reload-refused': {
    status: 422,
    when: 'the new configuration is bad and the old one stays; `error.problems` lists why',
  },
  'too-many-requests': {
    status: 429,
    when: 'the client calls too often, tried too many tokens, or reports too much; the Retry-After header says in how many seconds it may again',
  },
  'headers-too-large': { status: 431, when: 'the request line and headers exceed 16 KiB' },
  internal: { status: 500, when: 'a bug; the log has the details' },
  unavailable: { status: 503, when: 'the store cannot keep the change, or nothing is served yet' },
} as const satisfies Record<string, { readonly status: number; readonly when: string }>

export type FailureCode = keyof typeof FAILURES

/** What a handler throws to answer with an error. `details` goes into the error object beside code and message. */
export class Failure extends Error {
  readonly code: FailureCode
  readonly details: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  constructor(
    code: FailureCode,
    message: string,
    more: {
      readonly details?: Readonly<Record<string, unknown>>
      readonly headers?: Readonly<Record<string, string>>
    } = {},
  ) {
    super(message)
    this.name = 'Failure'
    this.code = code
    this.details = more.details ?? {}
    this.headers = more.headers ?? {}
  }
}

const STORE_FAILURES = ['StoreUnavailable', 'StoreFull']

/** The failure that stands for whatever a handler threw: what the caller did wrong by its code, anything unforeseen as `internal`. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  if (thrown instanceof Refusal) return new Failure(thrown.code, thrown.message)
  // By name, since http knows control and not the store behind it.
  if (thrown instanceof Error && STORE_FAILURES.includes(thrown.name)) return new Failure('unavailable', thrown.message)
  return new Failure('internal', 'something went wrong inside; the log has the details')
}

/** `{ "error": { "code", "message" } }` */
export function failureBody(failure: Failure): string {
  return `${JSON.stringify({ error: { code: failure.code, message: failure.message, ...failure.details } })}\n`
}
