import { AF_UNIX, MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_DGRAM } from './constants.ts'
import type { Libc } from './libc.ts'

/** sockaddr_un, unix(7): family(2), path or, after an octet of 0, name in the abstract namespace. */
const LONGEST_NAME = 108

/**
 * Sends one datagram to a socket of this machine: a path, or `@name` in the abstract namespace, as sd_notify(3) writes it. Node has no datagrams of
 * this family. Returns why it could not be sent; null when it was. Never waits.
 */
export function sendToLocalSocket(libc: Libc, name: string, text: string): string | null {
  const octets = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : name)
  if (octets.length > LONGEST_NAME || octets.length < 2) return 'no such name is possible'
  const address = Buffer.concat([new Uint8Array(new Uint16Array([AF_UNIX]).buffer), octets])
  const body = Buffer.from(text)
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  if (fd < 0) return libc.errorName(libc.errno())
  const sent = libc.sendto(fd, body, body.length, MSG_DONTWAIT, address, address.length)
  const fault = sent < 0 ? libc.errorName(libc.errno()) : null
  libc.close(fd)
  return fault
}
