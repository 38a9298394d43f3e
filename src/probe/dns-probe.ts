import { isIPv6 } from 'node:net'
import { performance } from 'node:perf_hooks'
import dns2 from 'dns2'
import type { Endpoint, Method } from './method.ts'

/** One DNS query: `. NS IN`, RD = 0, no EDNS, from a fresh source port. Any RCODE counts as an answer: what is measured is the path. */
export const DNS: Method = { name: 'dns', packets: 1, ask: askDns }

async function askDns({ address, port }: Endpoint, timeoutMs: number): Promise<number | null> {
  const ask = dns2.UDPClient({
    dns: address,
    port,
    timeout: timeoutMs,
    socketType: isIPv6(address) ? 'udp6' : 'udp4',
    retryOverTCP: false,
  } as Parameters<typeof dns2.UDPClient>[0])
  const sentAt = performance.now()
  try {
    await ask('.', 'NS', undefined, { recursive: false })
    return performance.now() - sentAt
  } catch {
    return null
  }
}
