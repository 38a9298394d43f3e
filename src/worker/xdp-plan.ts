import { networkInterfaces } from 'node:os'
import { parseAddress } from '../base/ip.ts'
import { refused } from '../listen/bind-error.ts'
import type { Libc } from '../listen/linux/libc.ts'
import { attachTo, boundHere, type XdpAttachment, type XdpPort } from '../listen/linux/xdp/attachment.ts'
import type { ProgramEndpoint } from '../listen/linux/xdp/program.ts'
import type { Address } from './protocol.ts'

interface XdpWishes {
  readonly interfaces: readonly string[]
  readonly addresses: readonly Address[]
  readonly freebind: boolean
  readonly queryWorkers: number
}

export interface XdpPlan {
  readonly ports: readonly XdpPort[]
  readonly text: string
  readonly shortfalls: readonly string[]
  close(): void
}

/** Puts the program on every interface that is wished for. Throws, with none left on any, when one cannot have it. */
export function planXdp(libc: Libc, { interfaces, addresses, freebind, queryWorkers }: XdpWishes): XdpPlan {
  if (interfaces.length === 0)
    throw refused(`udp.transport: xdp needs udp.interfaces, such as [eth0]; this machine has ${namesHere()}`)
  const endpoints = endpointsOf(freebind ? addresses : boundHere(libc, addresses))
  if (endpoints.length === 0)
    throw refused(
      'udp.transport: xdp has nothing to do: no query for the addresses of listen.dns comes in by an interface',
    )
  const attached: XdpAttachment[] = []
  const close = (): void => {
    for (const attachment of attached.splice(0)) attachment.close()
  }
  try {
    for (const name of new Set(interfaces)) attached.push(attachTo(libc, name, endpoints))
  } catch (error) {
    close()
    throw error
  }
  const ports = attached.map(({ port }) => port)
  const queues = ports.reduce((sum, port) => sum + port.queues, 0)
  const shortfalls =
    queues < queryWorkers
      ? [
          `udp.interfaces: ${queues} receive queues for ${queryWorkers} query workers: ${queryWorkers - queues} get nothing by AF_XDP`,
        ]
      : []
  return { ports, text: attached.map(textOf).join(', '), shortfalls, close }
}

/** `AF_XDP on eth0 (native, zero-copy, 4 queues)` */
function textOf({ port: { name, queues }, mode, zeroCopy }: XdpAttachment): string {
  const count = queues === 1 ? 'one queue' : `${queues} queues`
  return `AF_XDP on ${name} (${mode}, ${zeroCopy ? 'zero-copy' : 'copying'}, ${count})`
}

/** Without loopback: what is for it comes in by no other interface. */
function endpointsOf(addresses: readonly Address[]): ProgramEndpoint[] {
  return addresses.flatMap(({ address: text, port }) => {
    const address = parseAddress(text.split('%')[0]!)
    return address === null || isLoopback(address) ? [] : [{ address, port }]
  })
}

function isLoopback(address: Uint8Array): boolean {
  return address.length === 4 ? address[0] === 127 : address.every((octet, i) => octet === (i === 15 ? 1 : 0))
}

const namesHere = (): string =>
  Object.keys(networkInterfaces())
    .filter(name => name !== 'lo')
    .join(', ') || 'none that is up'
