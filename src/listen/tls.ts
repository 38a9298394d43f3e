import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createSecureContext, createServer, type SecureContextOptions } from 'node:tls'
import { type AcceptOptions, accept, type StreamListener } from './accept.ts'
import type { Desk } from './desk.ts'
import type { Place } from './place.ts'
import type { Respond } from './respond.ts'

/** PEM texts. */
export interface Credentials {
  /** The certificate chain, leaf first. */
  readonly certificate: string
  readonly key: string
}

export interface TlsOptions extends AcceptOptions {
  readonly respond: Respond
  readonly desk: Desk
  readonly credentials: Credentials
}

export interface TlsListener extends StreamListener {
  /** New connections get these, living ones go on. They must be without {@link credentialsFault}. */
  present(credentials: Credentials): void
}

/** RFC 7858 section 3.1, by its name in the registry. A client may offer none; one that offers only others is sent away. */
const ALPN = ['dot']

/** Why OpenSSL does not take certificate and key; null when it does. */
export function credentialsFault(credentials: Credentials): string | null {
  try {
    createSecureContext(contextOf(credentials))
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/**
 * Listens for DNS over TLS (RFC 7858) on one address. Throws when it cannot be bound, with what to do about it. A handshake has a place at the desk like any connection.
 */
export async function listenTls({ respond, desk, credentials, ...where }: TlsOptions): Promise<TlsListener> {
  const handshakes = new Map<string, Place>()
  const secure = createServer({ ...contextOf(credentials), ALPNProtocols: ALPN }, socket => {
    // Octets that are no TLS, after the handshake: Node leaves what to do about it to us.
    socket.on('error', () => socket.destroy())
    const remote = remoteOf(socket)
    const place = handshakes.get(remote)
    handshakes.delete(remote)
    if (place === undefined) socket.destroy()
    else place.open(socket, respond)
  })
  const { counters, at } = desk.traffic
  const listener = await accept('tls', where, socket => {
    const place = desk.admit(socket)
    if (place === null) return
    const remote = remoteOf(socket)
    handshakes.set(remote, place)
    socket.on('close', () => {
      if (!place.isOpen) counters[at.tlsFailed]!++
      if (handshakes.get(remote) === place) handshakes.delete(remote)
    })
    secure.emit('connection', socket)
  })
  return { ...listener, present: next => secure.setSecureContext(contextOf(next)) }
}

/** The secured socket does not say which socket it came from, but it has the same remote end. */
function remoteOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

/** Ciphers are those of Node: forward secrecy first, nothing broken (RFC 9325). Renegotiation would be work on a client's word. */
function contextOf({ certificate, key }: Credentials): SecureContextOptions {
  return { cert: certificate, key, minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION }
}
