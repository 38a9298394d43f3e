import { Transport } from '../../src/answer/exchange.ts'
import { listenTcp, type TcpLimits, type TcpListener } from '../../src/listen/tcp.ts'
import { listenUdp, type UdpListener } from '../../src/listen/udp.ts'
import { AT } from '../../src/model/counters.ts'
import { openWorld, type World } from '../answer/world.ts'
import { freePort } from '../fixture/ports.ts'

export interface Served {
  readonly world: World
  readonly udp: UdpListener
  readonly tcp: TcpListener
  readonly port: number
  close(): Promise<void>
}

/** The answerer of the tests' world behind real sockets: UDP and TCP on one port, as a nameserver has them. */
export async function serve(limits: Partial<TcpLimits> = {}, host = '127.0.0.1'): Promise<Served> {
  const world = openWorld()
  const { answerer, counters } = world
  const port = await freePort()
  const traffic = { counters, at: AT }
  const udp = await listenUdp({
    host,
    port,
    traffic,
    receiveBuffer: 4 << 20,
    respond: (message, length, peer, out) => answerer.answer(message, length, peer, Transport.Udp, out),
  })
  const tcp = await listenTcp({
    host,
    port,
    traffic,
    limits,
    respond: (message, length, peer, out) => answerer.answer(message, length, peer, Transport.Tcp, out),
  })
  const close = async (): Promise<void> => {
    await Promise.all([udp.close(), tcp.close()])
  }
  return { world, udp, tcp, port, close }
}
