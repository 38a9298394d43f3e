import { readFileSync } from 'node:fs'
import { type ConnectionOptions, connect } from 'node:tls'
import { AbstractConnector } from 'ioredis'
import type { HostPort, RedisAddress } from './store-url.ts'

/** What a connection needs of the files that the address names; null without TLS, a sentence where one cannot be read. Read anew for every session. */
export function readTls({ tls, ca, cert, key }: RedisAddress): ConnectionOptions | null | string {
  if (!tls) return null
  try {
    return {
      ...(ca === null ? {} : { ca: readFileSync(ca) }),
      ...(cert === null || key === null ? {} : { cert: readFileSync(cert), key: readFileSync(key) }),
    }
  } catch (error) {
    return `TLS: ${error instanceof Error ? error.message : String(error)}`
  }
}

/**
 * Connects to one server. ioredis listens for the first error of a socket only; a refused handshake can give two, and the second would be an uncaught
 * exception.
 */
export class TlsConnector extends AbstractConnector {
  readonly #options: ConnectionOptions

  constructor({ host, port, tls, disconnectTimeout }: Target) {
    super(disconnectTimeout)
    this.#options = { ...tls, host, port }
  }

  override async connect() {
    this.connecting = true
    const stream = connect(this.#options)
    stream.on('error', error => {
      this.firstError ??= error
    })
    this.stream = stream
    return stream
  }
}

interface Target {
  readonly host: string
  readonly port: number
  readonly tls: ConnectionOptions
  readonly disconnectTimeout: number
}

/**
 * Why TLS with all of `hosts` fails, null when it does not with one of them: what ioredis keeps to itself of the Sentinels, and of the nodes that it asks
 * for the slots of a Cluster. Within `timeoutMs`.
 */
export async function whyNoTls(
  hosts: readonly HostPort[],
  options: ConnectionOptions,
  timeoutMs: number,
): Promise<string | null> {
  const faults = await Promise.all(hosts.map(host => handshake({ ...options, ...host, timeout: timeoutMs })))
  return faults.includes(null) ? null : (faults[0] ?? null)
}

function handshake(options: ConnectionOptions): Promise<string | null> {
  return new Promise(resolve => {
    const done = (fault: string | null) => {
      socket.destroy()
      resolve(fault)
    }
    const socket = connect(options)
    socket.on('error', error => done(tlsFault(error)))
    socket.once('timeout', () => done(null))
    // A server that asks for a certificate in vain says so after the handshake: an answer to anything comes later than that.
    socket.once('secureConnect', () => socket.write('PING\r\n'))
    socket.once('data', () => done(null))
    socket.once('close', () => done(null))
  })
}

const UNKNOWN_CA = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
])

/** What a failed handshake means, and what to do; null for other failures. */
export function tlsFault(error: Error): string | null {
  const { code } = error as { code?: unknown }
  if (typeof code !== 'string') return null
  if (UNKNOWN_CA.has(code))
    return `TLS: the certificate of Redis is of no CA that is trusted here (${code}); name its CA in the address: rediss://...?ca=/path/ca.pem`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `TLS: the certificate of Redis is for another host: ${error.message}`
  if (code === 'CERT_HAS_EXPIRED') return 'TLS: the certificate of Redis has expired'
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code))
    return 'TLS: Redis speaks no TLS on this port; use redis://'
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/.test(code))
    return 'TLS: Redis asks for a certificate of the client; name it in the address: ?cert=/path/cert.pem&key=/path/key.pem'
  return null
}
