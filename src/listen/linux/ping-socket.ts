import {
  AF_INET,
  AF_INET6,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
} from './constants.ts'
import { loadLibc } from './libc.ts'

/**
 * A socket of the kernel's ping protocol (icmp(7)): it needs no privilege, only a group that `net.ipv4.ping_group_range` names, which holds for
 * IPv6 too. Its file descriptor takes and gives ICMP messages without IP header like datagrams. Throws with the reason where it cannot be had.
 */
export function openPingSocket(family: 4 | 6): number {
  const verdict = loadLibc()
  if (verdict.kind === 'absent') throw new Error(verdict.reason.replace(/^batched UDP/, 'ICMP'))
  const { libc } = verdict
  const [domain, protocol] = family === 6 ? [AF_INET6, IPPROTO_ICMPV6] : [AF_INET, IPPROTO_ICMP]
  const fd = libc.socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)
  if (fd >= 0) return fd
  const code = libc.errorName(libc.errno())
  throw new Error(
    code === 'EACCES'
      ? 'ICMP is not allowed to this group: see net.ipv4.ping_group_range (sysctl)'
      : `ICMP sockets cannot be had: ${code}`,
  )
}
