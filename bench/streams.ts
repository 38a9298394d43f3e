/**
 * Claim: over TCP and DNS over TLS on kept connections (RFC 7766 section 6.2.1), one thread answers at least half as many queries per second as the
 * better of Knot, NSD and BIND.
 *
 * usage: npm run bench -- streams   (root; dnsperf, openssl; beside gdnsd, Knot, NSD and BIND; about two minutes)
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate } from '../test/fixture/certificate.ts'
import { bind } from './harness/contenders/bind.ts'
import { gdnsd } from './harness/contenders/gdnsd.ts'
import { kingcdn } from './harness/contenders/kingcdn.ts'
import { knot } from './harness/contenders/knot.ts'
import { nsd } from './harness/contenders/nsd.ts'
import { dialogue } from './harness/dnsperf.ts'
import { temporaryFolder } from './harness/folder.ts'
import { HOSTS, hostNames, writeHostZone } from './harness/host-zone.ts'
import { packed, query } from './harness/messages.ts'
import { openNamespace, SERVER_CORE } from './harness/namespace.ts'
import { absence, present, publish, table, verdict, versions, whole } from './harness/report.ts'
import { interleaved, ROUNDS } from './harness/rounds.ts'
import { fastest, METHOD, measured, ratio, SPEED_HEAD, type SpeedRounds, speedRows } from './harness/speed.ts'
import { type Running, startAll } from './harness/start.ts'

const SECONDS = 2
const CONNECTIONS = 16
const AIM = 0.5
const ALL = [kingcdn, gdnsd, knot, nsd, bind]
const WITH_TLS = new Set<string>([kingcdn, nsd, bind].map(({ name }) => name))

const folder = temporaryFolder()
const file = join(folder, 'queries.bin')
const namespace = openNamespace(ALL.length)
const zone = writeHostZone(folder)
const tls = makeCertificate(folder, 'bench')
writeFileSync(file, packed(hostNames().map((name, i) => query(name, i))))
const servers = await startAll(present(ALL), zone, namespace, { question: zone.question, tls })
const tcp = await interleaved(servers, ROUNDS, server => measure(server, 'tcp'))
const withTls = servers.filter(({ name }) => WITH_TLS.has(name))
const dot = await interleaved(withTls, ROUNDS, server => measure(server, 'dot'))
publish({
  claim: 'streams',
  title: 'TCP and DNS over TLS',
  body: `dnsperf with ${CONNECTIONS} connections that are kept, ${whole(HOSTS)} A records of one zone. ${METHOD}
${SECONDS} s a run, median of ${ROUNDS} interleaved rounds. DNS over TLS beside those that have it in these versions.

${absence(ALL)}TCP:

${compared(tcp)}

DNS over TLS:

${compared(dot)}`,
  versions: versions(present(ALL)),
})

function measure(server: Running, transport: 'tcp' | 'dot') {
  return measured(server, [SERVER_CORE], 'NOERROR', () =>
    dialogue({ address: server.site.address, file, seconds: SECONDS, transport, clients: CONNECTIONS }),
  )
}

function compared(rounds: SpeedRounds): string {
  const best = fastest(rounds, [knot.name, nsd.name, bind.name])
  const rows = table(SPEED_HEAD(best), speedRows(rounds, best))
  const found = ratio(rounds, 'perSecond', kingcdn.name, best)
  return `${rows}\n\n${verdict(`replies/s, ratio to the better of Knot, NSD and BIND (${best})`, found, 'at least', AIM)}`
}
