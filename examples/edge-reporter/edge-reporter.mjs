#!/usr/bin/env node
// Tells KingCDN the round-trip times that this edge sees on the connections of its clients. Node 20 or later, no packages.
//
//   edge-reporter.mjs --url http://ns1:9153 --cluster icn-kt --ss                          from the kernel's connections
//   edge-reporter.mjs --url http://ns1:9153 --cluster icn-kt --log /var/log/nginx/rtt.log  from an access log with
//                                                       log_format rtt '$remote_addr $connection $tcpinfo_rtt';
import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { isIPv4, isIPv6 } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const USAGE = `usage: edge-reporter.mjs --url <kingcdn> --cluster <id> (--ss | --log <file>) [options]
  --url <url>           address of KingCDN's HTTP API, such as http://127.0.0.1:9153; several: given several times, the next when one fails
  --cluster <id>        the cluster that this edge is part of
  --ss                  read the connections of the kernel (ss, iproute2)
  --log <file>          read this access log of nginx: address, connection number and $tcpinfo_rtt on each line
  --ports <list>        with --ss: local ports of the service (443,80)
  --interval <seconds>  time between two reports (10)
  --token-file <file>   holds the bearer token of the HTTP API
  --special             also report loopback, private and other special-purpose addresses
  --once                report once and end`

const OPTIONS = {
  url: { type: 'string', multiple: true },
  cluster: { type: 'string' },
  ss: { type: 'boolean', default: false },
  log: { type: 'string' },
  ports: { type: 'string', default: '443,80' },
  interval: { type: 'string', default: '10' },
  'token-file': { type: 'string' },
  special: { type: 'boolean', default: false },
  once: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
}

/** Blocks in one report: those with most connections. KingCDN takes 5,000. */
const MOST_BLOCKS = 2_000
/** Connections looked at in one interval: more say nothing new of their blocks, and memory must end somewhere. */
const MOST_CONNECTIONS = 200_000
/** Octets of the log read at once after a stall; what lies before them is left out. */
const MOST_LOG_OCTETS = 16 * 2 ** 20
const CALL_MS = 5_000
const LONGEST_PAUSE_MS = 300_000

// -- addresses -------------------------------------------------------------------------------------------------------------------------

/** The eight groups of an IPv6 address. */
function groupsOf(address) {
  const [head, tail] = address.split('::').map(part => (part === '' ? [] : part.split(':')))
  const gap = tail === undefined ? [] : new Array(8 - head.length - tail.length).fill('0')
  return [...head, ...gap, ...(tail ?? [])].map(group => Number.parseInt(group, 16))
}

/** The address that connections of IPv4 clients show on an IPv6 socket, without its wrapping; a zone (%eth0) and brackets are dropped. */
function plain(text) {
  const address = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address
}

/** The client's block, `192.0.2.0/24` or `2001:db8:0:100::/56`; null for what is no address. */
export function blockOf(text) {
  const address = plain(text)
  if (isIPv4(address)) return `${address.split('.').slice(0, 3).join('.')}.0/24`
  if (!isIPv6(address) || address.includes('.')) return null
  const [a, b, c, d] = groupsOf(address)
  return `${[a, b, c, d & 0xff00].map(group => group.toString(16)).join(':')}::/56`
}

/** Addresses that are nobody's on the Internet (RFC 6890), coarsely: KingCDN looks closely. */
export function isSpecial(text) {
  const address = plain(text)
  if (isIPv6(address)) return groupsOf(address)[0] >> 13 !== 1
  const [a, b] = address.split('.').map(Number)
  if ([0, 10, 127].includes(a) || a >= 224) return true
  if (a === 100) return b >= 64 && b < 128
  if (a === 172) return b >= 16 && b < 32
  return (a === 169 && b === 254) || (a === 192 && b === 168)
}

// -- connections -----------------------------------------------------------------------------------------------------------------------

/** What was seen since the last report: for each connection its block and its least RTT, ms. */
export class Seen {
  #connections = new Map()
  #special

  constructor(special) {
    this.#special = special
  }

  add(address, connection, rttMs) {
    if (!(rttMs > 0 && rttMs <= 60_000) || (!this.#special && isSpecial(address))) return
    const block = blockOf(address)
    if (block === null) return
    const known = this.#connections.get(connection)
    if (known !== undefined) known.rttMs = Math.min(known.rttMs, rttMs)
    else if (this.#connections.size < MOST_CONNECTIONS) this.#connections.set(connection, { block, rttMs })
  }

  /** One sample for each block: the median over its connections. Forgets everything. */
  take() {
    const blocks = new Map()
    for (const { block, rttMs } of this.#connections.values()) {
      const rtts = blocks.get(block)
      if (rtts === undefined) blocks.set(block, [rttMs])
      else rtts.push(rttMs)
    }
    this.#connections.clear()
    return [...blocks]
      .map(([client, rtts]) => ({ client, rtt_ms: Math.max(0.001, round(median(rtts))), n: rtts.length }))
      .sort((a, b) => b.n - a.n)
      .slice(0, MOST_BLOCKS)
  }
}

const median = values => values.sort((a, b) => a - b)[(values.length - 1) >> 1]
const round = value => Math.round(value * 1000) / 1000

/**
 * A line of `ss -tinHO`: queues, local and remote address with port, then the TCP figures, all in ms. A connection on which nothing came within
 * `freshMs` has nothing new to say. `minrtt` is the kernel's least RTT of the last five minutes: without the queue that our own data fill.
 */
export function readSsLine(line, seen, freshMs) {
  const words = line.trim().split(/\s+/)
  const [local, remote] = words.filter(word => /^(\[.*\]|[^[\]]*):\d+$/.test(word))
  const figure = name => words.find(word => word.startsWith(`${name}:`))?.slice(name.length + 1)
  const rtt = Number(figure('minrtt') ?? figure('rtt')?.split('/')[0])
  if (remote === undefined || Number(figure('lastack') ?? 0) > freshMs) return
  seen.add(remote.replace(/:\d+$/, ''), `${local} ${remote}`, rtt)
}

/** `$remote_addr $connection $tcpinfo_rtt`; the last in microseconds, `-` or 0 where the kernel has none (HTTP/3). */
export function readLogLine(line, seen) {
  const [address, connection, rtt] = line.trim().split(/\s+/)
  if (address !== undefined && /^\d+$/.test(rtt ?? '')) seen.add(address, connection, Number(rtt) / 1000)
}

/** `elapsed`: ms since the look before. It grows while ss starts: what came right after that look is fresh all the same. */
async function readSs(ports, seen, elapsed) {
  const filter = `( ${ports.map(port => `sport = :${port}`).join(' or ')} )`
  const ss = spawn('ss', ['-tinHO', 'state', 'established', filter], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  ss.stderr.on('data', chunk => {
    said = (said + chunk).slice(-500)
  })
  const ended = new Promise((resolve, reject) => {
    ss.once('error', reject)
    ss.once('close', code => (code === 0 ? resolve() : reject(new Error(`ss ended with ${code}: ${said.trim()}`))))
  })
  ended.catch(() => {})
  for await (const line of createInterface({ input: ss.stdout })) readSsLine(line, seen, elapsed())
  await ended
}

/** Follows a log from its end: over a rotation, and over a truncation. */
export class LogTail {
  #file
  #at = null
  #inode = 0
  #rest = ''

  constructor(file) {
    this.#file = file
  }

  /** Hands on the lines that came since the last call. A log that is not there has none. */
  async read(take) {
    const handle = await open(this.#file).catch(() => null)
    if (handle === null) return
    try {
      const { size, ino } = await handle.stat()
      if (this.#at === null) this.#at = size
      else if (ino !== this.#inode || size < this.#at) this.#at = 0
      if (ino !== this.#inode) this.#rest = ''
      this.#inode = ino
      const skips = size - this.#at > MOST_LOG_OCTETS
      if (skips) this.#at = size - MOST_LOG_OCTETS
      const octets = Buffer.alloc(size - this.#at)
      const { bytesRead } = await handle.read(octets, 0, octets.length, this.#at)
      this.#at += bytesRead
      const lines = (this.#rest + octets.toString('latin1', 0, bytesRead)).split('\n')
      this.#rest = lines.pop().slice(0, 4096)
      // What is left of a line that begins before them could be read as another address.
      if (skips) lines.shift()
      for (const line of lines) take(line)
    } finally {
      await handle.close()
    }
  }
}

// -- reporting -------------------------------------------------------------------------------------------------------------------------

/** Posts to the first address that takes it. */
async function post(urls, cluster, token, samples) {
  let last = { ok: false, what: 'no address', retryMs: 0 }
  for (const url of urls) {
    last = await postTo(url, cluster, token, samples)
    if (last.ok) return last
  }
  return last
}

async function postTo(url, cluster, token, samples) {
  try {
    const reply = await fetch(new URL(`/v1/clusters/${encodeURIComponent(cluster)}/rtt`, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ measured_at: Date.now(), samples }),
      redirect: 'error',
      signal: AbortSignal.timeout(CALL_MS),
    })
    const text = (await reply.text()).trim().slice(0, 500)
    const retryMs = Number(reply.headers.get('retry-after') ?? 0) * 1000
    return { ok: reply.ok, what: `${url} says ${reply.status}: ${text}`, retryMs: retryMs || 0 }
  } catch (error) {
    return { ok: false, what: `${url} fails: ${error.cause?.message ?? error.message}`, retryMs: 0 }
  }
}

function readOptions(args) {
  const { values } = parseArgs({ args, options: OPTIONS })
  if (values.help) return values
  const intervalMs = Number(values.interval) * 1000
  const ports = values.ports.split(',').map(Number)
  const wrong =
    values.url === undefined
      ? '--url is missing'
      : values.cluster === undefined
        ? '--cluster is missing'
        : values.ss === (values.log !== undefined)
          ? 'either --ss or --log'
          : !(intervalMs >= 1000 && intervalMs <= 300_000)
            ? '--interval is not a number of seconds from 1 to 300'
            : ports.some(port => !(Number.isInteger(port) && port > 0 && port < 65536))
              ? '--ports is not a list of ports'
              : null
  if (wrong !== null) throw new Error(wrong)
  return { ...values, intervalMs, ports }
}

const say = text => process.stderr.write(`edge-reporter: ${text}\n`)

async function main() {
  let options
  try {
    options = readOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}\n`)
    return 2
  }
  if (options.help) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const { intervalMs, ports, cluster, url: urls, log, once } = options
  const token = options['token-file'] === undefined ? null : (await readFile(options['token-file'], 'utf8')).trim()
  const seen = new Seen(options.special)
  const tail = log === undefined ? null : new LogTail(log)
  // What is in the log already was seen by whoever ran before.
  await tail?.read(() => {})
  let lookedAt = performance.now()
  say(`reports RTTs of ${cluster} from ${log ?? 'the kernel'} every ${intervalMs / 1000} s`)
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop.abort())
  let failures = 0
  while (!stop.signal.aborted) {
    // Each edge at its own moment, however many were started by the same hand.
    const pause = failures === 0 ? intervalMs * (0.9 + 0.2 * Math.random()) : pauseAfter(failures, intervalMs)
    await sleep(Math.max(pause, options.retryMs ?? 0), undefined, { signal: stop.signal }).catch(() => {})
    if (stop.signal.aborted) break
    const outcome = await report().catch(error => ({ ok: false, what: error.message, retryMs: 0 }))
    options.retryMs = outcome.retryMs
    if (!outcome.ok && failures === 0) say(`${outcome.what}; trying on, ever more seldom`)
    if (outcome.ok && failures > 0) say(`reports are taken again after ${failures} failures`)
    failures = outcome.ok ? 0 : failures + 1
    if (once) return outcome.ok ? 0 : 1
  }
  return 0

  async function report() {
    const before = lookedAt
    lookedAt = performance.now()
    if (tail === null) await readSs(ports, seen, () => performance.now() - before)
    else await tail.read(line => readLogLine(line, seen))
    const samples = seen.take()
    return samples.length === 0 ? { ok: true, retryMs: 0 } : post(urls, cluster, token, samples)
  }
}

/** Doubles with every failure; half of it is chance, so that edges that failed together do not come back together. */
function pauseAfter(failures, intervalMs) {
  const pause = Math.min(LONGEST_PAUSE_MS, intervalMs * 2 ** Math.min(failures, 10))
  return pause * (0.5 + 0.5 * Math.random())
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) process.exitCode = await main()
