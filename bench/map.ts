/**
 * Claim: the map of a whole city database with 100,000 measured prefixes compiles in the background in seconds, and an answer costs at most 1.3 times as
 * much when every query comes from another random /24 as when all come from one.
 *
 * usage: npm run bench -- map   (no other server; needs the repository's geo data, which `npm run build` makes; about eight minutes)
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { newOctets } from '../src/base/octets.ts'
import { newPeer } from '../src/base/peer.ts'
import { loadConfig } from '../src/config/load.ts'
import { REPOSITORY } from '../test/fixture/nameserver.ts'
import { type AnswerPath, openAnswerPath } from './answer-path.ts'
import { SETTINGS } from './answer-world.ts'
import { kingcdn } from './harness/contenders/kingcdn.ts'
import { query } from './harness/messages.ts'
import { publish, table, verdict, whole } from './harness/report.ts'
import { median } from './harness/rounds.ts'
import { xorshift } from './harness/xorshift.ts'
import type { CompileFigures } from './map-compile.ts'
import { mapMeasurements, randomLeaf } from './map-world.ts'

const WORLDS: readonly (readonly [prefixes: number, clusters: number])[] = [
  [0, 0],
  [100_000, 8],
  [500_000, 2],
  [100_000, 50],
]
const TURNS = Number(process.env.TURNS ?? 9)
const QUERIES = 100_000
const NAME = 'a1105.kingcdn.com'
/** What a query and its answer cost in system calls on top: the claim is about the whole. `CPU us/query` of the floor in `pipeline`, at least. */
const KERNEL_NANOS = 2_500

const compiled = WORLDS.map(([prefixes, clusters]) => compileAlone(prefixes, clusters))
const { hot, random } = await costs()
const aim = (random + KERNEL_NANOS) / (hot + KERNEL_NANOS)
publish({
  claim: 'map',
  title: 'Compiling the map, and asking it from everywhere',
  body: `The repository's configuration and geo data, with invented clusters where there are too few; measured /24s are random, each measured to so many clusters. "Ground": databases and all that follows from
them; "measured": measurements laid over it, as at every news of them; "survey": ground and all once more, estimates from the measurements included. CPU seconds, the garbage collector's included; a process
for each line; "peak" is the largest the process was.

${table(['measured prefixes x clusters', 'ranges', 'rows', 'map MiB', 'ground s', 'measured s', 'survey s', 'peak MiB', 'of it before'], compiled.map(row))}

CPU time of one message in, message out, in one thread without sockets, on the map of ${whole(WORLDS[1]![0])} x ${WORLDS[1]![1]}, median of ${TURNS} turns of ${whole(QUERIES)} queries with ECS:
one /24 ${whole(hot)} ns, random /24s ${whole(random)} ns, ${(random / hot).toFixed(2)} times as much.

${verdict(`cost per query with random /24s to that with one, system calls counted with ${KERNEL_NANOS} ns`, aim, 'at most', 1.3)}`,
  versions: [`KingCDN ${kingcdn.version()}`],
})

function compileAlone(prefixes: number, clusters: number): CompileFigures {
  const args = ['--import', 'tsx', '--max-old-space-size=8192', join(import.meta.dirname, 'map-compile.ts')]
  console.error(`compiling with ${whole(prefixes)} measured prefixes x ${clusters}`)
  const { stdout, status } = spawnSync(process.execPath, [...args, String(prefixes), String(clusters)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`map-compile ended with ${status}`)
  return JSON.parse(stdout) as CompileFigures
}

function row({ ranges, rows, bytes, ground, overlay, survey, peak, peakBefore }: CompileFigures, i: number): string[] {
  const mebi = (octets: number): string => whole(octets / 2 ** 20)
  const [prefixes, clusters] = WORLDS[i]!
  return [
    prefixes === 0 ? 'none' : `${whole(prefixes)} x ${clusters}`,
    ...[whole(ranges), whole(rows), mebi(bytes), ground.toFixed(1), overlay.toFixed(1), survey.toFixed(1)],
    ...[mebi(peak), mebi(peakBefore)],
  ]
}

/** Nanoseconds of an answer, for queries from one client block and from random ones. */
async function costs(): Promise<{ hot: number; random: number }> {
  const { config } = await loadConfig(join(REPOSITORY, 'kingcdn.yaml'))
  if (config === null) throw new Error('kingcdn.yaml is bad')
  const { deployment } = config
  const [prefixes, clusters] = WORLDS[1]!
  const measurements = mapMeasurements(
    prefixes,
    clusters,
    deployment.clusters.map(({ id }) => id),
  )
  const path = await openAnswerPath({ deployment, measurements, settings: SETTINGS })
  const next = xorshift(2024)
  const scattered = Array.from({ length: QUERIES }, () => routed(randomLeaf(next).hi))
  const one = Array.from({ length: QUERIES }, () => routed(0xa87e3f00))
  const turns = { hot: [] as number[], random: [] as number[] }
  // The first two turns are for the compiler.
  for (let turn = -2; turn < TURNS; turn++) {
    const [hot, random] = [nanos(path, one), nanos(path, scattered)]
    if (turn < 0) continue
    turns.hot.push(hot)
    turns.random.push(random)
  }
  return { hot: median(turns.hot), random: median(turns.random) }
}

function routed(hi: number): Buffer {
  return query(NAME, 1, [0, 8, 0, 7, 0, 1, 24, 0, hi >>> 24, (hi >>> 16) & 255, (hi >>> 8) & 255])
}

function nanos(path: AnswerPath, messages: readonly Buffer[]): number {
  const message = newOctets(512)
  const peer = newPeer()
  const before = process.cpuUsage()
  for (let i = 0; i < messages.length; i++) {
    if (i % 64 === 0) path.tick()
    const octets = messages[i]!
    message.set(octets)
    path.answer(message, octets.length, peer)
  }
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1e3) / messages.length
}
