import { createServer, isIPv6, type Server, type Socket } from 'node:net'
import { bindError, type Endpoint } from './bind-error.ts'
import { favourLaterListener, openStreamSocket } from './linux/bound-socket.ts'
import { loadLibc } from './linux/libc.ts'

export interface AcceptOptions extends Endpoint {
  /** Bind even to an address that this machine does not have (yet): IP_FREEBIND, on Linux. */
  readonly freebind?: boolean
  /** Listen beside another process that is about to leave; on Linux. */
  readonly beside?: boolean
}

export interface StreamListener {
  /** What was bound; the port is the real one. */
  readonly address: Endpoint
  /** Takes no more connections; resolves when those that it took are gone, which is for the desk to see to. */
  close(): Promise<void>
  /**
   * To be called before `close` where another process listens on the address by now: resolves when connections go there and those that were on
   * their way here have arrived.
   */
  yield(): Promise<void>
}

const BACKLOG = 4096
/** Longer than the handshake of a connection takes whose first packet came here; who lost the last packet of it sends again after a second. */
const ARRIVAL_MS = 1_200

/** Accepts TCP connections on one address. Throws when it cannot be bound, with what to do about it; `transport` names it there. */
export async function accept(
  transport: 'tcp' | 'tls',
  where: AcceptOptions,
  take: (socket: Socket) => void,
): Promise<StreamListener> {
  // Half-open: a client may close its side behind its last query and still wants the replies.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, take)
  const fd = await bind(server, transport, where)
  // Out of file descriptors, say: the next connection may succeed.
  server.on('error', () => {})
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address and a port')
  return {
    address: { host: bound.address, port: bound.port },
    close: () => new Promise(resolve => server.close(() => resolve())),
    yield: () => yieldTo(fd),
  }
}

/** A socket that listens and whose port a later process may share (`beside`); null where that is not to be had. Throws when it cannot be bound. */
export function openListening(
  transport: 'tcp' | 'tls' | 'http',
  { host, port, freebind = false, beside = false }: AcceptOptions,
): number | null {
  const verdict = loadLibc()
  if (verdict.kind === 'absent') return null
  return openStreamSocket(verdict.libc, { transport, host, port, freebind, beside }, BACKLOG)
}

/** See {@link StreamListener.yield}, for the socket of {@link openListening}. */
export async function yieldTo(fd: number | null): Promise<void> {
  const verdict = loadLibc()
  if (fd === null || verdict.kind === 'absent' || !favourLaterListener(verdict.libc, fd)) return
  await new Promise(resolve => setTimeout(resolve, ARRIVAL_MS))
}

/** Resolves with the file descriptor where it is known. */
function bind(server: Server, transport: 'tcp' | 'tls', where: AcceptOptions): Promise<number | null> {
  const { host, port } = where
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(bindError(transport, { host, port }, error))
    server.once('error', failed)
    // Node cannot share a port, but it takes a socket that does; and listens once more, with a backlog that it takes from here alone.
    const fd = openListening(transport, where)
    const listening = (): void => {
      server.off('error', failed)
      resolve(fd)
    }
    if (fd !== null) server.listen({ fd }, BACKLOG, listening)
    else server.listen({ host, port, backlog: BACKLOG, ipv6Only: isIPv6(host), exclusive: true }, listening)
  })
}
