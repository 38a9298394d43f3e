import { execFileSync } from 'node:child_process'

export interface Flood {
  /** Seconds. */
  readonly seconds: number
  readonly port: number
  /** Prepared messages in the form of {@link packed}. */
  readonly file: string
}

export interface FloodFigures {
  readonly perSecond: number
  readonly completed: number
  readonly lost: number
  /** Share of the replies with RCODE NXDOMAIN, percent. */
  readonly nxdomain: number
}

/** Runs dnsperf over loopback, one thread of 8 sockets, at most 400 queries outstanding. */
export function flood({ seconds, port, file }: Flood): FloodFigures {
  const options = { '-s': '127.0.0.1', '-p': port, '-l': seconds, '-c': 8, '-T': 1, '-q': 400, '-t': 2, '-d': file }
  const text = execFileSync('dnsperf', ['-B', ...Object.entries(options).flat().map(String)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const figure = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0)
  return {
    perSecond: figure(/Queries per second:\s+([0-9.]+)/),
    completed: figure(/Queries completed:\s+([0-9]+)/),
    lost: figure(/Queries lost:\s+([0-9]+)/),
    nxdomain: figure(/NXDOMAIN [0-9]+ \(([0-9.]+)%\)/),
  }
}

/** A query for `name` A with an OPT record of 1232 octets that carries `options` (RFC 6891 section 6.1.2). */
export function query(name: string, id: number, options: readonly number[] = []): Buffer {
  const labels = name.split('.').flatMap(label => [label.length, ...Buffer.from(label)])
  const header = [id >> 8, id & 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]
  return Buffer.from([...header, ...labels, 0, 0, 1, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, options.length, ...options])
}

/** Messages in the TCP-stream form that `dnsperf -B` reads: two octets of length, then the message. */
export function packed(messages: readonly Buffer[]): Buffer {
  return Buffer.concat(messages.flatMap(message => [Buffer.from([message.length >> 8, message.length & 255]), message]))
}
