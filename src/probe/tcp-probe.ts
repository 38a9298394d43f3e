import { createConnection } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Target } from './targets.ts'

/** A lost SYN is sent again after 1 s (RFC 6298 section 2.1): an answer that late is a loss, not a round trip. */
const RETRANSMITTED_MS = 1_000
/** The timer ends the probe well before the second SYN leaves. */
const LONGEST_MS = 950

/**
 * A TCP connection to the target's port: the handshake takes one round trip, and a refusal (RST) as well.
 * Resolves with ms, or null when neither came in time or only after a second, for a SYN sent again. Never rejects.
 */
export function probeTcp(target: Target, timeoutMs: number): Promise<number | null> {
  return new Promise(resolve => {
    const startedAt = performance.now()
    const socket = createConnection({ host: target.address, port: target.port })
    const finish = (answered: boolean): void => {
      const tookMs = performance.now() - startedAt
      socket.destroy()
      resolve(answered && tookMs < RETRANSMITTED_MS ? tookMs : null)
    }
    socket.setTimeout(Math.min(timeoutMs, LONGEST_MS), () => finish(false))
    socket.once('connect', () => finish(true))
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED'))
  })
}
