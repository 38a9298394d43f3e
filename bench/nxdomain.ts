/**
 * Claim: a flood of random names that do not exist costs no more than queries for names that do: nothing is remembered of them, and a name
 * is told to be absent by as many look-ups as it has labels.
 *
 * usage: npm run bench -- nxdomain   (root; kxdpgun; beside gdnsd, Knot and NSD; about two minutes)
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerNanos } from './answer-path.ts'
import { LAST_NAME, ORIGIN, writeBigZone, ZONE_RECORDS } from './harness/big-zone.ts'
import { gdnsd } from './harness/contenders/gdnsd.ts'
import { kingcdn } from './harness/contenders/kingcdn.ts'
import { knot } from './harness/contenders/knot.ts'
import { nsd } from './harness/contenders/nsd.ts'
import { temporaryFolder } from './harness/folder.ts'
import { salvo } from './harness/kxdpgun.ts'
import { query } from './harness/messages.ts'
import { openNamespace, SERVER_CORE } from './harness/namespace.ts'
import { absence, present, publish, table, versions, whole } from './harness/report.ts'
import { interleaved, ROUNDS } from './harness/rounds.ts'
import { METHOD, measured, SPEED_HEAD, speedRows } from './harness/speed.ts'
import { type Running, startAll } from './harness/start.ts'
import { xorshift } from './harness/xorshift.ts'

const SECONDS = 3
const RATE = 700_000
const NAMES = 500_000
const ALL = [kingcdn, gdnsd, knot, nsd]

const folder = temporaryFolder()
const zone = { origin: ORIGIN, file: join(folder, 'big.zone') }
const file = join(folder, 'queries.txt')
const namespace = openNamespace(ALL.length)
writeBigZone(zone.file)
const absent = absentNames()
writeFileSync(file, absent.map(name => `${name} A\n`).join(''))
const alone = await answerNanos(zone.file, { absent: queries(absent), present: queries(presentNames()) })
const servers = await startAll(present(ALL), zone, namespace, { question: LAST_NAME })
const rounds = await interleaved(servers, ROUNDS, measure)
publish({
  claim: 'nxdomain',
  title: 'Random names that do not exist',
  body: `kxdpgun, ${whole(RATE)} queries/s offered for ${whole(NAMES)} distinct names on a zone of ${whole(ZONE_RECORDS)} records. ${METHOD}
${SECONDS} s a run, median of ${ROUNDS} interleaved rounds.

${absence(ALL)}${table(SPEED_HEAD('gdnsd'), speedRows(rounds, 'gdnsd'))}

The answer path alone, message in, message out, in one thread without sockets (CPU time):

${table(
  ['query for', 'ns/query', 'ratio'],
  [
    ['a name that does not exist', alone.absent.toFixed(0), (alone.absent / alone.present).toFixed(2)],
    ['the address of a host', alone.present.toFixed(0), '1.00'],
  ],
)}`,
  versions: versions(present(ALL)),
})

function queries(names: readonly string[]): Buffer[] {
  return names.map((name, i) => query(name, i & 0xffff))
}

/** Distinct names that the zone does not have: three in four right below its apex, the others below names that exist. Fixed seed. */
function absentNames(): string[] {
  const random = xorshift(77)
  return Array.from({ length: NAMES }, (_, i) => {
    const label = `${random(1 << 30).toString(36)}-${i.toString(36)}`
    return i % 4 < 3 ? `${label}.${ORIGIN}` : `${label}.site-${random(2000)}.${ORIGIN}`
  })
}

/** As many hosts that it has, each with an address. */
function presentNames(): string[] {
  const random = xorshift(78)
  const hosts = [...readFileSync(zone.file, 'latin1').matchAll(/^(host-\S+) A /gm)].map(([, host]) => host!)
  return Array.from({ length: NAMES }, () => `${hosts[random(hosts.length)]}.${ORIGIN}`)
}

function measure(server: Running) {
  return measured(server, [SERVER_CORE], 'NXDOMAIN', () =>
    salvo({ address: server.site.address, file, seconds: SECONDS, rate: RATE }),
  )
}
