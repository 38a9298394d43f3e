import { loadLibc } from '../listen/linux/libc.ts'
import { OpenSockets } from '../listen/linux/open-sockets.ts'
import { OPEN_PER_XDP_SOCKET } from '../listen/linux/xdp/socket.ts'
import type { Respond, Traffic } from '../listen/respond.ts'
import { listenUdp, type UdpListener } from '../listen/udp.ts'
import { UdpBatch } from '../listen/udp-batch.ts'
import { UdpXdp } from '../listen/udp-xdp.ts'
import { type Opened, openSome } from './open-all.ts'
import type { AnsweringOptions } from './protocol.ts'

/** The UDP sockets of a query worker. */
export interface UdpSockets {
  /** Resolves with a sentence for each address that this machine lacks; rejects when one cannot be bound or none is there. */
  open(): Promise<readonly string[]>
  /** Answers first what has come, where the transport can. */
  stop(): Promise<void>
  close(): Promise<void>
  /** Waits for queries and answers what is there, then comes back; null where the event loop brings them. */
  readonly turn: (() => void) | null
  /** Datagrams that found a receive buffer full since the sockets were opened; 0 where the transport does not tell. */
  dropped(): number
}

export interface UdpSocketsOptions extends Pick<AnsweringOptions, 'udp' | 'freebind' | 'sockets' | 'number'> {
  readonly respond: Respond
  /** Called before each batch of datagrams, where they come in batches. */
  readonly begin: () => void
  readonly traffic: Traffic
}

/** How long a turn waits for the first query, milliseconds: so long may new tables wait for an idle worker. */
const TURN_WAIT_MS = 100
/** Longest UDP payload that RFC 9715 section 3.1 has leave with DF; who configures more wants fragments. */
const LONGEST_UNFRAGMENTED = 1400

export function udpSockets(options: UdpSocketsOptions): UdpSockets {
  return options.udp.transport === 'batch' ? batched(options) : eventDriven(options)
}

/** Sockets and mappings that one worker may have open. */
export function mostOpen({ addresses, xdp }: AnsweringOptions['udp']): number {
  return addresses.length + xdp.reduce((sum, { queues }) => sum + queues * OPEN_PER_XDP_SOCKET, 0)
}

function batched({ respond, begin, traffic, udp, freebind, sockets, number }: UdpSocketsOptions): UdpSockets {
  const verdict = loadLibc()
  // The main thread has tried it before.
  if (verdict.kind === 'absent') throw new Error(verdict.reason)
  const options = {
    ...{ libc: verdict.libc, respond, begin, traffic, freebind },
    open: new OpenSockets(sockets),
    receiveBuffer: udp.receiveBuffer,
    dontFragment: udp.maxPayload <= LONGEST_UNFRAGMENTED,
    waitMs: TURN_WAIT_MS,
  }
  const xdp =
    udp.xdp.length === 0 ? null : new UdpXdp({ ...options, ports: udp.xdp, worker: number, workers: udp.queryWorkers })
  const batch = xdp ?? new UdpBatch(options)
  const close = async (): Promise<void> => batch.close()
  const open = async () => {
    const { absent } = await openSome(udp.addresses, async ({ address: host, port }) => {
      batch.open({ host, port })
      return { close }
    })
    xdp?.attach()
    return absent
  }
  const stop = async (): Promise<void> => {
    batch.drain()
    batch.close()
  }
  return { open, stop, close, turn: () => batch.turn(), dropped: () => batch.dropped }
}

function eventDriven({ respond, traffic, udp }: UdpSocketsOptions): UdpSockets {
  let opened: Opened<UdpListener> = { listeners: [], absent: [] }
  const close = async (): Promise<void> => {
    await Promise.all(opened.listeners.map(listener => listener.close()))
  }
  return {
    stop: close,
    close,
    open: async () => {
      opened = await openSome(udp.addresses, ({ address: host, port }) =>
        listenUdp({ host, port, respond, traffic, receiveBuffer: udp.receiveBuffer }),
      )
      return opened.absent
    },
    turn: null,
    dropped: () => 0,
  }
}
