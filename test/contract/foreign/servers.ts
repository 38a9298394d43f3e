import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RrType } from '../../../src/wire/rdata/type.ts'
import { buildQuery } from '../../fixture/message.ts'
import { freePort } from '../../fixture/ports.ts'
import { findTool } from '../../fixture/tools.ts'
import { until } from '../../fixture/until.ts'
import { UdpClient } from '../../listen/fixture.ts'
import type { Corpus } from './corpus.ts'

export interface ForeignServer {
  readonly port: number
  stop(): Promise<void>
}

/** A nameserver of another author: how it is told to serve zones on a loopback port, as plainly as it can. */
export interface Foreign {
  readonly program: string
  /** As people know it. */
  readonly title: string
  configure(folder: string, port: number, origins: readonly string[]): string
  args(file: string, folder: string): readonly string[]
}

const named: Foreign = {
  program: 'named',
  title: 'BIND',
  args: file => ['-f', '-c', file, '-n', '1'],
  configure: (folder, port, origins) => `
options {
  directory "${folder}"; pid-file none; session-keyfile none; managed-keys-directory "${folder}/run";
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; empty-zones-enable no; notify no; allow-transfer { none; };
  minimal-responses yes; minimal-any yes; zero-no-soa-ttl no; rrset-order { order none; };
  max-records-per-type 0; max-udp-size 1232; edns-udp-size 1232; tcp-clients 200;
};
controls { };
${origins
  .map(
    origin => `zone "${origin}" { type primary; file "${fileOf(origin)}"; check-integrity no; check-names ignore; };`,
  )
  .join('\n')}
`,
}

const nsd: Foreign = {
  program: 'nsd',
  title: 'NSD',
  args: file => ['-d', '-c', file],
  configure: (folder, port, origins) => `
server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: ""
  xfrdfile: "${folder}/run/xfrd.state"
  zonelistfile: "${folder}/run/zone.list"
  server-count: 1
  minimal-responses: yes
  ipv4-edns-size: 1232
  rrl-ratelimit: 0
remote-control:
  control-enable: no
${origins.map(origin => `zone:\n  name: "${origin}"\n  zonefile: "${fileOf(origin)}"`).join('\n')}
`,
}

const knotd: Foreign = {
  program: 'knotd',
  title: 'Knot DNS',
  args: file => ['-c', file],
  configure: (folder, port, origins) => `
server:
    listen: 127.0.0.1@${port}
    rundir: ${folder}/run
    pidfile: knot.pid
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    udp-max-payload: 1232
database:
    storage: ${folder}/run
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: ${folder}
    semantic-checks: off
    journal-content: none
    zonefile-load: whole
    zonefile-sync: -1
zone:
${origins.map(origin => `  - domain: "${origin}"\n    file: "${fileOf(origin)}"`).join('\n')}
`,
}

export const FOREIGN = { named, nsd, knotd }
export type ForeignName = keyof typeof FOREIGN

const fileOf = (origin: string): string => (origin === '.' ? 'root.zone' : `${origin}.zone`).replaceAll('/', '-')

/** Starts the server on the zones of the corpus and waits until it answers for each of them. */
export async function startForeign(foreign: Foreign, corpus: Corpus): Promise<ForeignServer> {
  const folder = mkdtempSync(join(tmpdir(), `${foreign.program}-`))
  mkdirSync(join(folder, 'run'))
  for (const [origin, text] of corpus.zones) writeFileSync(join(folder, fileOf(origin)), text)
  const port = await freePort()
  const file = join(folder, `${foreign.program}.conf`)
  const origins = [...corpus.zones.keys()]
  writeFileSync(file, foreign.configure(folder, port, origins))
  const child: ChildProcess = spawn(findTool(foreign.program) ?? foreign.program, foreign.args(file, folder), {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      said += String(chunk)
    })
  const stop = async (): Promise<void> => {
    const ended = child.exitCode === null && new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  let waiting = origins
  try {
    await until(`${foreign.program} to serve`, async () => {
      if (child.exitCode !== null) throw new Error(`${foreign.program} ended`)
      waiting = await filterAsync(waiting, async origin => !(await serves(port, origin)))
      return waiting.length === 0
    })
  } catch (error) {
    await stop()
    throw new Error(`${String(error)}; not served: ${waiting.join(' ')}\n${said}`)
  }
  return { port, stop }
}

async function filterAsync<T>(list: readonly T[], keep: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = []
  for (const item of list) if (await keep(item)) kept.push(item)
  return kept
}

async function serves(port: number, origin: string): Promise<boolean> {
  const client = await UdpClient.open('udp4', '127.0.0.1')
  client.send(buildQuery({ name: origin, type: RrType.SOA }), { host: '127.0.0.1', port })
  const reply = await client.receive(300)
  client.close()
  return reply !== null && (reply.data[2]! & 4) !== 0 && (reply.data[3]! & 15) === 0
}
