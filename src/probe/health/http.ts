import { type IncomingMessage, request } from 'node:http'
import { createConnection, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import type { HttpCheck, StatusRange, TlsCheck } from '../../model/health-checks.ts'
import { type Attempt, attempt } from './attempt.ts'
import type { Address, Check } from './check.ts'

/** A reply's status line and fields are at most so many octets. */
const MOST_FIELDS = 16 * 1024
/** Of a body no more is read. */
const MOST_BODY = 64 * 1024
const AGENT = 'kingcdn-monitor'

/**
 * Passes when the server answers a GET with an expected status and a body that ends, or goes on past 64 KiB, in time and has the expected text
 * in it. Each check opens a connection of its own: a server that only keeps old ones going is no healthy one. `context`: null without TLS.
 */
export function httpCheck(check: HttpCheck, context: SecureContext | null): Check {
  const { port, tls } = check
  const body = check.body === undefined ? null : Buffer.from(check.body)
  return (at, limitMs) =>
    attempt(at.family, limitMs, outcome => {
      const ask = (): void => send(socket, at, check, body, outcome)
      const socket =
        tls === null
          ? createConnection({ host: at.text, port }).once('connect', ask)
          : openTls(at, port, tls, context!, outcome, ask)
      socket.on('error', outcome.error)
      socket.once('close', () => outcome.fail('protocol'))
      return () => socket.destroy()
    })
}

/** Calls `ask` once the handshake is done and the certificate is as it must be. Sessions are not resumed: each check sees the certificate. */
function openTls(
  { text: host }: Address,
  port: number,
  tls: TlsCheck,
  secureContext: SecureContext,
  outcome: Attempt,
  ask: () => void,
): TLSSocket {
  const socket = connectTls({
    host,
    port,
    secureContext,
    ALPNProtocols: ['http/1.1'],
    // Judged below, where a bad certificate can be told from a broken handshake.
    rejectUnauthorized: false,
    checkServerIdentity: tls.verify ? identityFault : () => undefined,
    ...(tls.name === undefined ? {} : { servername: tls.name }),
  })
  return socket.once('secureConnect', () => {
    if (tls.verify && !isTrusted(socket, tls)) outcome.fail('certificate')
    else ask()
  })
}

/** undefined where the certificate has the name. Names that cannot be read are a fault too, not an exception. */
function identityFault(...[name, certificate]: Parameters<typeof checkServerIdentity>): Error | undefined {
  try {
    return checkServerIdentity(name, certificate)
  } catch (error) {
    return error as Error
  }
}

/** `authorized` says that an authority vouches for it, that its dates are good, and that it has the name, or else the address. */
function isTrusted(socket: TLSSocket, { validFor }: TlsCheck): boolean {
  if (!socket.authorized || validFor === 0) return socket.authorized
  return Date.parse(socket.getPeerCertificate().valid_to) - Date.now() > validFor
}

function send(socket: Socket, at: Address, check: HttpCheck, body: Buffer | null, outcome: Attempt): void {
  const exchange = request({
    createConnection: () => socket,
    path: check.path,
    setHost: false,
    headers: { host: check.host ?? hostOf(at, check), 'user-agent': AGENT, accept: '*/*', connection: 'close' },
    maxHeaderSize: MOST_FIELDS,
  })
  exchange.on('error', outcome.error)
  exchange.once('response', response => {
    if (check.status.some(range => admits(range, response.statusCode ?? 0))) readBody(response, body, outcome)
    else outcome.fail('status')
  })
  exchange.end()
}

const admits = ({ first, last }: StatusRange, status: number): boolean => first <= status && status <= last

/** RFC 9110 section 7.2: the authority that is asked, its port unless it is the scheme's own. */
function hostOf({ text, family }: Address, { port, tls }: HttpCheck): string {
  const host = family === 6 ? `[${text}]` : text
  return port === (tls === null ? 80 : 443) ? host : `${host}:${port}`
}

/** Looks for `wanted` (null: nothing) across the bounds of chunks; holds no more than one chunk and the end of those before. */
function readBody(response: IncomingMessage, wanted: Buffer | null, outcome: Attempt): void {
  let length = 0
  let tail: Buffer = Buffer.alloc(0)
  const atEnd = (): void => (wanted === null ? outcome.pass() : outcome.fail('body'))
  response.on('data', (chunk: Buffer) => {
    if (wanted !== null) {
      const seen = Buffer.concat([tail, chunk.subarray(0, MOST_BODY - length)])
      if (seen.includes(wanted)) return outcome.pass()
      tail = seen.subarray(Math.max(0, seen.length - wanted.length + 1))
    }
    length += chunk.length
    if (length >= MOST_BODY) atEnd()
  })
  response.once('end', atEnd)
}
