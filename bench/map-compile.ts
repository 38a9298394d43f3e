/**
 * Compiles the maps of the repository's configuration and geo data once, in a process of its own, and prints what it took as JSON. For `map.ts`.
 *
 * usage: node --import tsx bench/map-compile.ts <measured prefixes> <clusters for each>
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { millis } from '../src/base/brand.ts'
import { loadConfig } from '../src/config/load.ts'
import type { CompileVerdict } from '../src/model/planner.ts'
import { NO_SURVEY, type Survey } from '../src/model/survey.ts'
import { PlannerDesk } from '../src/worker/planner-desk.ts'
import { buildZoneTables } from '../src/worker/zone-tables.ts'
import { REPOSITORY } from '../test/fixture/nameserver.ts'
import { measurementPortions, withClusters } from './map-world.ts'

export interface CompileFigures {
  readonly ranges: number
  readonly rows: number
  /** Octets of the tables. */
  readonly bytes: number
  /** CPU seconds: from databases to the first map; with the measurements laid over; with the ground compiled anew from them. */
  readonly ground: number
  readonly overlay: number
  readonly survey: number
  /** Octets, the largest the process was, before the measurements were there and in the end. */
  readonly peakBefore: number
  readonly peak: number
}

const [prefixes = 0, each = 0] = process.argv.slice(2).map(Number)
const { config } = await loadConfig(join(REPOSITORY, 'kingcdn.yaml'))
if (config === null) throw new Error('kingcdn.yaml is bad')
const deployment = withClusters(config.deployment, each)
const desk = new PlannerDesk(async (job, buffer) => buildZoneTables(job, buffer))
let generation = 0

const ground = await compile(true, NO_SURVEY)
const peakBefore = peakOctets()
const ids = deployment.clusters.map(({ id }) => id)
for (const rows of measurementPortions(prefixes, each, ids)) desk.measurements(rows, '1')
const overlay = await compile(false, NO_SURVEY)
const survey = await compile(false, { number: 1, asOf: millis(0), evidence: '1', demand: '' })
const figures: CompileFigures = {
  ...{ ranges: survey.stats.ranges, rows: survey.stats.rows, bytes: survey.stats.bytes },
  ...{ ground: ground.seconds, overlay: overlay.seconds, survey: survey.seconds },
  ...{ peakBefore, peak: peakOctets() },
}
console.log(JSON.stringify(figures))

async function compile(fresh: boolean, survey: Survey) {
  const before = process.cpuUsage()
  const set = generation++ % 2 === 0 ? 0 : 1
  const verdict = (await desk.call('compile', {
    ...{ set, generation, deployment, fresh, mode: 'strict', coarse: false, asOf: millis(0), evidence: '1' },
    ...{ survey, demand: '', held: [], stable: { services: {}, clusters: {} }, configHash: 'x' },
  })) as CompileVerdict
  if (verdict.kind === 'refused') throw new Error(JSON.stringify(verdict.problems.slice(0, 3)))
  const { user, system } = process.cpuUsage(before)
  return { seconds: (user + system) / 1e6, stats: verdict.stats }
}

/** VmHWM of proc(5). */
function peakOctets(): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
}
