import type { Libc } from '../libc.ts'

/** bpf(2): commands, kinds and flags, linux/bpf.h. */
const MAP_CREATE = 0
const MAP_UPDATE_ELEM = 2
const PROG_LOAD = 5
const LINK_CREATE = 28
const MAP_TYPE_XSKMAP = 17
const PROG_TYPE_XDP = 6
const ATTACH_XDP = 37
/** The program bears frames that lie in several buffers (Linux 5.18): then drivers keep segmentation and large MTUs. */
const XDP_HAS_FRAGS = 1 << 5

const INSTRUCTION_OCTETS = 8
const LOG_OCTETS = 1 << 16

/** By the driver, before it makes anything of the frame; or by the kernel behind every driver, later and slower. */
export type XdpMode = 'native' | 'generic'
const MODE_FLAGS: Readonly<Record<XdpMode, number>> = { native: 1 << 2, generic: 1 << 1 }

/** A call of bpf(2) that failed. */
export class BpfError extends Error {
  readonly code: string

  constructor(what: string, code: string, more = '') {
    super(`${what} (${code})${more}`)
    this.code = code
  }
}

/** Returns the file descriptor of a map receive queue -> AF_XDP socket. Throws {@link BpfError}, as all here do. */
export function createSocketMap(libc: Libc, queues: number): number {
  return bpf(libc, 'cannot make a map of sockets', MAP_CREATE, 48, view => {
    view.setUint32(0, MAP_TYPE_XSKMAP, true)
    view.setUint32(4, 4, true)
    view.setUint32(8, 4, true)
    view.setUint32(12, queues, true)
  })
}

/** From now on frames of the queue go to the socket, until it is closed. */
export function putSocket(libc: Libc, map: number, queue: number, socket: number): void {
  const key = new Uint8Array(new Uint32Array([queue]).buffer)
  const value = new Uint8Array(new Uint32Array([socket]).buffer)
  bpf(libc, `cannot put a socket at queue ${queue}`, MAP_UPDATE_ELEM, 32, view => {
    view.setUint32(0, map, true)
    setPointer(view, 8, libc.addressOf(key))
    setPointer(view, 16, libc.addressOf(value))
  })
}

/** Returns the file descriptor of the program; what the verifier has against it stands in the error. */
export function loadXdpProgram(libc: Libc, name: string, code: Uint8Array): number {
  const licence = Buffer.from('Apache-2.0\0')
  const log = new Uint8Array(LOG_OCTETS)
  const load = (logged: boolean) => (view: DataView) => {
    view.setUint32(0, PROG_TYPE_XDP, true)
    view.setUint32(4, code.length / INSTRUCTION_OCTETS, true)
    setPointer(view, 8, libc.addressOf(code))
    setPointer(view, 16, libc.addressOf(licence))
    if (logged) {
      view.setUint32(24, 1, true)
      view.setUint32(28, log.length, true)
      setPointer(view, 32, libc.addressOf(log))
    }
    view.setUint32(44, XDP_HAS_FRAGS, true)
    new Uint8Array(view.buffer).set(Buffer.from(name.slice(0, 15)), 48)
    view.setUint32(68, ATTACH_XDP, true)
  }
  const what = 'the kernel takes no XDP program'
  try {
    return bpf(libc, what, PROG_LOAD, 72, load(false))
  } catch (error) {
    if (!(error instanceof BpfError) || error.code === 'EPERM') throw error
    // Once more, to be told why.
    try {
      return bpf(libc, what, PROG_LOAD, 72, load(true))
    } catch (again) {
      if (!(again instanceof BpfError)) throw again
      const told = Buffer.from(log.subarray(0, log.indexOf(0)))
        .toString('latin1')
        .trim()
      throw new BpfError(what, again.code, told === '' ? '' : `: ${told.slice(-2000)}`)
    }
  }
}

/** Returns the file descriptor of the link: the program runs on the interface until the last copy of it is closed, by the end of the process too. */
export function attachXdp(libc: Libc, program: number, interfaceIndex: number, mode: XdpMode): number {
  return bpf(libc, `cannot attach an XDP program, ${mode}`, LINK_CREATE, 48, view => {
    view.setUint32(0, program, true)
    view.setUint32(4, interfaceIndex, true)
    view.setUint32(8, ATTACH_XDP, true)
    view.setUint32(12, MODE_FLAGS[mode], true)
  })
}

function bpf(libc: Libc, what: string, command: number, octets: number, fill: (view: DataView) => void): number {
  const view = new DataView(new ArrayBuffer(octets))
  fill(view)
  const result = libc.bpf(command, new Uint8Array(view.buffer), octets)
  if (result < 0) throw new BpfError(what, libc.errorName(libc.errno()))
  return result
}

function setPointer(view: DataView, at: number, address: number): void {
  view.setBigUint64(at, BigInt(address), true)
}
