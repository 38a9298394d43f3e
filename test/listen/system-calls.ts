import koffi from 'koffi'

/** System calls that the tests make beyond those of the program; -1 = failed. */
export interface SystemCalls {
  socket(domain: number, type: number, protocol: number): number
  sendto(fd: number, body: Uint8Array, length: number, flags: number, to: Uint8Array, toLength: number): number
  recv(fd: number, into: Uint8Array, length: number, flags: number): number
  unshare(flags: number): number
  setns(fd: number, kind: number): number
  sched_getcpu(): number
  sched_setaffinity(thread: number, octets: number, mask: Uint8Array): number
  close(fd: number): number
}

/** Throws where there is no GNU libc. */
export function systemCalls(): SystemCalls {
  const library = koffi.load('libc.so.6')
  const call = <F>(prototype: string): F => library.func(prototype) as F
  return {
    socket: call('int socket(int, int, int)'),
    sendto: call('long sendto(int, void *, size_t, int, void *, unsigned int)'),
    recv: call('long recv(int, void *, size_t, int)'),
    unshare: call('int unshare(int)'),
    setns: call('int setns(int, int)'),
    sched_getcpu: call('int sched_getcpu()'),
    sched_setaffinity: call('int sched_setaffinity(int, size_t, void *)'),
    close: call('int close(int)'),
  }
}
