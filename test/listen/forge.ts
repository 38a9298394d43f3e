import { systemCalls } from './system-calls.ts'

const AF_INET = 2
const SOCK_RAW = 3
const IPPROTO_UDP = 17

/** True when this process may send datagrams of its own making: Linux, with CAP_NET_RAW. */
export function mayForge(): boolean {
  if (process.platform !== 'linux') return false
  try {
    const { socket, close } = systemCalls()
    const fd = socket(AF_INET, SOCK_RAW, IPPROTO_UDP)
    if (fd >= 0) close(fd)
    return fd >= 0
  } catch {
    // not the GNU libc
    return false
  }
}

/** Sends a UDP datagram over 127.0.0.1 whose source port is `from`, which no ordinary socket can have when it is 0. */
export function forge(to: number, from: number, body: Uint8Array): void {
  const { socket, sendto, close } = systemCalls()
  const fd = socket(AF_INET, SOCK_RAW, IPPROTO_UDP)
  const length = 8 + body.length
  // RFC 768: source port, destination port, length, checksum (0 = none).
  const datagram = Buffer.concat([Buffer.from([from >> 8, from & 255, to >> 8, to & 255, 0, length, 0, 0]), body])
  const address = Buffer.from([AF_INET, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
  const sent = sendto(fd, datagram, datagram.length, 0, address, address.length)
  close(fd)
  if (sent !== datagram.length) throw new Error('the datagram did not leave')
}
