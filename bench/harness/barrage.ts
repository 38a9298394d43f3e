import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { findTool } from '../../test/fixture/tools.ts'
import { atEnd } from './at-end.ts'
import type { Flood } from './flood.ts'
import { GENERATOR_CORE } from './namespace.ts'

/** What the process of a barrage is told to do once. */
export interface BarrageOrder {
  readonly interface: string
  /** IPv4 addresses, as text; queries go to port 53. */
  readonly from: string
  readonly to: string
  /** Ethernet address of who is asked. */
  readonly toMac: readonly number[]
  readonly seconds: number
  /** Queries offered per second. */
  readonly rate: number
}

/** What it counted. */
export interface BarrageCount {
  readonly sent: number
  /** Replies with RCODE 0, 1, 2, ... 15. */
  readonly rcodes: readonly number[]
}

/** A generator that offers prepared queries, over and over, at a fixed rate: for servers that are quicker than what waits for replies. */
export interface Barrage {
  fire(target: { readonly address: string; readonly seconds: number; readonly rate: number }): Promise<Flood>
  close(): void
}

const PROCESS = fileURLToPath(new URL('barrage-process.ts', import.meta.url))
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']
const START_MS = 20_000

/**
 * Starts the generator with a file of prepared messages (`packed` in messages.ts) on the generator's core. It sends through AF_XDP, as kxdpgun does,
 * which cannot give each query an EDNS option of its own.
 */
export async function openBarrage(file: string): Promise<Barrage> {
  const args = ['-c', String(GENERATOR_CORE), process.execPath, '--import', 'tsx', PROCESS, file]
  const child = spawn('taskset', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const close = atEnd(() => void child.kill('SIGKILL'))
  const said = async (limitMs: number): Promise<unknown> => {
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(limitMs)])
    const ended = once(child, 'exit', { signal }).then(() => Promise.reject(new Error('the generator has ended')))
    try {
      const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as [unknown]
      return message
    } finally {
      over.abort()
    }
  }
  await said(START_MS)
  return {
    fire: async ({ address, seconds, rate }) => {
      const order: BarrageOrder = { ...routeTo(address), to: address, seconds, rate }
      const answered = said(seconds * 1000 + START_MS)
      child.send(order)
      return floodOf((await answered) as BarrageCount, seconds)
    },
    close,
  }
}

/** How the machine reaches an address on one of its own networks that it has spoken to before. */
function routeTo(address: string): Pick<BarrageOrder, 'interface' | 'from' | 'toMac'> {
  const [, device, from] = /dev (\S+) src (\S+)/.exec(ip('route', 'get', address)) ?? []
  const [, mac] = /lladdr (\S+)/.exec(ip('neighbor', 'show', 'to', address)) ?? []
  if (device === undefined || from === undefined || mac === undefined)
    throw new Error(`${address} is no neighbour of this machine`)
  return { interface: device, from, toMac: mac.split(':').map(octet => Number.parseInt(octet, 16)) }
}

function floodOf({ sent, rcodes }: BarrageCount, seconds: number): Flood {
  const replies = rcodes.reduce((sum, count) => sum + count, 0)
  return {
    ...{ sent, replies, perSecond: replies / seconds, lost: sent === 0 ? 0 : Math.max(0, 1 - replies / sent) },
    rcodes: new Map(rcodes.map((count, rcode) => [RCODES[rcode] ?? `RCODE ${rcode}`, count])),
  }
}

const ip = (...args: string[]): string => execFileSync(findTool('ip')!, args, { encoding: 'latin1' })
