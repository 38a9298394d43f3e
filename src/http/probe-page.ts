import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from '../metrics/metrics.ts'
import type { ProbeStatus } from '../model/probe-status.ts'
import { Failure, failureOf } from './failure.ts'
import { checkHost, checkOrigin, type Door, NO_TOKENS } from './guard.ts'
import { failureReply, json, type Reply, send } from './reply.ts'

const REQUEST_MS = 10_000
const CONNECTIONS = 64
const HEADER_OCTETS = 16 * 1024

export interface ProbePageOptions {
  /** Address literal; port 0 takes a free one. */
  readonly listen: { readonly address: string; readonly port: number }
  /** Host names under which the page is reached, beside localhost and the listen address. */
  readonly names: readonly string[]
  readonly status: () => ProbeStatus
  readonly metrics: Metrics
}

export interface ProbePage {
  readonly address: { readonly address: string; readonly port: number }
  close(): Promise<void>
}

/** `GET /metrics`, `/status` and `/livez` of a prober: nothing there can be changed. Rejects when the address cannot be had. */
export async function startProbePage(options: ProbePageOptions): Promise<ProbePage> {
  const door: Door = { host: options.listen.address, tokens: () => NO_TOKENS, names: () => options.names }
  const server = createServer(
    { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS, maxHeaderSize: HEADER_OCTETS },
    (request, response) => {
      request.resume()
      void answer(options, request.method ?? '', request.url ?? '', () => {
        checkHost(request.headers, door)
        checkOrigin(request.headers)
      }).then(reply => deliver(response, reply))
    },
  )
  server.maxConnections = CONNECTIONS
  server.setTimeout(REQUEST_MS)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: options.listen.address, port: options.listen.port }, resolve)
  })
  server.on('error', () => undefined)
  const { address, port } = server.address() as AddressInfo
  return {
    address: { address, port },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  { status, metrics }: ProbePageOptions,
  method: string,
  path: string,
  guard: () => void,
): Promise<Reply> {
  try {
    guard()
    if (method !== 'GET' && method !== 'HEAD')
      throw new Failure('method-not-allowed', 'legal: GET, HEAD', { headers: { allow: 'GET, HEAD' } })
    switch (path) {
      case '/metrics': {
        const { contentType, body } = await metrics.scrape()
        return { status: 200, type: contentType, body }
      }
      case '/status':
        return json(status())
      case '/livez':
        return json({ live: true })
      default:
        throw new Failure('not-found', 'no such path; legal: /metrics, /status, /livez')
    }
  } catch (thrown) {
    return failureReply(failureOf(thrown))
  }
}

async function deliver(response: ServerResponse, reply: Reply): Promise<void> {
  response.on('error', () => undefined)
  await send(response, reply).catch(() => response.destroy())
}
