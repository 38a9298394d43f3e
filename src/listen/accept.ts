import { createServer, isIPv6, type Server, type Socket } from 'node:net'
import { bindError, type Endpoint } from './bind-error.ts'
import { openFreeStreamSocket } from './linux/bound-socket.ts'
import { loadLibc } from './linux/libc.ts'

export interface AcceptOptions extends Endpoint {
  /** Bind even to an address that this machine does not have (yet): IP_FREEBIND, on Linux. */
  readonly freebind?: boolean
}

export interface StreamListener {
  /** What was bound; the port is the real one. */
  readonly address: Endpoint
  /** Takes no more connections; resolves when those that it took are gone, which is for the desk to see to. */
  close(): Promise<void>
}

const BACKLOG = 4096

/** Accepts TCP connections on one address. Throws when it cannot be bound, with what to do about it; `transport` names it there. */
export async function accept(
  transport: 'tcp' | 'tls',
  where: AcceptOptions,
  take: (socket: Socket) => void,
): Promise<StreamListener> {
  // Half-open: a client may close its side behind its last query and still wants the replies.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, take)
  await bind(server, transport, where)
  // Out of file descriptors, say: the next connection may succeed.
  server.on('error', () => {})
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address and a port')
  return {
    address: { host: bound.address, port: bound.port },
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}

function bind(
  server: Server,
  transport: 'tcp' | 'tls',
  { host, port, freebind = false }: AcceptOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(bindError(transport, { host, port }, error))
    server.once('error', failed)
    const listening = (): void => {
      server.off('error', failed)
      resolve()
    }
    const verdict = freebind ? loadLibc() : null
    // Node cannot ask for IP_FREEBIND, but it takes a socket that has it; and listens once more, with a backlog that it takes from here alone.
    if (verdict?.kind === 'loaded')
      server.listen({ fd: openFreeStreamSocket(verdict.libc, { host, port }, BACKLOG) }, BACKLOG, listening)
    else server.listen({ host, port, backlog: BACKLOG, ipv6Only: isIPv6(host), exclusive: true }, listening)
  })
}
