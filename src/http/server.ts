import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { millis } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import type { ControlPort } from '../control/port.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { PassivePort } from '../model/passive.ts'
import { FAILURES, Failure, type FailureCode, failureBody } from './failure.ts'
import { Gate, NO_LIMIT, type Rates } from './gate.ts'
import { type Door, NO_TOKENS, type Tokens } from './guard.ts'
import { routes } from './routes.ts'
import { type HttpLog, type Service, serve } from './service.ts'

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

export interface HttpOptions {
  /** Address literal or localhost; port 0 takes a free one. */
  readonly listen: { readonly address: string; readonly port: number }
  /** A socket that listens there already; null or absent: one is opened. */
  readonly fd?: number | null
  /** Asked at each call, so that they may change. Left out: {@link NO_TOKENS}. */
  readonly tokens?: () => Tokens
  /** How often one client may call. Left out: {@link NO_LIMIT}. */
  readonly rates?: Rates
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
  /** Calls since the start, by outcome: `ok`, a code of `FAILURES`, or `dropped`: there were too many connections. */
  counts(): Readonly<Record<string, number>>
  /** Takes no new connection, lets running calls end for a second, then cuts. */
  close(): Promise<void>
}

const CLOSE_GRACE_MS = 1000
const REQUESTS_PER_CONNECTION = 100
const OUTCOMES = ['ok', ...Object.keys(FAILURES), 'dropped']

/** Serves the HTTP API. Rejects when the address cannot be had; after that nothing a client sends ever throws. */
export async function startHttp(options: HttpOptions): Promise<Http> {
  const limits = { ...LIMITS, ...options.limits }
  const clock = options.clock ?? { now: () => millis(Date.now()) }
  const door: Door = {
    host: options.listen.address,
    tokens: options.tokens ?? (() => NO_TOKENS),
    names: () => [options.port.status().node, ...(options.names ?? [])],
  }
  const counts = new Map(OUTCOMES.map(outcome => [outcome, 0]))
  const count = (outcome: string) => void counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  const service: Service = {
    table: routes(options.port, options.metrics, clock, options.passive),
    gate: new Gate(options.rates ?? NO_LIMIT, clock),
    idleMs: limits.idleMs,
    log: options.log,
    ...{ door, count },
  }
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: 5000,
      maxHeaderSize: limits.headerBytes,
      connectionsCheckingInterval: Math.min(1000, limits.headersMs),
    },
    (request, response) => void serve(request, response, service),
  )
  server.maxConnections = limits.connections
  // A client may send thousands of requests in one packet; they would all be begun before anybody else's turn.
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION
  server.setTimeout(limits.idleMs)
  server.on('drop', () => count('dropped'))
  server.on('clientError', (error, socket) => refuseConnection(error, socket, count))
  await listen(server, options.listen, options.fd ?? null)
  server.on('error', error => options.log('error', `http: ${error.message}`))
  const { address, port } = server.address() as AddressInfo
  return { address: { address, port }, counts: () => Object.fromEntries(counts), close: () => close(server) }
}

/** What the parser refused, before there is a request. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex, count: (outcome: string) => void): void {
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
  count(code)
  const body = failureBody(new Failure(code, FAILURES[code].when))
  socket.on('error', () => {})
  socket.end(
    `HTTP/1.1 ${FAILURES[code].status} ${code}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}

function listen(server: Server, { address, port }: HttpOptions['listen'], fd: number | null): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const listening = (): void => {
      server.off('error', reject)
      resolve()
    }
    if (fd !== null) server.listen({ fd }, listening)
    else server.listen({ host: address.replace(/^\[(.*)\]$/, '$1'), port }, listening)
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
