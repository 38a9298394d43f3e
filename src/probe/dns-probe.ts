import { isIPv6 } from 'node:net'
import { performance } from 'node:perf_hooks'
import dns2 from 'dns2'
import type { Target } from './targets.ts'

/**
 * One DNS query to a resolver: `. NS IN`, RD = 0, no EDNS, a fresh source port. Any RCODE counts as an answer: what is measured is the path.
 * Resolves with the round-trip time in ms, or null when nothing came in time. Never rejects.
 */
export async function probeDns(target: Target, timeoutMs: number): Promise<number | null> {
  const socketType = isIPv6(target.address) ? 'udp6' : 'udp4'
  const ask = dns2.UDPClient({
    dns: target.address,
    port: target.port,
    timeout: timeoutMs,
    socketType,
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
