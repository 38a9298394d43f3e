import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import type { ControlPort } from '../control/port.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Caller } from '../model/audit.ts'
import type { PassivePort } from '../model/passive.ts'
import { readJson } from './body.ts'
import { FAILURES, Failure, type FailureCode, failureBody, failureOf } from './failure.ts'
import { checkHost, checkOrigin, checkToken, type Door } from './guard.ts'
import { failureReply, type Reply, send } from './reply.ts'
import { match, type Route } from './router.ts'
import { routes } from './routes.ts'

/** Times in ms. */
export interface HttpLimits {
  /** For the request line and the headers, from the first byte (or from the connection when none comes). */
  readonly headersMs: number
  /** For the whole request. */
  readonly requestMs: number
  /** Without a byte either way: slow readers too. */
  readonly idleMs: number
  readonly connections: number
  readonly headerBytes: number
}

const LIMITS: HttpLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 120_000,
  connections: 256,
  headerBytes: 16 * 1024,
}

/** Changing calls are told as info, own faults as error. */
export type HttpLog = (level: 'info' | 'error', message: string) => void

export interface HttpOptions {
  /** Address literal or localhost; port 0 takes a free one. */
  readonly listen: { readonly address: string; readonly port: number }
  /** Asked for by changing calls whenever it is set. null: changing calls only on a loopback address. */
  readonly token: string | null
  readonly port: ControlPort
  readonly metrics: Metrics
  readonly passive: PassivePort
  readonly log: HttpLog
  /** Host names under which the API is reached, beside localhost, the listen address and the node's name. */
  readonly names?: readonly string[]
  readonly limits?: Partial<HttpLimits>
  readonly clock?: Clock
}

export interface Http {
  /** Where it really listens. */
  readonly address: { readonly address: string; readonly port: number }
  /** Takes no new connection, lets running calls end for a second, then cuts. */
  close(): Promise<void>
}

const CLOSE_GRACE_MS = 1000
const LONGEST_NAME = 100
const REQUESTS_PER_CONNECTION = 100

/** Serves the HTTP API. Rejects when the address cannot be had; after that nothing a client sends ever throws. */
export async function startHttp(options: HttpOptions): Promise<Http> {
  const limits = { ...LIMITS, ...options.limits }
  const clock = options.clock ?? { now: () => millis(Date.now()) }
  const door: Door = {
    host: options.listen.address,
    token: options.token,
    names: () => [options.port.status().node, ...(options.names ?? [])],
  }
  const table = routes(options.port, options.metrics, clock, options.passive)
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: 5000,
      maxHeaderSize: limits.headerBytes,
      connectionsCheckingInterval: Math.min(1000, limits.headersMs),
    },
    (request, response) => void serve(request, response, { table, door, limits, log: options.log }),
  )
  server.maxConnections = limits.connections
  // A client may send thousands of requests in one packet; they would all be begun before anybody else's turn.
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION
  server.setTimeout(limits.idleMs)
  server.on('clientError', refuseConnection)
  await listen(server, options.listen)
  server.on('error', error => options.log('error', `http: ${error.message}`))
  const { address, port } = server.address() as AddressInfo
  return { address: { address, port }, close: () => close(server) }
}

interface Service {
  readonly table: readonly Route[]
  readonly door: Door
  readonly limits: HttpLimits
  readonly log: HttpLog
}

async function serve(request: IncomingMessage, response: ServerResponse, service: Service): Promise<void> {
  // A client that goes away is no event; without a listener its reset would end the process. (A request without one stays silent.)
  response.on('error', () => {})
  const { socket, method } = request
  // While a handler works (a reload may take minutes) silence is not the client's fault.
  socket.setTimeout(0)
  const started = performance.now()
  const reply = await answer(request, service)
  socket.setTimeout(service.limits.idleMs)
  try {
    await send(response, reply)
  } catch {
    response.destroy()
  }
  if (method === 'POST' && reply.feed !== true) {
    const ms = Math.round(performance.now() - started)
    service.log('info', `http: ${socket.remoteAddress} ${method} ${shown(request)}: ${reply.status} in ${ms} ms`)
  }
}

/** The target of the request, fit for one line of a log. */
const shown = ({ url }: IncomingMessage): string => JSON.stringify(url?.slice(0, 200))

/** Guards, route, handler; whatever goes wrong becomes an error reply. */
async function answer(request: IncomingMessage, { table, door, log }: Service): Promise<Reply> {
  try {
    checkHost(request.headers, door)
    checkOrigin(request.headers)
    const { path, query } = target(request.url ?? '')
    const { route, params } = match(table, request.method ?? '', path)
    if (route.method === 'POST') checkToken(request.headers, door)
    return await route.handle({
      params,
      query,
      body: () => readJson(request, route.bodyLimit ?? 0),
      remote: request.socket.remoteAddress ?? '',
      caller: callerOf(request),
    })
  } catch (thrown) {
    const failure = failureOf(thrown)
    if (failure.code === 'internal')
      log(
        'error',
        `http: ${request.method} ${shown(request)}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`,
      )
    return failureReply(failure)
  }
}

/** RFC 9110 section 10.1.2: From names the human user, who need not tell the truth. */
function callerOf({ headers, socket }: IncomingMessage): Caller {
  const by = (headers.from ?? '').slice(0, LONGEST_NAME).replace(/[^\x21-\x7e]/g, '?')
  return { by, from: `http ${socket.remoteAddress ?? ''}` }
}

/** Origin form only (RFC 9112 section 3.2.1). Split by hand: `new URL` would take the host out of `//evil/`. */
function target(url: string): { path: string; query: URLSearchParams } {
  if (!url.startsWith('/')) throw new Failure('bad-request', 'the request target must be a path')
  const mark = url.indexOf('?')
  if (mark < 0) return { path: url, query: new URLSearchParams() }
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) }
}

/** What the parser refused, before there is a request. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const code: FailureCode =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'headers-too-large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'timeout'
        : 'bad-request'
  const body = failureBody(new Failure(code, FAILURES[code].when))
  socket.on('error', () => {})
  socket.end(
    `HTTP/1.1 ${FAILURES[code].status} ${code}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}

function listen(server: Server, { address, port }: HttpOptions['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address.replace(/^\[(.*)\]$/, '$1'), port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
