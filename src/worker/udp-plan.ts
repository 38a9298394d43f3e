import { endpointText, refused } from '../listen/bind-error.ts'
import { type LibcVerdict, loadLibc } from '../listen/linux/libc.ts'
import type { XdpPort } from '../listen/linux/xdp/attachment.ts'
import { expandWildcards, type Interfaces } from '../listen/local-addresses.ts'
import type { Address } from './protocol.ts'
import { planXdp } from './xdp-plan.ts'

export interface UdpWishes {
  readonly transport: 'auto' | 'batch' | 'dgram' | 'xdp'
  /** Of `xdp`. */
  readonly interfaces: readonly string[]
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
  /** Interfaces with AF_XDP before the sockets of `batch`. */
  readonly xdp: readonly XdpPort[]
  readonly queryWorkers: number
  /** For people. */
  readonly text: string
  /** Sentences for the log about what was wished for and cannot be. */
  readonly shortfalls: readonly string[]
  /** To be called when the workers have stopped. */
  close(): void
}

/**
 * Throws when batched UDP or AF_XDP is demanded and this machine cannot do it, and when there is no address at all. With `xdp` the program is on
 * the interfaces from here on. `interfaces`: those of the machine.
 */
export function planUdp(wishes: UdpWishes, interfaces?: Interfaces): UdpPlan {
  const { transport, addresses } = wishes
  const expanded = expandWildcards(addresses, interfaces)
  const empty = addresses.filter(address => expandWildcards([address], interfaces).length === 0)
  const shortfalls = empty.map(
    ({ address, port }) =>
      `${endpointText('udp', { host: address, port })}: this machine has no address of that family`,
  )
  if (expanded.length === 0) throw refused(`nowhere to listen: ${shortfalls.join('; ')}`)
  const verdict = transport === 'dgram' ? null : loadLibc()
  return verdict?.kind === 'loaded'
    ? planBatch(wishes, expanded, shortfalls, verdict)
    : planDgram(wishes, expanded, shortfalls, verdict)
}

type Loaded = Extract<LibcVerdict, { kind: 'loaded' }>

function planBatch(wishes: UdpWishes, addresses: Address[], shortfalls: string[], { libc }: Loaded): UdpPlan {
  const { transport, workers, cores } = wishes
  const queryWorkers = workers === 'auto' ? Math.max(1, cores - 1) : workers
  const text = `recvmmsg and sendmmsg, ${queryWorkers === 1 ? 'one query worker' : `${queryWorkers} query workers`} of ${cores} cores`
  const plan = { transport: 'batch', addresses, queryWorkers } as const
  if (transport !== 'xdp') return { ...plan, xdp: [], text, shortfalls, close: () => {} }
  const xdp = planXdp(libc, { ...wishes, addresses, queryWorkers })
  const told = [...shortfalls, ...xdp.shortfalls]
  return { ...plan, xdp: xdp.ports, text: `${xdp.text}, else ${text}`, shortfalls: told, close: xdp.close }
}

function planDgram(
  { transport, workers, freebind, cores }: UdpWishes,
  addresses: Address[],
  shortfalls: string[],
  verdict: Exclude<LibcVerdict, Loaded> | null,
): UdpPlan {
  const reason = verdict === null ? 'udp.transport: dgram' : verdict.reason
  if (transport === 'batch' || transport === 'xdp')
    throw refused(`udp.transport: ${transport} is not to be had: ${reason}; auto takes node:dgram`)
  if (verdict !== null) shortfalls.push(`UDP is served by node:dgram: ${reason}`)
  // Node 20's dgram cannot share a port between threads.
  if (typeof workers === 'number' && workers > 1)
    shortfalls.push(`workers: ${workers}: node:dgram shares no UDP port between threads; one query worker answers`)
  if (freebind) shortfalls.push('listen.freebind: node:dgram binds no address that the machine does not have')
  const text = `node:dgram, one query worker of ${cores} cores (${reason})`
  return { transport: 'dgram', addresses, xdp: [], queryWorkers: 1, text, shortfalls, close: () => {} }
}
