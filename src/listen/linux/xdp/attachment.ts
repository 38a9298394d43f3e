import { refused } from '../../bind-error.ts'
import { openDatagramSocket } from '../bound-socket.ts'
import type { Libc } from '../libc.ts'
import { OpenSockets } from '../open-sockets.ts'
import { attachXdp, BpfError, createSocketMap, loadXdpProgram, type XdpMode } from './bpf.ts'
import { type Interface, readInterface } from './interface.ts'
import { type ProgramEndpoint, redirectProgram } from './program.ts'
import { LONGEST_RECEIVED, OPEN_PER_XDP_SOCKET, XdpSocket, XdpSocketError } from './socket.ts'

/** What a thread needs to open AF_XDP sockets on an interface; crosses to it. */
export interface XdpPort extends Interface {
  /** File descriptor of the map receive queue -> AF_XDP socket. */
  readonly map: number
}

/** The program on one interface. It leaves frames to the kernel as long as no socket stands in its map. */
export interface XdpAttachment {
  readonly port: XdpPort
  readonly mode: XdpMode
  /** The card reads and writes the frames itself. */
  readonly zeroCopy: boolean
  /** Takes the program off the interface. The end of the process, however it comes, does it too. */
  close(): void
}

/** Map, program, link, and one socket to try. */
const MOST_OPEN = 3 + OPEN_PER_XDP_SOCKET

/**
 * Puts the program on the interface of this name and tries a socket there. Throws with what is missing and what to do about it; nothing stays
 * behind then.
 */
export function attachTo(libc: Libc, name: string, endpoints: readonly ProgramEndpoint[]): XdpAttachment {
  const found = readInterface(libc, name)
  if (found === null) throw refused(`udp.interfaces: "${name}" is no Ethernet interface of this machine`)
  const open = new OpenSockets(new SharedArrayBuffer(OpenSockets.octets(MOST_OPEN)))
  try {
    const map = createSocketMap(libc, found.queues)
    open.add(map)
    const { mac } = found
    const code = redirectProgram({ map, mac, longestFrame: LONGEST_RECEIVED, endpoints })
    const program = loadXdpProgram(libc, 'kingcdn', code)
    open.add(program)
    const mode = attach(libc, program, found.index, open)
    const parts = open.count
    const socket = new XdpSocket(libc, open)
    bindPatiently(() => socket.bind(found.index, 0))
    const { zeroCopy } = socket
    open.closeAll(libc, parts)
    return { port: { ...found, map }, mode, zeroCopy, close: () => open.closeAll(libc) }
  } catch (error) {
    open.closeAll(libc)
    throw error instanceof BpfError || error instanceof XdpSocketError ? refusal(name, error) : error
  }
}

/** Of these addresses those that can be bound now: what is not there is not to be answered for. */
export function boundHere<T extends { readonly address: string }>(libc: Libc, addresses: readonly T[]): T[] {
  return addresses.filter(({ address: host }) => {
    try {
      const rest = { receiveBuffer: 0, freebind: false, dontFragment: true, waitMs: 0 }
      libc.close(openDatagramSocket(libc, { host, port: 0, ...rest }).fd)
      return true
    } catch {
      return false
    }
  })
}

const BIND_LIMIT_MS = 3_000
const BIND_PAUSE_MS = 10

/** For a moment after a socket is closed the kernel still holds its queue. Blocks the thread. */
export function bindPatiently(bind: () => void): void {
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  for (let waited = 0; ; waited += BIND_PAUSE_MS) {
    try {
      bind()
      return
    } catch (error) {
      if (!(error instanceof XdpSocketError) || error.code !== 'EBUSY' || waited >= BIND_LIMIT_MS) throw error
      Atomics.wait(nobody, 0, 0, BIND_PAUSE_MS)
    }
  }
}

/** Native where the driver can. */
function attach(libc: Libc, program: number, index: number, open: OpenSockets): XdpMode {
  for (const mode of ['native', 'generic'] as const) {
    try {
      open.add(attachXdp(libc, program, index, mode))
      return mode
    } catch (error) {
      if (mode === 'generic' || !(error instanceof BpfError) || error.code === 'EBUSY' || error.code === 'EPERM')
        throw error
    }
  }
  throw new Error('unreachable')
}

const WHAT_TO_DO: Readonly<Record<string, string>> = {
  EPERM: 'it needs root, or the capabilities CAP_NET_ADMIN, CAP_BPF and CAP_NET_RAW',
  EACCES: 'it needs root, or the capabilities CAP_NET_ADMIN, CAP_BPF and CAP_NET_RAW',
  EAFNOSUPPORT: 'this kernel has no AF_XDP (CONFIG_XDP_SOCKETS)',
  ENOSYS: 'this kernel has no bpf(2)',
  EBUSY:
    'another XDP program has this interface or its queue: take it off (ip link set dev ... xdp off), or end who put it there',
  ENOBUFS: 'too little memory may be locked: raise the limit (ulimit -l, LimitMEMLOCK=), or grant CAP_IPC_LOCK',
  EINVAL: 'this kernel is too old for it, or the interface cannot: Linux 5.18 or later is needed',
}

/** The error of who wanted the interface: what happened, what to do. */
export function refusal(name: string, error: BpfError | XdpSocketError): Error {
  const advice = WHAT_TO_DO[error.code] ?? 'see the code'
  const told = `udp.transport: xdp is not to be had on ${name}: ${error.message}: ${advice}; udp.transport: auto does without`
  return refused(told, error)
}
