/**
 * Claim: with the whole pipeline on (EDNS, ECS from 100,000 random client blocks, a city database, measured round-trip times, clusters that shed load,
 * two addresses, cookies, rate limiting (dry), metrics) one query worker answers at least 1.3 times as many queries per second as gdnsd's geoip, at no
 * more than 0.8 of its CPU for each, by its ordinary sockets or by AF_XDP, whichever is faster; and by ordinary sockets it needs at most 1.15 of the
 * CPU of a responder that does nothing but the system calls.
 *
 * usage: npm run bench -- pipeline   (root; dnsperf, kxdpgun, dig; beside gdnsd geoip, Knot mod-geoip and PowerDNS geoip; about five minutes)
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBarrage } from './harness/barrage.ts'
import type { Contender } from './harness/contender.ts'
import { floor } from './harness/contenders/floor.ts'
import { gdnsdGeo } from './harness/contenders/gdnsd-geo.ts'
import { kingcdn, kingcdnXdp } from './harness/contenders/kingcdn.ts'
import { kingcdnGeo, kingcdnGeoXdp, siteServer } from './harness/contenders/kingcdn-geo.ts'
import { knotGeo, knotGeoXdp } from './harness/contenders/knot-geo.ts'
import { powerdnsGeo } from './harness/contenders/powerdns-geo.ts'
import { dialogue } from './harness/dnsperf.ts'
import { temporaryFolder } from './harness/folder.ts'
import { insistOnGeo } from './harness/geo-check.ts'
import {
  type Block,
  clientBlocks,
  type GeoWorld,
  SERVICES,
  SITES,
  writeCityDatabase,
  writeGeoQueries,
} from './harness/geo-world.ts'
import { answering, crowd, fastestSite, importMeasurements, shedding, status } from './harness/kingcdn-world.ts'
import { salvo } from './harness/kxdpgun.ts'
import { GENERATOR_CORE, openNamespace, SERVER_CORE } from './harness/namespace.ts'
import { absence, present, publish, table, verdict, versions, whole } from './harness/report.ts'
import { interleaved, ROUNDS } from './harness/rounds.ts'
import { fastest, METHOD, measured, ratio, SPEED_HEAD, type SpeedRounds, speedRows } from './harness/speed.ts'
import { type Running, startAll } from './harness/start.ts'

const SECONDS = 2
const BLOCKS = 100_000
/** Of these blocks, the round-trip times are measured. */
const MEASURED = 30_000
/** Clients that are asked about one by one before anything is measured. */
const CLIENTS = 40
/** Queries offered per second where the servers are to be the limit. */
const RATE = 700_000
/** Without ECS: resolvers with addresses all over this network. */
const RESOLVERS = '11.0.0.0/8'
const ALL: readonly Contender<GeoWorld>[] = [
  ...[kingcdnGeo, kingcdnGeoXdp, gdnsdGeo, knotGeo, knotGeoXdp, powerdnsGeo],
  floor,
]
const OURS = [kingcdn.name, kingcdnXdp.name]

const folder = temporaryFolder()
const world: GeoWorld = { sites: SITES, database: join(folder, 'city.mmdb') }
const prepared = join(folder, 'queries.bin')
const plain = join(folder, 'queries.txt')
const namespace = openNamespace(ALL.length)
writeCityDatabase(world.database)
const blocks = clientBlocks(BLOCKS, 12345)
writeGeoQueries(prepared, blocks)
writeFileSync(plain, SERVICES.map(name => `${name} A E\n`).join(''))
const servers = await startAll(present(ALL), world, namespace, { question: SERVICES[0]! })
const ours = servers.filter(({ name }) => OURS.includes(name))
for (const server of ours) await importMeasurements(server, blocks.slice(0, MEASURED))
const clients = blocks.slice(0, CLIENTS)
const wellServed = verify(servers, clients)
for (const server of ours) await crowd(server)
const barrage = await openBarrage(prepared)
const offered = await interleaved(servers, ROUNDS, byBlock)
barrage.close()
const asked = await interleaved(servers, ROUNDS, byDialogue)
const plainly = await interleaved(servers, ROUNDS, byResolver)
publish({
  claim: 'pipeline',
  title: 'Routing by client, ECS from random blocks',
  body: report(await proof(ours, wellServed), offered, asked, plainly),
  versions: versions(present(ALL)),
})

/** Every contender answers by client; of ours, measured clients get the cluster that is fastest for them. How many do, of each of ours. */
function verify(servers: readonly Running[], clients: readonly Block[]): number[] {
  const real = servers.filter(({ name }) => name !== floor.name)
  const answers = new Map(real.map(server => [server, insistOnGeo(server, clients)]))
  return ours.map(server => {
    const well = answers.get(server)!.filter(({ addresses }, i) => addresses[0] === siteServer(fastestSite(i)))
    if (well.length < clients.length / 2)
      throw new Error(
        `only ${well.length} of ${clients.length} measured clients got the fastest cluster from ${server.name}`,
      )
    return well.length
  })
}

function byBlock(server: Running) {
  const { address } = server.site
  return measured(server, [SERVER_CORE], 'NOERROR', () => barrage.fire({ address, seconds: SECONDS, rate: RATE }))
}

function byDialogue(server: Running) {
  const { address } = server.site
  const cores = [GENERATOR_CORE, SERVER_CORE]
  return measured(server, [SERVER_CORE], 'NOERROR', () =>
    dialogue({ address, file: prepared, seconds: SECONDS, cores }),
  )
}

function byResolver(server: Running) {
  const { address } = server.site
  return measured(server, [SERVER_CORE], 'NOERROR', () =>
    salvo({ address, file: plain, seconds: SECONDS, rate: RATE, clients: RESOLVERS }),
  )
}

/** That the pipeline really was on, in sentences. Throws when it was not. */
async function proof(servers: readonly Running[], wellServed: readonly number[]): Promise<string> {
  const each = await Promise.all(servers.map((server, i) => proofOf(server, wellServed[i]!)))
  return each.join('\n')
}

async function proofOf(server: Running, wellServed: number): Promise<string> {
  const seen = await status(server)
  const levels = shedding(seen)
  if (levels.length === 0) throw new Error('no cluster sheds')
  if (answering(seen) < 2) throw new Error('one cluster got all answers')
  return `${server.name}: ${whole(seen.rtt.prefixes)} prefixes measured, ${whole(seen.snapshot.ranges)} ranges of clients in the map; ${wellServed} of ${CLIENTS} measured clients got the
cluster that is fastest for them before the load came. Then ${answering(seen)} clusters were in answers, and ${levels.length} shed load (levels of 256: ${levels.join(', ')}).`
}

function report(pipeline: string, offered: SpeedRounds, asked: SpeedRounds, plainly: SpeedRounds): string {
  const shown = (rounds: SpeedRounds): string => table(SPEED_HEAD(gdnsdGeo.name), speedRows(rounds, gdnsdGeo.name))
  return `${SITES.length} sites, ${SERVICES.length} names, a city database with a place for every /16. ${METHOD}
${SECONDS} s a run, median of ${ROUNDS} interleaved rounds. gdnsd chooses the nearest of all sites; Knot and PowerDNS choose by country.
${pipeline}

${absence(ALL)}ECS: ${whole(BLOCKS)} prepared queries with random /24 blocks, ${whole(RATE)} offered a second through AF_XDP whether they are answered or not. Here the
servers are the limit.

${shown(offered)}

${verdicts(offered)}

The same queries by dnsperf, which waits for replies. It takes more than one core and has both, so that what a server leaves of its own core is the
generator's ("core" has both then): it measures itself as much as the servers.

${shown(asked)}

No ECS: kxdpgun, ${whole(RATE)} queries/s offered from resolvers all over ${RESOLVERS}, which are the clients then.

${shown(plainly)}

${verdicts(plainly)}`
}

/** The aims, where the servers are the limit. */
function verdicts(rounds: SpeedRounds): string {
  const best = fastest(rounds, OURS)
  const to = (figure: 'perSecond' | 'cpuMicros', name: string, other: string) => ratio(rounds, figure, name, other)
  return [
    verdict(`replies/s of ${best}, ratio to gdnsd`, to('perSecond', best, gdnsdGeo.name), 'at least', 1.3),
    verdict(`CPU us/query of ${best}, ratio to gdnsd`, to('cpuMicros', best, gdnsdGeo.name), 'at most', 0.8),
    verdict(
      `CPU us/query of ${kingcdn.name}, ratio to the floor`,
      to('cpuMicros', kingcdn.name, floor.name),
      'at most',
      1.15,
    ),
  ].join('\n')
}
