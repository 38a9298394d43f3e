import { createConnection } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Endpoint, Method } from './method.ts'

/** A lost SYN is sent again after 1 s (RFC 6298 section 2.1): an answer that late is a loss, not a round trip. */
const RETRANSMITTED_MS = 1_000
/** The timer ends the probe well before the second SYN leaves. */
const LONGEST_MS = 950

/** A TCP connection: the handshake takes one round trip, and a refusal (RST) as well. Its packets: SYN, ACK, and the end. */
export const TCP: Method = { name: 'tcp', packets: 3, ask: askTcp }

/** Null also for what comes only after a second, for a SYN sent again. */
function askTcp({ address, port }: Endpoint, timeoutMs: number): Promise<number | null> {
  return new Promise(resolve => {
    let startedAt = performance.now()
    const socket = createConnection({ host: address, port })
    const finish = (answered: boolean): void => {
      const tookMs = performance.now() - startedAt
      socket.destroy()
      resolve(answered && tookMs < RETRANSMITTED_MS ? tookMs : null)
    }
    socket.setTimeout(Math.min(timeoutMs, LONGEST_MS), () => finish(false))
    // Right before the system call that sends the SYN.
    socket.once('connectionAttempt', () => {
      startedAt = performance.now()
    })
    socket.once('connect', () => finish(true))
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED'))
  })
}
