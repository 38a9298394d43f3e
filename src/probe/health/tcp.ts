import { createConnection } from 'node:net'
import { attempt } from './attempt.ts'
import type { Address, Check } from './check.ts'

/** Passes when a connection to `port` opens. Nothing is sent. */
export function tcpCheck({ port }: { readonly port: number }): Check {
  return ({ text: host, family }: Address, limitMs) =>
    attempt(family, limitMs, outcome => {
      const socket = createConnection({ host, port })
      socket.once('connect', outcome.pass)
      socket.on('error', outcome.error)
      return () => socket.destroy()
    })
}
