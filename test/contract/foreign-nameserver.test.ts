import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RrType } from '../../src/wire/rdata/type.ts'
import { openWorld } from '../answer/world.ts'
import { CDN_EXAMPLE, EXAMPLE_COM, OURS_EXAMPLE_COM } from '../answer/zones.ts'
import { buildQuery, lines, type ParsedMessage, parseMessage } from '../fixture/message.ts'
import { freePort } from '../fixture/ports.ts'
import { findTool, missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'
import { UdpClient } from '../listen/fixture.ts'

const ZONES = { 'example.com': EXAMPLE_COM, 'ours.example.com': OURS_EXAMPLE_COM, 'cdn.example': CDN_EXAMPLE }

interface Foreign {
  readonly port: number
  stop(): Promise<void>
}

/** Starts a nameserver of someone else on our zones; `configure` writes its configuration and returns its command line. */
async function start(
  program: string,
  configure: (folder: string, port: number) => { text: string; file: string; args: readonly string[] },
): Promise<Foreign> {
  const folder = mkdtempSync(join(tmpdir(), `${program}-`))
  mkdirSync(join(folder, 'run'))
  for (const [origin, text] of Object.entries(ZONES)) writeFileSync(join(folder, `${origin}.zone`), text)
  const port = await freePort()
  const { text, file, args } = configure(folder, port)
  writeFileSync(join(folder, file), text)
  const child: ChildProcess = spawn(findTool(program) ?? program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
  })
  let said = ''
  child.stdout?.on('data', chunk => {
    said += String(chunk)
  })
  child.stderr?.on('data', chunk => {
    said += String(chunk)
  })
  await until(`${program} to serve`, async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`)
    return (await exchange(port, buildQuery({ name: 'example.com', type: RrType.SOA }), 200))?.answer.length === 1
  })
  return {
    port,
    stop: async () => {
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function exchange(port: number, query: Uint8Array, limitMs = 3000): Promise<ParsedMessage | null> {
  const client = await UdpClient.open('udp4', '127.0.0.1')
  client.send(query, { host: '127.0.0.1', port })
  const reply = await client.receive(limitMs)
  client.close()
  return reply === null ? null : parseMessage(reply.data)
}

const startNamed = (): Promise<Foreign> =>
  start('named', (folder, port) => ({
    file: 'named.conf',
    args: ['-f', '-c', join(folder, 'named.conf'), '-n', '1'],
    text: `
options {
  directory "${folder}"; pid-file none; session-keyfile none; managed-keys-directory "${folder}/run";
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; minimal-responses yes; zero-no-soa-ttl no; dnssec-validation no; empty-zones-enable no; notify no; allow-transfer { none; };
};
controls { };
${Object.keys(ZONES)
  .map(origin => `zone "${origin}" { type primary; file "${origin}.zone"; check-integrity no; check-names ignore; };`)
  .join('\n')}
`,
  }))

const startNsd = (): Promise<Foreign> =>
  start('nsd', (folder, port) => ({
    file: 'nsd.conf',
    args: ['-d', '-c', join(folder, 'nsd.conf')],
    text: `
server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  pidfile: ""
  xfrdfile: "${folder}/run/xfrd.state"
  zonelistfile: "${folder}/run/zone.list"
  server-count: 1
  minimal-responses: yes
remote-control:
  control-enable: no
${Object.keys(ZONES)
  .map(origin => `zone:\n  name: "${origin}"\n  zonefile: "${origin}.zone"`)
  .join('\n')}
`,
  }))

const TYPES = [
  RrType.A,
  RrType.AAAA,
  RrType.NS,
  RrType.SOA,
  RrType.CNAME,
  RrType.TXT,
  RrType.MX,
  RrType.DS,
  RrType.DNAME,
  RrType.SRV,
  RrType.HTTPS,
  1000,
]
/** Every owner of the zone, names beside and below them, and some that are not there. */
const NAMES = [
  ...['', 'ns1', 'www', 'mail', 'deep.in.ent', 'in.ent', 'ent', 'x.ent', 'nope', 'a.nope', 'a.www', 'tohuge'],
  ...['wild', 'x.wild', 'x.y.wild', '*.wild', 'b.wild', 'a.b.wild', 'e.wild', 'x.e.wild', 'y.e.wild', 'q.wc'],
  ...['mid.*.lit', 'mid.x.lit', '*.lit', 'a.*.lit', 'lit', 'alias', 'chain1', 'dangling', 'nodata', 'away', 'deleg'],
  ...[
    'old',
    'host.old',
    'a.b.old',
    `${'y'.repeat(50)}.tolong`,
    'sub',
    'a.sub',
    'ns.sub',
    'a.b.sub',
    'other',
    'ns.other',
  ],
  ...['ours', 'www.ours', 'nope.ours', 'ns1.ours', 'svc', '_sip._tcp', '_tcp', 'unknown', 'c10', 'crowd'],
].map(label => (label === '' ? 'example.com' : `${label}.example.com`))

/**
 * What must be the same, whoever serves the zone. Additional data of answers are everyone's own choice, glue is not; nor does it matter
 * what a truncated reply still holds (RFC 2181 section 9). Names of services are left out: no one else has them.
 */
function essence(message: ParsedMessage) {
  if (message.tc) return { rcode: message.rcode, aa: message.aa, tc: true }
  const referral = message.answer.length === 0 && !message.aa && message.rcode === 0
  const text = (section: ParsedMessage['answer']): string[] => lines(message, section).sort()
  return {
    rcode: message.rcode,
    aa: message.aa,
    answer: text(message.answer),
    authority: text(message.authority),
    glue: referral ? text(message.additional) : [],
  }
}

const world = openWorld()

describe.each([
  ['named', startNamed],
  ['nsd', startNsd],
] as const)('%s on the same zones', (program, open) => {
  let foreign: Foreign | null = null
  beforeAll(async () => {
    if (!missing(program)) foreign = await open()
  })
  afterAll(() => foreign?.stop())

  it.skipIf(missing(program)).each(TYPES)('says the same of every name, type %i', async type => {
    const differences: unknown[] = []
    for (const name of NAMES) {
      const query = buildQuery({ name, type, flags: 0, edns: { payload: 1232 } })
      const theirs = await exchange(foreign!.port, query)
      const ours = essence(parseMessage(world.exchange(query)))
      if (JSON.stringify(ours) !== JSON.stringify(essence(theirs!)))
        differences.push({ name, ours, theirs: essence(theirs!) })
    }
    expect(differences).toEqual([])
  })
})
