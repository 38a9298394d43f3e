/**
 * Claim: what a query costs does not follow the size of the work: as clusters, services, measured prefixes or records grow, replies/s fall by no
 * more than those of a nameserver that has the same dimension do in the same run, plus a fifth of the first step's.
 *
 * usage: npm run bench -- growth   (root; dnsperf, kxdpgun; beside gdnsd, Knot and NSD; about six minutes with ROUNDS=3)
 *        STEPS=2: only the first two steps of each dimension; DIMENSIONS=clusters,records: only these
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Contender } from './harness/contender.ts'
import { gdnsd } from './harness/contenders/gdnsd.ts'
import { kingcdn } from './harness/contenders/kingcdn.ts'
import { knot } from './harness/contenders/knot.ts'
import { nsd } from './harness/contenders/nsd.ts'
import { dialogue } from './harness/dnsperf.ts'
import { salvo } from './harness/kxdpgun.ts'
import { GENERATOR_CORE, openNamespace, SERVER_CORE } from './harness/namespace.ts'
import { residentMiB } from './harness/process-figures.ts'
import { absence, percent, present, publish, table, verdict, versions, whole } from './harness/report.ts'
import { interleaved, ROUNDS } from './harness/rounds.ts'
import { METHOD, measured, type Speed, summary } from './harness/speed.ts'
import { type Running, start } from './harness/start.ts'
import { writeCityDatabase } from './worlds/city-database.ts'
import { gdnsdOfWorld, MOST_DATACENTERS } from './worlds/gdnsd.ts'
import { kingcdnOfWorld } from './worlds/kingcdn.ts'
import { knotOfWorld } from './worlds/knot.ts'
import { writeMeasurements } from './worlds/measurements.ts'
import { writeRecordQueries, writeRoutedQueries } from './worlds/queries.ts'
import { importRtt, pin, settled, status } from './worlds/running-kingcdn.ts'
import {
  BASE,
  type Dimension,
  grown,
  MEASURED_CLUSTERS,
  NAME_SERVER,
  STEPS,
  type World,
  type WorldSize,
} from './worlds/world.ts'
import { zoneAlone } from './worlds/zone-alone.ts'

const SECONDS = 2
/** Records are asked for by kxdpgun, which offers so many queries per second. */
const RATE = 700_000
/** How much deeper than the peer it may fall. */
const LEEWAY = 0.2

/** Beside whom; the first is the one that the aim speaks of. */
const PEERS: Readonly<Record<Dimension, readonly Contender<World>[]>> = {
  clusters: [gdnsdOfWorld],
  services: [gdnsdOfWorld, knotOfWorld],
  prefixes: [gdnsdOfWorld],
  records: [zoneAlone(nsd), zoneAlone(knot), zoneAlone(gdnsd)],
}
const ALL = [kingcdn, gdnsd, knot, nsd]

const wantedSteps = Number(process.env.STEPS ?? Number.POSITIVE_INFINITY)
const wanted = (process.env.DIMENSIONS ?? Object.keys(STEPS).join(',')).split(',') as Dimension[]

/** One contender in a world of one size. */
interface Rung {
  readonly name: string
  readonly contender: Contender<World>
  readonly step: number
  readonly server: Running
  readonly queries: string
}

/** What a larger world costs KingCDN apart from queries. */
interface Cost {
  readonly readyMs: number
  readonly importMs: number
  readonly compileMs: number
  readonly ranges: number
  readonly tablesMiB: number
  readonly residentMiB: number
  readonly workerMiB: number
}

const folder = mkdtempSync(join(tmpdir(), 'kingcdn-bench-'))
const city = join(folder, 'city.mmdb')
writeCityDatabase(city)
const sections: string[] = []
try {
  for (const dimension of wanted) sections.push(await climb(dimension))
  publish({
    claim: 'growth',
    title: 'Cost as the work grows',
    body: `From a world of ${sizeOf(BASE)} one dimension grows at a time, ${MEASURED_CLUSTERS} round-trip times a prefix, 65,536 networks in the city
database. ${METHOD} dnsperf asks for services with ECS from random blocks, half of them measured; it waits for replies, and where the server is quicker
than it is, only the cost says more. kxdpgun asks for records, ${whole(RATE)} a second. ${SECONDS} s a run, median of ${ROUNDS} rounds in which steps and
servers take turns. The planner weighs all measurements anew every minute, on the server's core too: with a million prefixes its work is part of some runs.

${absence(ALL)}${sections.join('\n\n')}`,
    versions: versions(present(ALL)),
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Starts everyone at every step, measures them in turn, and says what was found. */
async function climb(dimension: Dimension): Promise<string> {
  const namespace = openNamespace(20)
  const rungs: Rung[] = []
  const costs = new Map<number, Cost>()
  try {
    for (const contender of [kingcdnOfWorld, ...present(PEERS[dimension])]) {
      for (const step of stepsOf(dimension, contender)) {
        const size = grown(dimension, step)
        process.stderr.write(`  starting ${contender.name} with ${whole(step)} ${dimension}\n`)
        const inside = { namespace, number: rungs.length, cores: [GENERATOR_CORE, SERVER_CORE] }
        const server = await start(contender, { size, city }, { question: NAME_SERVER, inside })
        if (contender === kingcdnOfWorld) costs.set(step, await furnish(server, size))
        pin(server.pid, [SERVER_CORE])
        const name = `${contender.name}, ${whole(step)}`
        rungs.push({ name, contender, step, server, queries: queriesFor(dimension, size) })
      }
    }
    const rounds = await interleaved(rungs, ROUNDS, rung => climbed(dimension, rung))
    return report(dimension, rounds, costs)
  } finally {
    for (const { server } of rungs) await server.stop()
    namespace.close()
  }
}

function stepsOf(dimension: Dimension, contender: Contender<World>): number[] {
  const steps = STEPS[dimension].slice(0, wantedSteps)
  const limited = dimension === 'clusters' && contender === gdnsdOfWorld
  return limited ? steps.map(step => Math.min(step, MOST_DATACENTERS)) : steps
}

/** Gives the server its measurements, and reads what the world costs it. */
async function furnish(server: Running, size: WorldSize): Promise<Cost> {
  const file = join(folder, 'rtt.csv')
  writeMeasurements(file, size, { at: Math.floor(Date.now() / 1000), seed: 17 })
  await settled(server)
  const startedAt = performance.now()
  await importRtt(server, file, size.prefixes * MEASURED_CLUSTERS)
  const importMs = performance.now() - startedAt
  const { snapshot, workers } = await status(server)
  const worker = workers.find(({ role }) => role === 'query')!.memory
  return {
    ...{ readyMs: server.readyMs, importMs, compileMs: snapshot.buildMs, ranges: snapshot.ranges },
    tablesMiB: snapshot.bytes / 2 ** 20,
    residentMiB: residentMiB(server.pid),
    workerMiB: (worker.heapTotal + worker.external) / 2 ** 20,
  }
}

function queriesFor(dimension: Dimension, size: WorldSize): string {
  const file = join(folder, `${dimension}-${Object.values(size).join('-')}`)
  if (dimension === 'records') writeRecordQueries(file, size)
  else writeRoutedQueries(file, size)
  return file
}

function climbed(dimension: Dimension, { server, queries }: Rung): Promise<Speed> {
  const { address } = server.site
  return measured(server, [SERVER_CORE], 'NOERROR', () =>
    dimension === 'records'
      ? salvo({ address, file: queries, seconds: SECONDS, rate: RATE })
      : dialogue({ address, file: queries, seconds: SECONDS }),
  )
}

// -- the report ------------------------------------------------------------------------------------------------------------------------

function report(
  dimension: Dimension,
  rounds: ReadonlyMap<Rung, readonly Speed[]>,
  costs: ReadonlyMap<number, Cost>,
): string {
  const speeds = new Map([...rounds].map(([rung, each]) => [rung, summary(each)]))
  const share = (rung: Rung, figure: 'perSecond' | 'cpuMicros'): number => {
    const [, first] = [...speeds].find(([{ contender }]) => contender === rung.contender)!
    return speeds.get(rung)![figure] / first[figure]
  }
  const rows = [...speeds].map(([rung, { perSecond, cpuMicros, coreMicros, lost }]) => [
    rung.contender.name,
    ...[whole(rung.step), whole(perSecond), share(rung, 'perSecond').toFixed(2), cpuMicros.toFixed(2)],
    ...[share(rung, 'cpuMicros').toFixed(2), coreMicros.toFixed(2), percent(lost)],
  ])
  return `### ${dimension[0]!.toUpperCase()}${dimension.slice(1)}

${table(['server', dimension, 'replies/s', 'to its first', 'CPU us/query', 'to its first', 'core us/query', 'lost'], rows)}

${verdicts(dimension, [...speeds.keys()], rung => share(rung, 'perSecond')).join('\n')}

${table(costHead(dimension), [...costs].map(costRow))}`
}

/** The aim at each step but the first, beside the same step of the first peer. */
function verdicts(dimension: Dimension, rungs: readonly Rung[], kept: (rung: Rung) => number): string[] {
  const ours = rungs.filter(({ contender }) => contender === kingcdnOfWorld)
  const theirs = rungs.filter(({ contender }) => contender === PEERS[dimension][0])
  return ours.slice(1).map((rung, i) => {
    const peer = theirs[i + 1]
    if (peer === undefined) return `- ${rung.name} ${dimension}: no peer was measured.`
    const aim = Math.max(0, Number((kept(peer) - LEEWAY).toFixed(2)))
    const beside = `${peer.name} keeps ${kept(peer).toFixed(2)}`
    return verdict(
      `with ${whole(rung.step)} ${dimension}, replies/s kept of its first step (${beside})`,
      kept(rung),
      'at least',
      aim,
    )
  })
}

function costHead(dimension: Dimension): string[] {
  return [
    ...[`KingCDN, ${dimension}`, 'first answer s', 'import s', 'last compile ms', 'ranges', 'tables MiB'],
    ...['resident MiB', 'of a query worker MiB'],
  ]
}

function costRow([step, cost]: [number, Cost]): string[] {
  return [
    ...[whole(step), (cost.readyMs / 1e3).toFixed(1), (cost.importMs / 1e3).toFixed(1), whole(cost.compileMs)],
    ...[whole(cost.ranges), cost.tablesMiB.toFixed(1), whole(cost.residentMiB), cost.workerMiB.toFixed(1)],
  ]
}

function sizeOf({ clusters, services, prefixes, records }: WorldSize): string {
  return `${clusters} clusters, ${services} services, ${whole(prefixes)} measured prefixes and ${whole(records)} records`
}
