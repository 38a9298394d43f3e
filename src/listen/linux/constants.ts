/** Numbers of the Linux interface, the same on x86-64 and arm64. */

export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 10
export const AF_XDP = 44
export const SOCK_DGRAM = 2
export const SOCK_STREAM = 1
export const SOCK_RAW = 3
export const SOCK_CLOEXEC = 0x80000
export const SOCK_NONBLOCK = 0x800

/** socket(7) */
export const SOL_SOCKET = 1
export const SO_REUSEADDR = 2
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
export const SO_REUSEPORT = 15
export const SO_RCVTIMEO = 20
export const SO_SNDBUFFORCE = 32
export const SO_RCVBUFFORCE = 33
/** A classic BPF program that says which socket of those that share a port gets what comes. */
export const SO_ATTACH_REUSEPORT_CBPF = 51
/** An array of 32-bit numbers; see `SK_MEMINFO_DROPS`. */
export const SO_MEMINFO = 55
/** Datagrams that found the receive buffer full. */
export const SK_MEMINFO_DROPS = 8

/** icmp(7) */
export const IPPROTO_ICMP = 1
export const IPPROTO_ICMPV6 = 58

/** ip(7) */
export const IPPROTO_IP = 0
export const IP_TTL = 2
export const IP_MTU_DISCOVER = 10
export const IP_FREEBIND = 15
/** ipv6(7) */
export const IPPROTO_IPV6 = 41
export const IPV6_UNICAST_HOPS = 16
export const IPV6_MTU_DISCOVER = 23
export const IPV6_V6ONLY = 26
export const IPV6_FREEBIND = 78
/** DF is set, and what ICMP says of the path's MTU is not believed. */
export const PMTUDISC_PROBE = 3
/** DF is not set, fragments may leave, and ICMP is not believed either. */
export const PMTUDISC_OMIT = 5

/** recv(2), recvmmsg(2) */
export const MSG_DONTWAIT = 0x40
export const MSG_WAITFORONE = 0x10000

/** poll(2) */
export const POLLIN = 1
export const POLLOUT = 4

/** errno(3) */
export const EINTR = 4
export const EAGAIN = 11
export const ENOMEM = 12
export const ENOBUFS = 105
/** From ENETDOWN to EHOSTUNREACH: what the network did, not what the caller did wrong. */
export const FIRST_OF_THE_NETWORK = 100
export const LAST_OF_THE_NETWORK = 113
