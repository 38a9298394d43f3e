import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from '../test/fixture/nameserver.ts'
import { freePort } from '../test/fixture/ports.ts'
import { findTool } from '../test/fixture/tools.ts'

/** How a nameserver is had to serve one zone with so many workers. */
export interface Contender {
  readonly name: string
  readonly version: string
  /** Writes what it needs into `folder` and says how it is started. */
  prepare(folder: string, port: number, zone: ZoneToServe, workers: number): { program: string; args: string[] }
}

export interface ZoneToServe {
  readonly origin: string
  readonly file: string
}

export interface Running {
  readonly port: number
  readonly pid: number
  /** Milliseconds from the start of the process to the first answer. */
  readonly readyMs: number
  stop(): Promise<void>
}

const kingcdn: Contender = {
  name: 'KingCDN',
  version: (JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string }).version,
  prepare: (folder, port, zone, workers) => {
    const config = join(folder, 'kingcdn.yaml')
    writeFileSync(
      config,
      `node: bench
listen: { dns: ["127.0.0.1:${port}"], http: off }
workers: ${workers}
state: ./var
zones: [{ file: ${zone.file} }]
`,
    )
    return { program: process.execPath, args: [join(REPOSITORY, 'bin/kingcdn.js'), 'serve', '-c', config] }
  },
}

const knot: Contender = {
  name: 'Knot',
  version: versionOf('knotd', '--version'),
  prepare: (folder, port, zone, workers) => {
    writeFileSync(
      join(folder, 'knot.conf'),
      `server:
  rundir: ${folder}
  listen: 127.0.0.1@${port}
  udp-workers: ${workers}
  tcp-workers: 1
  background-workers: ${workers}
database:
  storage: ${folder}
log:
  - target: stderr
    any: warning
zone:
  - domain: ${zone.origin}
    file: ${zone.file}
    zonefile-sync: -1
    journal-content: none
`,
    )
    return { program: 'knotd', args: ['-c', join(folder, 'knot.conf')] }
  },
}

const nsd: Contender = {
  name: 'NSD',
  version: versionOf('nsd', '-v'),
  prepare: (folder, port, zone, workers) => {
    mkdirSync(join(folder, 'run'))
    writeFileSync(
      join(folder, 'nsd.conf'),
      `server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  pidfile: ""
  database: ""
  xfrdfile: "${folder}/run/xfrd.state"
  zonelistfile: "${folder}/run/zone.list"
  server-count: ${workers}
  minimal-responses: yes
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "${zone.origin}"
  zonefile: "${zone.file}"
`,
    )
    return { program: 'nsd', args: ['-d', '-c', join(folder, 'nsd.conf')] }
  },
}

export const CONTENDERS: readonly Contender[] = [kingcdn, knot, nsd]

/** Starts the contender on a free port of loopback; resolves when it answers `name` A. */
export async function startContender(
  contender: Contender,
  zone: ZoneToServe,
  workers: number,
  name: string,
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'kingcdn-bench-'))
  const port = await freePort()
  const { program, args } = contender.prepare(folder, port, zone, workers)
  const startedAt = performance.now()
  const child = spawn(findTool(program) ?? program, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder })
  let said = ''
  child.stderr?.on('data', chunk => {
    said += String(chunk)
  })
  await firstAnswer(port, name, () => {
    if (child.exitCode !== null) throw new Error(`${contender.name} ended with ${child.exitCode}: ${said}`)
  })
  return { port, pid: child.pid!, readyMs: performance.now() - startedAt, stop: () => end(child, folder) }
}

/** Machine, its load by now, and versions, for the head of a table of results. */
export function circumstances(): string {
  const versions = CONTENDERS.map(({ name, version }) => `${name} ${version}`).join(', ')
  const day = new Date().toISOString().slice(0, 10)
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), load average ${loadavg()[0]!.toFixed(1)} at the end`
  return `${versions}, Node ${process.version}; ${machine}; ${day}`
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
}

/** Asks every few milliseconds until an answer has a record; `look` throws when there is no hope. */
async function firstAnswer(port: number, name: string, look: () => void): Promise<void> {
  const query = questionA(name)
  const socket = createSocket('udp4')
  // Nobody listens yet: each query so far came back as ICMP.
  socket.on('error', () => undefined)
  try {
    let answered = false
    socket.on('message', message => {
      answered ||= message.length > 12 && message.readUInt16BE(6) > 0
    })
    while (!answered) {
      look()
      socket.send(query, port, '127.0.0.1')
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  } finally {
    socket.close()
  }
}

/** A query for the A record of `name` without EDNS. */
export function questionA(name: string): Buffer {
  const labels = name.split('.').flatMap(label => [label.length, ...Buffer.from(label)])
  return Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1])
}

function versionOf(program: string, option: string): string {
  const path = findTool(program)
  if (path === null) return 'absent'
  const { stdout, stderr } = spawnSync(path, [option], { encoding: 'utf8' })
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? 'unknown'
}
