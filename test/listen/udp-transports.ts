import { setImmediate } from 'node:timers'
import { Worker } from 'node:worker_threads'
import type { Endpoint } from '../../src/listen/bind-error.ts'
import { loadLibc } from '../../src/listen/linux/libc.ts'
import type { TrafficCounter } from '../../src/listen/respond.ts'
import { UdpBatch, type UdpBatchOptions } from '../../src/listen/udp-batch.ts'
import { newTraffic, trafficOver } from './fixture.ts'
import { type RespondName, respondOf } from './responds.ts'
import type { FromUdpThread, UdpThreadOptions } from './udp-thread.ts'

export interface ListenOptions {
  readonly host?: string
  readonly port?: number
  readonly respond?: RespondName
}

/** A listener on one address, wherever it runs. */
export interface Listening {
  readonly address: Endpoint
  read(name: TrafficCounter): number
  /** What escaped from the listener, once something has. */
  readonly failure: Promise<Error>
  close(): Promise<void>
}

export type UdpTransport = (options: ListenOptions) => Promise<Listening>

/** The C library; null where batched UDP is not to be had, with its tests. */
export const libc = ((verdict = loadLibc()) => (verdict.kind === 'loaded' ? verdict.libc : null))()

export const RECEIVE_BUFFER = 1 << 20

/** A `UdpBatch`, of the real libc unless another is given. */
export function newBatch(options: Partial<UdpBatchOptions> & Pick<UdpBatchOptions, 'traffic' | 'respond'>): UdpBatch {
  const usual = { receiveBuffer: RECEIVE_BUFFER, freebind: false, dontFragment: true, waitMs: 0 }
  return new UdpBatch({ libc: libc!, ...usual, ...options })
}

/** Turns as long as the event loop does; returns what ends it. `failed` is called, and no turn follows, when a turn throws. */
export function pump(batch: Pick<UdpBatch, 'turn'>, failed: (error: Error) => void): () => void {
  let next: NodeJS.Immediate
  const turn = (): void => {
    try {
      batch.turn()
      next = setImmediate(turn)
    } catch (error) {
      failed(error as Error)
    }
  }
  next = setImmediate(turn)
  return () => clearImmediate(next)
}

/** Batched, turned by the test's own event loop. */
export const batchHere: UdpTransport = async ({ host = '127.0.0.1', port = 0, respond = 'mirror' }) => {
  const traffic = newTraffic()
  const batch = newBatch({ respond: await respondOf(respond), traffic })
  const address = batch.open({ host, port })
  let stop = (): void => {}
  const failure = new Promise<Error>(resolve => {
    stop = pump(batch, resolve)
  })
  const close = async (): Promise<void> => {
    stop()
    batch.close()
  }
  return { address, read: traffic.read, failure, close }
}

/** In a thread that does nothing else; batched, it blocks in the system call. */
export const inThread =
  (transport: UdpThreadOptions['transport']): UdpTransport =>
  async ({ host = '127.0.0.1', port = 0, respond = 'mirror' }) => {
    const options: UdpThreadOptions = {
      ...{ transport, host, port, respond, receiveBuffer: RECEIVE_BUFFER },
      counters: new SharedArrayBuffer(newTraffic().counters.byteLength),
      stop: new Int32Array(new SharedArrayBuffer(4)),
    }
    const thread = new Worker(ENTRY, { eval: true, workerData: options })
    const ended = new Promise(resolve => thread.once('exit', resolve))
    const failure = new Promise<Error>(resolve => thread.once('error', resolve))
    const said = await Promise.race([new Promise<FromUdpThread>(resolve => thread.once('message', resolve)), failure])
    if (said instanceof Error) throw said
    if (said.kind === 'failed') throw new Error(said.message)
    const close = async (): Promise<void> => {
      Atomics.store(options.stop, 0, 1)
      thread.postMessage('stop')
      await ended
    }
    return { address: said.address, read: trafficOver(options.counters).read, failure, close }
  }

/** Node 20 reads no TypeScript in a thread by itself. */
const ENTRY = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
  register()
  return import(${JSON.stringify(new URL('udp-thread.ts', import.meta.url).href)})
})`
