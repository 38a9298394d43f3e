import { Transport } from '../../src/answer/exchange.ts'
import type { StreamListener } from '../../src/listen/accept.ts'
import type { Endpoint } from '../../src/listen/bind-error.ts'
import { Desk, type StreamLimits } from '../../src/listen/desk.ts'
import type { Respond, Traffic } from '../../src/listen/respond.ts'
import { listenTcp } from '../../src/listen/tcp.ts'
import { type Credentials, listenTls, type TlsListener } from '../../src/listen/tls.ts'
import { listenUdp, type UdpListener } from '../../src/listen/udp.ts'
import { AT } from '../../src/model/counters.ts'
import { openWorld, type World } from '../answer/world.ts'
import { freePort } from '../fixture/ports.ts'
import { libc, newBatch, pump } from './udp-transports.ts'

export interface Served {
  readonly world: World
  readonly udp: UdpListener
  /** UDP in batches, on a port of its own; null where it is not to be had. */
  readonly batched: Endpoint | null
  readonly tcp: StreamListener
  /** null without credentials. */
  readonly tls: TlsListener | null
  /** Of UDP and TCP. */
  readonly port: number
  close(): Promise<void>
}

export interface ServeOptions {
  readonly limits?: Partial<StreamLimits>
  readonly host?: string
  readonly credentials?: Credentials
}

/** The answerer of the tests' world behind real sockets, as a nameserver has them: UDP and TCP on one port, TLS on another. */
export async function serve({ limits = {}, host = '127.0.0.1', credentials }: ServeOptions = {}): Promise<Served> {
  const world = openWorld()
  const { answerer, counters } = world
  const port = await freePort()
  const traffic = { counters, at: AT }
  const over = (transport: Transport): Respond => {
    return (message, length, peer, out) => answerer.answer(message, length, peer, transport, out)
  }
  const desk = new Desk(traffic, limits)
  const udp = await listenUdp({ host, port, traffic, receiveBuffer: 4 << 20, respond: over(Transport.Udp) })
  const tcp = await listenTcp({ host, port, desk, respond: over(Transport.Tcp) })
  const tls = credentials ? await listenTls({ host, port: 0, desk, credentials, respond: over(Transport.Tls) }) : null
  const { batched, stop } = openBatched(host, over(Transport.Udp), traffic)
  const close = async (): Promise<void> => {
    stop()
    await Promise.all([udp.close(), tcp.close(), tls?.close(), desk.close()])
  }
  return { world, udp, batched, tcp, tls, port, close }
}

function openBatched(host: string, respond: Respond, traffic: Traffic): { batched: Endpoint | null; stop(): void } {
  if (libc === null) return { batched: null, stop: () => {} }
  const batch = newBatch({ respond, traffic })
  const batched = batch.open({ host, port: 0 })
  const still = pump(batch, error => {
    throw error
  })
  const stop = (): void => {
    still()
    batch.close()
  }
  return { batched, stop }
}
