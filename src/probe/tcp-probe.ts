import { createConnection } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Target } from './targets.ts'

/**
 * A TCP connection to the resolver's port: the handshake takes one round trip, and a refusal (RST) as well.
 * Resolves with ms, or null when neither came in time. Never rejects.
 */
export function probeTcp(target: Target, timeoutMs: number): Promise<number | null> {
  return new Promise(resolve => {
    const startedAt = performance.now()
    const socket = createConnection({ host: target.address, port: target.port })
    const finish = (answered: boolean): void => {
      socket.destroy()
      resolve(answered ? performance.now() - startedAt : null)
    }
    socket.setTimeout(timeoutMs, () => finish(false))
    socket.once('connect', () => finish(true))
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED'))
  })
}
