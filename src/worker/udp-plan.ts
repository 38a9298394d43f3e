import { endpointText } from '../listen/bind-error.ts'
import { loadLibc } from '../listen/linux/libc.ts'
import { expandWildcards, type Interfaces } from '../listen/local-addresses.ts'
import type { Address } from './protocol.ts'

export interface UdpWishes {
  readonly transport: 'auto' | 'batch' | 'dgram'
  readonly addresses: readonly Address[]
  readonly workers: number | 'auto'
  readonly freebind: boolean
  /** Cores that this process may use. */
  readonly cores: number
}

/** How UDP is served here: decided once, for all query workers alike. */
export interface UdpPlan {
  readonly transport: 'batch' | 'dgram'
  /** One per local address. */
  readonly addresses: readonly Address[]
  readonly queryWorkers: number
  /** For people. */
  readonly text: string
  /** Sentences for the log about what was wished for and cannot be. */
  readonly shortfalls: readonly string[]
}

/** Throws when batched UDP is demanded and this machine cannot do it, and when there is no address at all. `interfaces`: those of the machine. */
export function planUdp(
  { transport, addresses, workers, freebind, cores }: UdpWishes,
  interfaces?: Interfaces,
): UdpPlan {
  const expanded = expandWildcards(addresses, interfaces)
  const empty = addresses.filter(address => expandWildcards([address], interfaces).length === 0)
  const shortfalls = empty.map(
    ({ address, port }) =>
      `${endpointText('udp', { host: address, port })}: this machine has no address of that family`,
  )
  if (expanded.length === 0) throw new Error(`nowhere to listen: ${shortfalls.join('; ')}`)
  const verdict = transport === 'dgram' ? null : loadLibc()
  if (verdict?.kind === 'loaded') {
    const queryWorkers = workers === 'auto' ? Math.max(1, cores - 1) : workers
    const text = `recvmmsg and sendmmsg, ${queryWorkers === 1 ? 'one query worker' : `${queryWorkers} query workers`} of ${cores} cores`
    return { transport: 'batch', addresses: expanded, queryWorkers, text, shortfalls }
  }
  const reason = verdict === null ? 'udp.transport: dgram' : verdict.reason
  if (transport === 'batch') throw new Error(`udp.transport: batch is not to be had: ${reason}; auto takes node:dgram`)
  if (verdict !== null) shortfalls.push(`UDP is served by node:dgram: ${reason}`)
  // Node 20's dgram cannot share a port between threads.
  if (typeof workers === 'number' && workers > 1)
    shortfalls.push(`workers: ${workers}: node:dgram shares no UDP port between threads; one query worker answers`)
  if (freebind) shortfalls.push('listen.freebind: node:dgram binds no address that the machine does not have')
  const text = `node:dgram, one query worker of ${cores} cores (${reason})`
  return { transport: 'dgram', addresses: expanded, queryWorkers: 1, text, shortfalls }
}
