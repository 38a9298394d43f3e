import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FAILURES, type Failure, type FailureCode, failureBody } from './failure.ts'

/** What a handler answers with. An iterable body is streamed, chunk by chunk, as fast as the client reads. */
export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string | Iterable<string>
  readonly headers?: Readonly<Record<string, string>>
  /** The call is one that programs repeat every few seconds: no line in the log. */
  readonly feed?: boolean
  /** Of an error. */
  readonly code?: FailureCode
}

export function json(value: unknown, status = 200): Reply {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` }
}

export function failureReply(failure: Failure): Reply {
  return {
    status: FAILURES[failure.code].status,
    type: 'application/json; charset=utf-8',
    body: failureBody(failure),
    headers: failure.headers,
    code: failure.code,
  }
}

/** Nothing here may be cached, sniffed, framed or used as a referrer. */
const ALWAYS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
}

/** Sends the reply; node leaves the body out for HEAD. Rejects when the client goes away in the middle of a streamed body. */
export async function send(response: ServerResponse, reply: Reply): Promise<void> {
  const head = { ...ALWAYS, 'content-type': reply.type, ...reply.headers }
  if (typeof reply.body === 'string') {
    response.writeHead(reply.status, { ...head, 'content-length': String(Buffer.byteLength(reply.body)) })
    response.end(reply.body)
    return
  }
  response.writeHead(reply.status, head)
  if (response.req.method === 'HEAD') response.end()
  else await pipeline(Readable.from(reply.body), response)
}
