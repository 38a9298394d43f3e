import { randomBytes } from 'node:crypto'
import { createSocket, type Socket, type SocketOptions } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { performance } from 'node:perf_hooks'
import { formatAddress, parseAddress } from '../base/ip.ts'
import type { Endpoint, Method } from './method.ts'

/*
 * Echo (RFC 792) and ICMPv6 Echo (RFC 4443 section 4), as a socket of the kernel's ping protocol takes and gives them: without the IP header.
 *
 *   0 type(1)  1 code(1)  2 checksum(2)  4 identifier(2)  6 sequence(2)  8 token(8)
 *
 * Checksum and identifier are the kernel's: it gives each socket only the replies to its own identifier.
 */
const OCTETS = 16
const ECHO = { 4: 8, 6: 128 } as const
const REPLY = { 4: 0, 6: 129 } as const
/** dgram wants one; ICMP has none. */
const ANY_PORT = 1

/** Opens a socket of the kernel's ping protocol; throws with the reason where that is not allowed. */
export type OpenPing = (family: 4 | 6) => number

interface Asked {
  readonly address: string
  readonly token: Buffer
  readonly answer: (at: number) => void
}

/** Echo requests of one address family, over one socket. */
class Pinger {
  readonly #socket: Socket
  readonly #family: 4 | 6
  readonly #asked = new Map<number, Asked>()
  #sequence = 0

  constructor(family: 4 | 6, fd: number) {
    this.#family = family
    // Literals are not looked up: the send would wait for another turn of the loop.
    const lookup = (host: string, _: unknown, found: (error: null, address: string, family: number) => void) =>
      found(null, host, family)
    this.#socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', lookup: lookup as SocketOptions['lookup'] })
    // What ICMP says of one path is no fault of the socket.
    this.#socket.on('error', () => undefined)
    this.#socket.on('message', (message, { address }) => this.#hear(message, address, performance.now()))
    this.#socket.bind({ fd })
  }

  ask(address: string, timeoutMs: number): Promise<number | null> {
    if (this.#asked.size >= 0x8000) return Promise.resolve(null)
    while (this.#asked.has(this.#sequence)) this.#sequence = (this.#sequence + 1) & 0xffff
    const sequence = this.#sequence
    this.#sequence = (sequence + 1) & 0xffff
    const token = randomBytes(8)
    const message = Buffer.alloc(OCTETS)
    message[0] = ECHO[this.#family]
    message.writeUInt16BE(sequence, 6)
    token.copy(message, 8)
    return new Promise(resolve => {
      const end = (rttMs: number | null): void => {
        clearTimeout(timer)
        this.#asked.delete(sequence)
        resolve(rttMs)
      }
      const timer = setTimeout(end, timeoutMs, null)
      const sentAt = performance.now()
      this.#asked.set(sequence, { address, token, answer: at => end(at - sentAt) })
      try {
        this.#socket.send(message, ANY_PORT, address, error => {
          if (error !== null) end(null)
        })
      } catch {
        end(null)
      }
    })
  }

  close(): void {
    this.#socket.close()
  }

  #hear(message: Buffer, from: string, at: number): void {
    if (message.length < OCTETS || message[0] !== REPLY[this.#family]) return
    const asked = this.#asked.get(message.readUInt16BE(6))
    if (asked === undefined || !asked.token.equals(message.subarray(8, OCTETS))) return
    const source = parseAddress(from.split('%')[0]!)
    if (source !== null && formatAddress(source) === asked.address) asked.answer(at)
  }
}

/** ICMP for the families that it is allowed for; `fault` says why for none, in a sentence. `close` ends its sockets. */
export function openIcmp(open: OpenPing): { method: Method; fault: string | null; close: () => void } {
  const pingers = new Map<4 | 6, Pinger>()
  let fault = ''
  for (const family of [4, 6] as const) {
    try {
      pingers.set(family, new Pinger(family, open(family)))
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error)
    }
  }
  return {
    method: {
      name: 'icmp',
      packets: 1,
      ask: async ({ address }: Endpoint, timeoutMs) =>
        (await pingers.get(isIPv6(address) ? 6 : 4)?.ask(address, timeoutMs)) ?? null,
    },
    fault: pingers.size === 0 ? fault : null,
    close: () => {
      for (const pinger of pingers.values()) pinger.close()
    },
  }
}
