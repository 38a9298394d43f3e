import { parentPort, workerData } from 'node:worker_threads'
import type { Endpoint } from '../../src/listen/bind-error.ts'
import { loadLibc } from '../../src/listen/linux/libc.ts'
import { listenUdp } from '../../src/listen/udp.ts'
import { UdpBatch } from '../../src/listen/udp-batch.ts'
import { trafficOver } from './fixture.ts'
import { type RespondName, respondOf } from './responds.ts'

export interface UdpThreadOptions extends Endpoint {
  readonly transport: 'dgram' | 'batch'
  readonly respond: RespondName
  readonly receiveBuffer: number
  readonly counters: SharedArrayBuffer
  /** [0] becomes 1 when the thread is to end, for one that hears no messages. */
  readonly stop: Int32Array
}

export type FromUdpThread =
  | { readonly kind: 'listening'; readonly address: Endpoint }
  | { readonly kind: 'failed'; readonly message: string }

// Entry of a thread that listens on one address.
const port = parentPort
if (port === null) throw new Error('udp-thread runs only as a worker thread')
const { transport, host, port: udpPort, receiveBuffer, counters, stop, respond } = workerData as UdpThreadOptions
const say = (message: FromUdpThread): void => port.postMessage(message)
const common = { traffic: trafficOver(counters), receiveBuffer, respond: await respondOf(respond) }

try {
  await (transport === 'dgram' ? serveByEvents() : serveInTurns())
} catch (error) {
  // Once it listens nobody waits for this message: an error then ends the thread as it is.
  if (!(error instanceof Error && error.message.startsWith('cannot listen'))) throw error
  say({ kind: 'failed', message: error.message })
}

async function serveByEvents(): Promise<void> {
  const listener = await listenUdp({ host, port: udpPort, ...common })
  say({ kind: 'listening', address: listener.address })
  port!.once('message', () => void listener.close())
}

function serveInTurns(): void {
  const verdict = loadLibc()
  if (verdict.kind === 'absent') throw new Error(verdict.reason)
  const batch = new UdpBatch({ libc: verdict.libc, ...common, freebind: false, dontFragment: true, waitMs: 100 })
  say({ kind: 'listening', address: batch.open({ host, port: udpPort }) })
  while (Atomics.load(stop, 0) === 0) batch.turn()
  batch.close()
}
