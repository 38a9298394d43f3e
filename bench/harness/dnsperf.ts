import { findTool } from '../../test/fixture/tools.ts'
import { type Flood, generate } from './flood.ts'
import { GENERATOR_CORE } from './namespace.ts'

export interface Dialogue {
  readonly address: string
  readonly port?: number
  /** Prepared messages in the form of `packed` (messages.ts). */
  readonly file: string
  readonly seconds: number
  readonly transport?: 'udp' | 'tcp' | 'dot'
  /** Sockets, or connections that are kept; default 8. */
  readonly clients?: number
  /** Threads that send; each has one that receives beside it. Default 1. */
  readonly threads?: number
  /** Queries that may wait for their reply at a time, all clients together; default 400. */
  readonly outstanding?: number
  /** Queries per second, at most; as fast as replies come when left out. */
  readonly rate?: number
  /** Has a line for each reply written, for {@link latencies}. */
  readonly verbose?: boolean
  /** Port that it sends from; any when left out. */
  readonly from?: number
  readonly cores?: readonly number[]
  /** Before everything else that wants the core; for runs that hardly use it. */
  readonly realtime?: boolean
}

export interface DialogueFlood extends Flood {
  /** Of all replies, milliseconds. */
  readonly latency: { readonly average: number; readonly min: number; readonly max: number }
}

/** Seconds after which a query is lost. */
const TIMEOUT = 2

/** Asks with dnsperf(1), which waits for replies: it never overruns a server, but measures itself as much as the server. */
export async function dialogue(options: Dialogue): Promise<DialogueFlood> {
  return readDnsperf(await dialogueText(options))
}

/** The same; what dnsperf wrote. */
export function dialogueText(options: Dialogue): Promise<string> {
  const { address, file, seconds, transport = 'udp', clients = 8, threads = 1, outstanding = 400 } = options
  const port = options.port ?? (transport === 'dot' ? 853 : 53)
  const values = {
    ...{ '-s': address, '-p': port, '-d': file, '-l': seconds, '-t': TIMEOUT, '-m': transport },
    ...{ '-c': clients, '-T': threads, '-q': outstanding },
    ...(options.rate === undefined ? {} : { '-Q': options.rate }),
    ...(options.from === undefined ? {} : { '-x': options.from }),
  }
  const args = ['-B', ...(options.verbose === true ? ['-v'] : []), ...Object.entries(values).flat().map(String)]
  const limitMs = (seconds + TIMEOUT + 20) * 1000
  const { cores = [GENERATOR_CORE], realtime = false } = options
  if (!realtime) return generate('dnsperf', args, cores, limitMs)
  return generate('chrt', ['-f', '1', findTool('dnsperf') ?? 'dnsperf', ...args], cores, limitMs)
}

/** Reads what dnsperf 2.x says at its end. Throws when it says no such thing. */
export function readDnsperf(text: string): DialogueFlood {
  const figure = (pattern: RegExp): number => {
    const found = pattern.exec(text)
    if (found === null) throw new Error(`dnsperf did not say ${pattern}:\n${text.slice(-2000)}`)
    return Number(found[1])
  }
  const sent = figure(/^\s*Queries sent:\s+(\d+)/m)
  const replies = figure(/^\s*Queries completed:\s+(\d+)/m)
  const [, average, min, max] =
    /^\s*Average Latency \(s\):\s+([\d.]+) \(min ([\d.]+), max ([\d.]+)\)/m.exec(text)?.map(Number) ?? []
  const codes = /^\s*Response codes:\s+(.*)$/m.exec(text)?.[1] ?? ''
  return {
    sent,
    replies,
    perSecond: figure(/^\s*Queries per second:\s+([\d.]+)/m),
    lost: sent === 0 ? 0 : figure(/^\s*Queries lost:\s+(\d+)/m) / sent,
    rcodes: new Map([...codes.matchAll(/(\w+) (\d+) \(/g)].map(([, name, n]) => [name!, Number(n)])),
    latency: { average: (average ?? 0) * 1e3, min: (min ?? 0) * 1e3, max: (max ?? 0) * 1e3 },
  }
}

/** Milliseconds to each reply, from the lines of a verbose run: `> NOERROR name A 0.000123`. */
export function latencies(text: string): Float64Array {
  return Float64Array.from(text.matchAll(/^> \w+ \S+ \w+ ([\d.]+)$/gm), ([, seconds]) => Number(seconds) * 1e3)
}
