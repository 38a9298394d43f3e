import { isIPv6 } from 'node:net'
import { bindError, type Endpoint } from '../bind-error.ts'
import { SEND_BUFFER_OCTETS } from '../datagram.ts'
import * as linux from './constants.ts'
import type { Libc } from './libc.ts'
import { LONGEST_SOCKET_ADDRESS, portAt, socketAddress } from './socket-address.ts'

export interface DatagramSocketOptions extends Endpoint {
  /** SO_RCVBUF, octets; 0 = what the system gives. Beyond net.core.rmem_max only with CAP_NET_ADMIN. */
  readonly receiveBuffer: number
  /** Bind even to an address that this machine does not have (yet): IP_FREEBIND. */
  readonly freebind: boolean
  /** DF on every datagram (RFC 9715 section 3.1); else fragments may leave. What ICMP says of the path is believed in neither case. */
  readonly dontFragment: boolean
  /** How long a receive waits for a datagram, milliseconds; 0 = for ever. */
  readonly waitMs: number
}

/** A UDP socket by its file descriptor. */
export interface DatagramSocket {
  readonly fd: number
  /** What was bound; the port is the real one. */
  readonly address: Endpoint
}

/**
 * Opens a UDP socket on one address. Several threads of this machine's user may share the address: the kernel gives each datagram to one of
 * them by a hash of both ends (SO_REUSEPORT). Throws when the address cannot be bound, with what to do about it.
 */
export function openDatagramSocket(libc: Libc, options: DatagramSocketOptions): DatagramSocket {
  const v6 = isIPv6(options.host)
  const family = v6 ? linux.AF_INET6 : linux.AF_INET
  const fd = libc.socket(family, linux.SOCK_DGRAM | linux.SOCK_CLOEXEC, 0)
  const step = new Step(libc, 'udp', options)
  step.check(fd)
  try {
    if (options.port !== 0) step.sharePort(fd)
    setOptions(step, fd, v6, options)
    growBuffer(libc, fd, linux.SO_RCVBUFFORCE, linux.SO_RCVBUF, options.receiveBuffer)
    growBuffer(libc, fd, linux.SO_SNDBUFFORCE, linux.SO_SNDBUF, SEND_BUFFER_OCTETS)
    if (options.waitMs > 0)
      step.check(libc.setsockopt(fd, linux.SOL_SOCKET, linux.SO_RCVTIMEO, timeval(options.waitMs), 16))
    step.bind(fd)
    // Not before: of the ports that are shared already the system might pick one.
    if (options.port === 0) step.sharePort(fd)
    return { fd, address: { host: options.host, port: step.port(fd) } }
  } catch (error) {
    libc.close(fd)
    throw error
  }
}

export interface StreamSocketOptions extends Endpoint {
  /** Names it in errors. */
  readonly transport: 'tcp' | 'tls' | 'http'
  /** As of {@link DatagramSocketOptions}. */
  readonly freebind: boolean
  /** Listen beside a socket of another process of this user that shares its port; else the port has to be free. */
  readonly beside: boolean
}

/**
 * A TCP socket that listens, for `net.Server.listen({ fd })`. It shares its port with who comes later and asks for it (`beside`): that is how a
 * process takes over from another. Throws like {@link openDatagramSocket}.
 */
export function openStreamSocket(libc: Libc, options: StreamSocketOptions, backlog: number): number {
  const v6 = isIPv6(options.host)
  const fd = libc.socket(
    v6 ? linux.AF_INET6 : linux.AF_INET,
    linux.SOCK_STREAM | linux.SOCK_CLOEXEC | linux.SOCK_NONBLOCK,
    0,
  )
  const step = new Step(libc, options.transport, options)
  step.check(fd)
  try {
    // As node:net does it: connections that linger from before must not keep the port. It lets nobody share a port that is listened on.
    step.set(fd, linux.SOL_SOCKET, linux.SO_REUSEADDR, 1)
    if (v6) step.set(fd, linux.IPPROTO_IPV6, linux.IPV6_V6ONLY, 1)
    if (options.freebind) step.freebind(fd, v6)
    if (options.beside) step.sharePort(fd)
    step.bind(fd)
    // Not before: the port of another program that shares it would be taken without a word.
    if (!options.beside) step.sharePort(fd)
    step.check(libc.listen(fd, backlog))
    return fd
  } catch (error) {
    libc.close(fd)
    throw error
  }
}

/**
 * Makes what comes from now on go to another socket on the same address, where there is one, while what has come stays to be read: the kernel
 * passes over a connected socket when it chooses among those that share a port. It is connected to itself, from where nobody sends. False
 * where the kernel refuses.
 */
export function retireDatagramSocket(libc: Libc, fd: number): boolean {
  const name = new Uint8Array(LONGEST_SOCKET_ADDRESS)
  const length = int32(name.length)
  if (libc.getsockname(fd, name, length) !== 0) return false
  return libc.connect(fd, name, new Int32Array(length.buffer)[0]!) === 0
}

/**
 * Gives new connections to the second of two sockets that listen on one address, which is who came later; those that are being made stay with the
 * first. Where there is no second, nothing changes. False where the kernel refuses.
 */
export function favourLaterListener(libc: Libc, fd: number): boolean {
  // sock_filter, `return 1`: code(2) jt(1) jf(1) k(4)
  const program = new Uint8Array(new Uint16Array([BPF_RETURN_CONSTANT, 0, 1, 0]).buffer)
  // sock_fprog: count(2), address(8) from octet 8 on
  const described = new BigUint64Array([1n, BigInt(libc.addressOf(program))])
  const memory = new Uint8Array(described.buffer)
  return libc.setsockopt(fd, linux.SOL_SOCKET, linux.SO_ATTACH_REUSEPORT_CBPF, memory, memory.length) === 0
}

/** BPF_RET | BPF_K */
const BPF_RETURN_CONSTANT = 6

/**
 * Datagrams that the socket has lost since it was opened: nearly always for want of room in its receive buffer, else by a wrong checksum.
 * 0 where the kernel does not tell.
 */
export function droppedDatagrams(libc: Libc, fd: number): number {
  if (libc.getsockopt(fd, linux.SOL_SOCKET, linux.SO_MEMINFO, memoryInfo, memoryInfoLength) !== 0) return 0
  return new Uint32Array(memoryInfo.buffer)[linux.SK_MEMINFO_DROPS]!
}

/** TTL (IPv4) or hop limit that the system gives to what leaves from a socket that says nothing. */
export function defaultTtl(libc: Libc, family: 4 | 6): number {
  const fd = libc.socket(family === 6 ? linux.AF_INET6 : linux.AF_INET, linux.SOCK_DGRAM | linux.SOCK_CLOEXEC, 0)
  if (fd < 0) return USUAL_TTL
  const value = int32(0)
  const [level, option] =
    family === 6 ? [linux.IPPROTO_IPV6, linux.IPV6_UNICAST_HOPS] : [linux.IPPROTO_IP, linux.IP_TTL]
  const told = libc.getsockopt(fd, level, option, value, int32(4)) === 0
  libc.close(fd)
  return (told && value[0]) || USUAL_TTL
}

/** RFC 1700 */
const USUAL_TTL = 64

const memoryInfo = new Uint8Array(9 * 4)
const memoryInfoLength = int32(memoryInfo.length)

function setOptions(step: Step, fd: number, v6: boolean, { freebind, dontFragment }: DatagramSocketOptions): void {
  const discovery = dontFragment ? linux.PMTUDISC_PROBE : linux.PMTUDISC_OMIT
  if (freebind) step.freebind(fd, v6)
  if (!v6) {
    step.set(fd, linux.IPPROTO_IP, linux.IP_MTU_DISCOVER, discovery)
    return
  }
  step.set(fd, linux.IPPROTO_IPV6, linux.IPV6_V6ONLY, 1)
  step.set(fd, linux.IPPROTO_IPV6, linux.IPV6_MTU_DISCOVER, discovery)
}

/** As much as the system grants: a small buffer is no reason not to serve. */
function growBuffer(libc: Libc, fd: number, force: number, ask: number, octets: number): void {
  if (octets === 0) return
  const value = int32(octets)
  if (libc.setsockopt(fd, linux.SOL_SOCKET, force, value, 4) !== 0) libc.setsockopt(fd, linux.SOL_SOCKET, ask, value, 4)
}

/** The steps of opening a socket; each throws with the address, what happened and what to do. */
class Step {
  readonly #libc: Libc
  readonly #transport: string
  readonly #endpoint: Endpoint

  constructor(libc: Libc, transport: string, endpoint: Endpoint) {
    this.#libc = libc
    this.#transport = transport
    this.#endpoint = endpoint
  }

  check(result: number): void {
    if (result < 0) throw this.#failure(this.#libc.errorName(this.#libc.errno()))
  }

  set(fd: number, level: number, option: number, value: number): void {
    this.check(this.#libc.setsockopt(fd, level, option, int32(value), 4))
  }

  sharePort(fd: number): void {
    this.set(fd, linux.SOL_SOCKET, linux.SO_REUSEPORT, 1)
  }

  freebind(fd: number, v6: boolean): void {
    if (v6) this.set(fd, linux.IPPROTO_IPV6, linux.IPV6_FREEBIND, 1)
    else this.set(fd, linux.IPPROTO_IP, linux.IP_FREEBIND, 1)
  }

  bind(fd: number): void {
    const address = socketAddress(this.#endpoint, name => this.#libc.interfaceIndex(name))
    if (address === null) throw this.#failure('EINVAL')
    this.check(this.#libc.bind(fd, address, address.length))
  }

  /** The port that was bound. */
  port(fd: number): number {
    const name = new Uint8Array(LONGEST_SOCKET_ADDRESS)
    this.check(this.#libc.getsockname(fd, name, int32(name.length)))
    return portAt(name, 0)
  }

  #failure(code: string): Error {
    return bindError(this.#transport, this.#endpoint, Object.assign(new Error(code), { code }))
  }
}

function int32(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer)
}

/** Seconds and microseconds, 64 bits each. */
function timeval(milliseconds: number): Uint8Array {
  const words = new BigInt64Array([
    BigInt(Math.floor(milliseconds / 1000)),
    BigInt(Math.round((milliseconds % 1000) * 1000)),
  ])
  return new Uint8Array(words.buffer)
}
