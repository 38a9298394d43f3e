/**
 * Claim: with the whole pipeline on (EDNS, ECS from 100,000 random client blocks, a city database, measured round-trip times, clusters that shed load,
 * two addresses, cookies, rate limiting (dry), metrics) one query worker answers at least 1.3 times as many queries per second as gdnsd's geoip, at no
 * more than 0.8 of its CPU for each, and 1.15 of the CPU of a responder that does nothing but the system calls.
 *
 * usage: npm run bench -- pipeline   (root; dnsperf, dig; beside gdnsd geoip, Knot mod-geoip and PowerDNS geoip; about four minutes)
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Contender } from './harness/contender.ts'
import { floor } from './harness/contenders/floor.ts'
import { gdnsdGeo } from './harness/contenders/gdnsd-geo.ts'
import { kingcdnGeo } from './harness/contenders/kingcdn-geo.ts'
import { knotGeo } from './harness/contenders/knot-geo.ts'
import { powerdnsGeo } from './harness/contenders/powerdns-geo.ts'
import { dialogue } from './harness/dnsperf.ts'
import { insistOnGeo } from './harness/geo-check.ts'
import {
  clientBlocks,
  type GeoWorld,
  SERVICES,
  SITES,
  writeCityDatabase,
  writeGeoQueries,
} from './harness/geo-world.ts'
import { answering, crowd, fastestSite, importMeasurements, shedding, status } from './harness/kingcdn-world.ts'
import { openNamespace, SERVER_CORE } from './harness/namespace.ts'
import { absence, present, publish, table, verdict, versions, whole } from './harness/report.ts'
import { interleaved, ROUNDS } from './harness/rounds.ts'
import { METHOD, measured, ratio, SPEED_HEAD, type SpeedRounds, speedRows } from './harness/speed.ts'
import { type Running, startAll } from './harness/start.ts'

const SECONDS = 3
const BLOCKS = 100_000
/** Of these blocks, the round-trip times are measured. */
const MEASURED = 30_000
/** Clients that are asked about one by one before anything is measured. */
const CLIENTS = 40
const ALL: readonly Contender<GeoWorld>[] = [kingcdnGeo, gdnsdGeo, knotGeo, powerdnsGeo, floor]

const folder = mkdtempSync(join(tmpdir(), 'kingcdn-bench-'))
const world: GeoWorld = { sites: SITES, database: join(folder, 'city.mmdb') }
const file = join(folder, 'queries.bin')
const namespace = openNamespace(ALL.length)
try {
  writeCityDatabase(world.database)
  const blocks = clientBlocks(BLOCKS, 12345)
  writeGeoQueries(file, blocks)
  const servers = await startAll(present(ALL), world, namespace, { question: SERVICES[0]! })
  const ours = servers[0]!
  await importMeasurements(ours, blocks.slice(0, MEASURED))
  const agreeing = verify(servers, blocks.slice(0, CLIENTS))
  await crowd(ours)
  const rounds = await interleaved(servers, ROUNDS, measure)
  publish({
    claim: 'pipeline',
    title: 'Routing by client, ECS from random blocks',
    body: report(
      rounds,
      `${await circumstances(ours)} Before the load, ${agreeing} of ${CLIENTS} measured clients got the fastest cluster.`,
    ),
    versions: versions(present(ALL)),
  })
} finally {
  namespace.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Every contender answers by client; of ours, measured clients get the cluster that is fastest for them. How many do. */
function verify(servers: readonly Running[], clients: Parameters<typeof insistOnGeo>[1]): number {
  const answers = new Map(
    servers.filter(({ name }) => name !== floor.name).map(each => [each, insistOnGeo(each, clients)]),
  )
  const fastest = answers.get(servers[0]!)!.filter(({ addresses }, i) => addresses[0] === `10.0.${fastestSite(i)}.1`)
  if (fastest.length < clients.length / 2)
    throw new Error(`only ${fastest.length} measured clients got the fastest cluster`)
  return fastest.length
}

function measure(server: Running) {
  return measured(server, [SERVER_CORE], 'NOERROR', () =>
    dialogue({ address: server.site.address, file, seconds: SECONDS }),
  )
}

/** That the pipeline really was on, in one sentence. Throws when it was not. */
async function circumstances(server: Running): Promise<string> {
  const seen = await status(server)
  if (shedding(seen).length === 0) throw new Error('no cluster sheds')
  if (answering(seen) < 2) throw new Error('one cluster got all answers')
  return `KingCDN: ${whole(seen.rtt.prefixes)} prefixes measured, ${seen.snapshot.ranges.toLocaleString('en')} ranges of clients in the map, ${answering(seen)} clusters in answers,
${shedding(seen).length} of them shedding (levels of 256: ${shedding(seen).join(', ')}).`
}

function report(rounds: SpeedRounds, pipeline: string): string {
  const cpu = (reference: string) => ratio(rounds, 'cpuMicros', 'KingCDN', reference)
  return `dnsperf, ${whole(BLOCKS)} prepared queries with ECS from random /24 blocks, ${SITES.length} sites, ${SERVICES.length} names. ${METHOD}
dnsperf runs on its core alone and is near its own limit: CPU per query is the figure that counts. ${SECONDS} s a run, median of ${ROUNDS} interleaved rounds.
${pipeline} gdnsd chooses the nearest of all sites; Knot and PowerDNS choose by country.

${absence(ALL)}${table(SPEED_HEAD(gdnsdGeo.name), speedRows(rounds, gdnsdGeo.name))}

${verdict('replies/s, ratio to gdnsd', ratio(rounds, 'perSecond', 'KingCDN', gdnsdGeo.name), 'at least', 1.3)}
${verdict('CPU us/query, ratio to gdnsd', cpu(gdnsdGeo.name), 'at most', 0.8)}
${verdict('CPU us/query, ratio to the floor', cpu(floor.name), 'at most', 1.15)}`
}
