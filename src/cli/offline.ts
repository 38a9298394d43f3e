import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Arena } from '../base/arena.ts'
import { millis } from '../base/brand.ts'
import type { Problem } from '../base/problem.ts'
import type { Config } from '../config/config.ts'
import { explainDrains } from '../control/explain-drains.ts'
import { explainHealth } from '../control/explain-health.ts'
import { packTable } from '../model/demand-text.ts'
import type { FleetPlan } from '../model/fleet-plan.ts'
import { LiveTable, liveTableBytes } from '../model/live-table.ts'
import type { Measurement } from '../model/measurement.ts'
import type { ContentProblem, ExplainRequest } from '../model/planner.ts'
import { NO_SURVEY } from '../model/survey.ts'
import type { Trail } from '../model/trail.ts'
import { fillLive } from '../plan/live.ts'
import { orderGroups } from '../route/order-groups.ts'
import { RouteTables } from '../route/tables.ts'
import { createStore } from '../store/create.ts'
import type { Store } from '../store/store.ts'
import { Compiler, type Generation } from '../worker/compile.ts'
import { explainName } from '../worker/explain.ts'
import { ZoneSets } from '../worker/zone-sets.ts'
import { buildZoneTables } from '../worker/zone-tables.ts'
import { ZoneTables } from '../zone/tables.ts'
import { Failure } from './failure.ts'

/** Everything that is wrong with zones, databases and what the configuration says of them. Paths of the configuration head their messages. */
export async function checkDeployment(config: Config): Promise<Problem[]> {
  const generation = await compile(config, newZoneSets(), [], null, true)
  return generation.problems.map(({ problem }) => problem)
}

/** The decision as a server with this configuration and store would make it now, compiled in this process. Throws {@link Failure}. */
export async function explainOffline(config: Config, request: ExplainRequest): Promise<Trail> {
  const { measurements, plan, demand } = await readState(config)
  const zoneSets = newZoneSets()
  const generation = await compile(config, zoneSets, measurements, plan, false, demand)
  if (generation.kind === 'refused') throw new Failure(describe(generation.problems))
  const buffer = new ArrayBuffer(generation.writer.byteLength)
  generation.writer.writeTo(buffer)
  const arena = Arena.open(buffer, false)
  if (arena.kind === 'bad') throw new Failure(arena.reason)
  const { clusters, services } = config.deployment
  const { serverCount } = generation.stats
  const scope = { clusters, services, groups: orderGroups(services) }
  const shape = [clusters.length, serverCount, scope.groups.length, services.length] as const
  const live = LiveTable.create(new ArrayBuffer(liveTableBytes(...shape)), ...shape)
  live.publish(half => fillLive(half, scope, plan))
  const zones = ZoneTables.open(zoneSets.buffer(generation.zones).open(false))
  const verdict = explainName(request, zones, RouteTables.open(arena.arena), generation.maps.world, live)
  if (verdict.kind === 'refused') throw new Failure(verdict.message)
  const now = millis(Date.now())
  return explainHealth(explainDrains(verdict.trail, plan), plan, config.deployment, now)
}

/** Zones are read in this process: it ends soon. */
function newZoneSets(): ZoneSets {
  return new ZoneSets(async (job, buffer) => buildZoneTables(job, buffer))
}

function compile(
  config: Config,
  zoneSets: ZoneSets,
  measurements: readonly Measurement[],
  plan: FleetPlan | null,
  coarse: boolean,
  demand = '',
): Promise<Generation> {
  return new Compiler(zoneSets).compile(
    {
      deployment: config.deployment,
      configHash: config.hash,
      generation: 0,
      fresh: true,
      mode: 'tolerant',
      coarse,
      measurements,
      asOf: plan?.asOf ?? millis(Date.now()),
      survey: plan?.survey ?? NO_SURVEY,
      held: plan?.held ?? [],
      demand,
      stable: { services: {}, clusters: {} },
      zonesInUse: null,
    },
    millis(Date.now()),
  )
}

interface State {
  readonly measurements: readonly Measurement[]
  readonly plan: FleetPlan | null
  /** As the planner takes it. */
  readonly demand: string
}

async function readState(config: Config): Promise<State> {
  if (config.store !== 'memory') return readFrom(openStore(config.store, config.state))
  // The journal may belong to a running server: read a copy, so that opening it repairs nothing under its pen.
  const folder = await mkdtemp(join(tmpdir(), 'kingcdn-explain-'))
  try {
    await copyFile(join(config.state, 'journal.jsonl'), join(folder, 'journal.jsonl')).catch(() => undefined)
    return await readFrom(openStore('memory', folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function openStore(url: string, stateDir: string): Store {
  return createStore(url, { stateDir, clock: { now: () => millis(Date.now()) }, log: () => undefined })
}

async function readFrom(store: Store): Promise<State> {
  try {
    const [measurements, plan] = [await store.readMeasurements(), await store.readPlan()]
    const table = plan === null || plan.survey.demand === '' ? null : await store.readDemand(plan.survey.demand)
    return { measurements, plan, demand: table === null ? '' : packTable(table) }
  } finally {
    await store.close()
  }
}

function describe(problems: readonly ContentProblem[]): string {
  return problems.map(({ problem }) => problem.message).join('\n')
}
