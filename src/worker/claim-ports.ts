import { listenUdp } from '../listen/udp.ts'
import { AT, COUNTER_SLOTS } from '../model/counters.ts'
import { openAll } from './open-all.ts'
import type { Address } from './protocol.ts'

/**
 * Makes sure that no other program answers at these UDP addresses. Sockets that share their port (SO_REUSEPORT) would be bound beside those of
 * a second instance without a word, and the kernel would give each a part of the queries. Rejects when one is taken, with what to do about it.
 * What the machine lacks is for the workers to tell.
 */
export async function claimPorts(addresses: readonly Address[]): Promise<void> {
  const traffic = { counters: new Float64Array(COUNTER_SLOTS), at: AT }
  const { listeners } = await openAll(addresses, ({ address: host, port }) =>
    listenUdp({ host, port, respond: () => 0, traffic }),
  )
  await Promise.all(listeners.map(listener => listener.close()))
}
