import { createRequire } from 'node:module'

/** Address of memory that the kernel reads or writes: the array itself, or a part of it. Nothing may be held on to after the call. */
export type Memory = Uint8Array

/** The system calls of UDP, as in their manual pages; each returns -1 for an error that {@link Libc.errno} names. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number
  setsockopt(fd: number, level: number, option: number, value: Memory, length: number): number
  getsockopt(fd: number, level: number, option: number, value: Memory, length: Memory): number
  bind(fd: number, address: Memory, length: number): number
  connect(fd: number, address: Memory, length: number): number
  listen(fd: number, backlog: number): number
  getsockname(fd: number, address: Memory, length: Memory): number
  close(fd: number): number
  recvmmsg(fd: number, headers: Memory, count: number, flags: number, timeout: null): number
  sendmmsg(fd: number, headers: Memory, count: number, flags: number): number
  /** Without body and address: a wake-up of the socket (AF_XDP). */
  sendto(fd: number, body: Memory | null, length: number, flags: number, to: Memory | null, toLength: number): number
  poll(fds: Memory, count: number, milliseconds: number): number
  ioctl(fd: number, request: number, argument: Memory): number
  /** bpf(2), which the C library has no name for. */
  bpf(command: number, attributes: Memory, length: number): number
  /** Address of the mapping, where the kernel likes; -1 = failed. */
  mmap(length: number, protection: number, flags: number, fd: number, offset: number): number
  munmap(address: number, length: number): number
  /** The memory at an address, such as mmap's. Nobody may touch it once it is unmapped. */
  memoryAt(address: number, length: number): ArrayBuffer
  /** Number of the interface; 0 when there is none such. */
  interfaceIndex(name: string): number
  /** Error of the last call of this thread that failed. */
  errno(): number
  /** Name of an error number: `EADDRINUSE`. */
  errorName(errno: number): string
  /** Where the array lies in memory; it never moves while it is referred to. Below 2^47. */
  addressOf(memory: Memory): number
}

export type LibcVerdict =
  | { readonly kind: 'loaded'; readonly libc: Libc }
  | { readonly kind: 'absent'; readonly reason: string }

/** Machines whose structures are laid out as this folder assumes: Linux with 64-bit pointers, low octet first. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64']
/** Number of bpf(2). */
const BPF_CALL: Readonly<Record<string, number>> = { x64: 321, arm64: 280 }

type Koffi = typeof import('koffi')

let verdict: LibcVerdict | null = null

/** The C library of this process; where it cannot be called, why not. Never throws. Tried once in each thread. */
export function loadLibc(): LibcVerdict {
  verdict ??= libcOf(process.platform, process.arch, requireKoffi)
  return verdict
}

/** The verdict on a machine whose koffi is had by `koffi`, which may throw. */
export function libcOf(platform: string, arch: string, koffi: () => Koffi): LibcVerdict {
  if (platform !== 'linux') return { kind: 'absent', reason: `batched UDP is for Linux, this is ${platform}` }
  if (!ARCHITECTURES.includes(arch)) return { kind: 'absent', reason: `batched UDP knows no ${arch}` }
  try {
    return { kind: 'loaded', libc: bindCalls(koffi(), BPF_CALL[arch]!) }
  } catch (error) {
    return {
      kind: 'absent',
      reason: `koffi cannot call the C library: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

/** Not a static import: where its native part is missing the program has to start all the same. */
function requireKoffi(): Koffi {
  return createRequire(import.meta.url)('koffi') as Koffi
}

function bindCalls(koffi: Koffi, bpfCall: number): Libc {
  // Of the process itself, so that it is the C library that Node was linked with, whichever that is.
  const library = koffi.load(null)
  const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]))
  const call = <F>(prototype: string): F => library.func(prototype) as F
  const syscall: (number: number, ...rest: [number, Memory, number]) => number = call(
    'long syscall(long, int, void *, unsigned int)',
  )
  // Addresses as numbers: they stand in the same registers as pointers.
  const mmap: (address: number, ...rest: number[]) => number = call(
    'int64_t mmap(int64_t, size_t, int, int, int, int64_t)',
  )
  return {
    socket: call('int socket(int, int, int)'),
    setsockopt: call('int setsockopt(int, int, int, void *, uint32_t)'),
    getsockopt: call('int getsockopt(int, int, int, void *, void *)'),
    bind: call('int bind(int, void *, uint32_t)'),
    connect: call('int connect(int, void *, uint32_t)'),
    listen: call('int listen(int, int)'),
    getsockname: call('int getsockname(int, void *, void *)'),
    close: call('int close(int)'),
    recvmmsg: call('int recvmmsg(int, void *, unsigned int, int, void *)'),
    sendmmsg: call('int sendmmsg(int, void *, unsigned int, int)'),
    sendto: call('long sendto(int, void *, size_t, int, void *, uint32_t)'),
    poll: call('int poll(void *, unsigned long, int)'),
    ioctl: call('int ioctl(int, unsigned long, void *)'),
    bpf: (command, attributes, length) => syscall(bpfCall, command, attributes, length),
    mmap: (length, protection, flags, fd, offset) => mmap(0, length, protection, flags, fd, offset),
    munmap: call('int munmap(int64_t, size_t)'),
    memoryAt: (address, length) => koffi.view(BigInt(address), length),
    interfaceIndex: call('unsigned int if_nametoindex(const char *)'),
    errno: () => koffi.errno(),
    errorName: errno => names.get(errno) ?? `error ${errno}`,
    addressOf: memory => Number(koffi.address(memory)),
  }
}
