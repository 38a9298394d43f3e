/**
 * Claim: one query worker that serves a zone of 2,000 A records, with cookies, rate limiting (dry) and metrics on, answers at least 1.1 times as many
 * queries per second as gdnsd: by its ordinary sockets or by AF_XDP, whichever is faster.
 *
 * usage: npm run bench -- static-a   (root; kxdpgun; beside gdnsd, Knot, NSD, BIND, PowerDNS and dns2; about three minutes)
 */
import { bind } from './harness/contenders/bind.ts'
import { dns2 } from './harness/contenders/dns2.ts'
import { floor } from './harness/contenders/floor.ts'
import { gdnsd } from './harness/contenders/gdnsd.ts'
import { kingcdn, kingcdnXdp } from './harness/contenders/kingcdn.ts'
import { knot, knotXdp } from './harness/contenders/knot.ts'
import { nsd } from './harness/contenders/nsd.ts'
import { powerdns } from './harness/contenders/powerdns.ts'
import { temporaryFolder } from './harness/folder.ts'
import { HOSTS, writeHostZone } from './harness/host-zone.ts'
import { salvo } from './harness/kxdpgun.ts'
import { openNamespace, SERVER_CORE } from './harness/namespace.ts'
import { absence, present, publish, table, verdict, versions, whole } from './harness/report.ts'
import { interleaved, ROUNDS } from './harness/rounds.ts'
import { fastest, METHOD, measured, ratio, SPEED_HEAD, speedRows } from './harness/speed.ts'
import { type Running, startAll } from './harness/start.ts'

const SECONDS = 2
const RATE = 700_000
const AIM = 1.1
const OURS = [kingcdn.name, kingcdnXdp.name]
const ALL = [kingcdn, kingcdnXdp, gdnsd, knot, knotXdp, nsd, bind, powerdns, dns2, floor]

const folder = temporaryFolder()
const namespace = openNamespace(ALL.length)
const zone = writeHostZone(folder)
const measure = (server: Running) =>
  measured(server, [SERVER_CORE], 'NOERROR', () =>
    salvo({ address: server.site.address, file: zone.queries, seconds: SECONDS, rate: RATE }),
  )
const servers = await startAll(present(ALL), zone, namespace, { question: zone.question })
const rounds = await interleaved(servers, ROUNDS, measure)
const best = fastest(rounds, OURS)
publish({
  claim: 'static-a',
  title: 'A records of a zone',
  body: `kxdpgun, ${whole(RATE)} queries/s offered for ${whole(HOSTS)} A records of one zone. ${METHOD}
${SECONDS} s a run, median of ${ROUNDS} interleaved rounds.

${absence(ALL)}${table(SPEED_HEAD('gdnsd'), speedRows(rounds, 'gdnsd'))}

${verdict(`replies/s of ${best}, ratio to gdnsd`, ratio(rounds, 'perSecond', best, 'gdnsd'), 'at least', AIM)}`,
  versions: versions(present(ALL)),
})
