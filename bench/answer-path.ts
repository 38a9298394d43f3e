import { Arena } from '../src/base/arena.ts'
import { millis } from '../src/base/brand.ts'
import { newOctets } from '../src/base/octets.ts'
import { newPeer, type Peer } from '../src/base/peer.ts'
import type { AnswerSettings } from '../src/model/answer-settings.ts'
import type { Deployment } from '../src/model/deployment.ts'
import type { Measurement } from '../src/model/measurement.ts'
import { NO_SURVEY } from '../src/model/survey.ts'
import { BARE_SETTINGS } from '../test/fixture/answer-settings.ts'
import { median } from './harness/rounds.ts'

const TURNS = 5
const MAX_QUERY_OCTETS = 512

/** What an answer path is opened on. */
export interface PathOptions {
  readonly deployment: Deployment
  readonly measurements?: readonly Measurement[]
  readonly settings?: AnswerSettings
}

export interface AnswerPath {
  /** Answers `message[0..length)` over UDP into {@link out}; octets of the reply. */
  answer(message: Uint8Array, length: number, peer: Peer): number
  readonly out: Uint8Array
  /** Reads the clock, as before each batch. */
  tick(): void
  /** Laid out as model/counters says. */
  readonly counters: Float64Array
}

/**
 * Nanoseconds of CPU that the built answer path takes per message, for each set of messages: the median of {@link TURNS} turns over all of them, the
 * sets in turn, from one buffer that each is copied into. One plain zone, no sockets.
 */
export async function answerNanos<K extends string>(
  zoneFile: string,
  sets: Readonly<Record<K, readonly Uint8Array[]>>,
): Promise<Record<K, number>> {
  const geo = { city: [], asn: [], overrides: [] }
  const path = await openAnswerPath({ deployment: { zones: [{ file: zoneFile }], clusters: [], services: [], geo } })
  const peer = newPeer()
  const message = newOctets(MAX_QUERY_OCTETS)
  const keys = Object.keys(sets) as K[]
  const turns = new Map(keys.map(key => [key, [] as number[]]))
  // The first turn is for the compiler.
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const key of keys) {
      const before = process.cpuUsage()
      for (const query of sets[key]) {
        for (let i = 0; i < query.length; i++) message[i] = query[i]!
        path.answer(message, query.length, peer)
      }
      const { user, system } = process.cpuUsage(before)
      if (turn > 0) turns.get(key)!.push(((user + system) * 1e3) / sets[key].length)
    }
  }
  return Object.fromEntries(keys.map(key => [key, median(turns.get(key)!)])) as Record<K, number>
}

/** The answerer as it was built, on tables as the planner makes them. */
export async function openAnswerPath(options: PathOptions): Promise<AnswerPath> {
  const { deployment, measurements = [], settings = BARE_SETTINGS } = options
  const [
    { PlannerDesk },
    { buildZoneTables },
    { Answerer },
    { ZoneTables },
    { RouteTables },
    { fillLive },
    { LiveTable, liveTableBytes },
    { COUNTER_BYTES },
    { DemandSketch, SKETCH_BYTES },
    { ResolverSketch, RESOLVER_SKETCH_BYTES },
  ] = await Promise.all([
    built<typeof import('../src/worker/planner-desk.ts')>('worker/planner-desk'),
    built<typeof import('../src/worker/zone-tables.ts')>('worker/zone-tables'),
    built<typeof import('../src/answer/answerer.ts')>('answer/answerer'),
    built<typeof import('../src/zone/tables.ts')>('zone/tables'),
    built<typeof import('../src/route/tables.ts')>('route/tables'),
    built<typeof import('../src/plan/live.ts')>('plan/live'),
    built<typeof import('../src/model/live-table.ts')>('model/live-table'),
    built<typeof import('../src/model/counters.ts')>('model/counters'),
    built<typeof import('../src/model/demand-sketch.ts')>('model/demand-sketch'),
    built<typeof import('../src/model/resolver-sketch.ts')>('model/resolver-sketch'),
  ])
  const desk = new PlannerDesk(async (job, buffer) => buildZoneTables(job, buffer))
  desk.measurements(measurements, '1')
  const verdict = await desk.call('compile', {
    ...{ set: 0, generation: 1, deployment, fresh: true, mode: 'strict', coarse: false, asOf: millis(0) },
    ...{ evidence: '1', survey: NO_SURVEY, demand: '', held: [], configHash: '', stable: stableNumbers(deployment) },
  })
  if (verdict.kind === 'refused') throw new Error(JSON.stringify(verdict.problems.slice(0, 3)))
  const counters = new Float64Array(new SharedArrayBuffer(COUNTER_BYTES))
  const answerer = new Answerer({
    ...{ nsid: 'bench', ecs: true, maxPayload: 1232, idleMs: 10_000, settings, counters },
    clock: { now: () => millis(Date.now()) },
    demand: DemandSketch.create(new SharedArrayBuffer(SKETCH_BYTES), new Uint32Array([5, 6, 7])),
    resolvers: ResolverSketch.create(new SharedArrayBuffer(RESOLVER_SKETCH_BYTES), new Uint32Array([8, 9, 10])),
    batched: true,
    secret: new Uint32Array([1, 2, 3, 4]),
    note: () => undefined,
    stopwatch: () => performance.now(),
  })
  const { clusters, services } = deployment
  const servers = clusters.reduce((sum, cluster) => sum + cluster.servers.length, 0)
  const shape = [clusters.length, servers, 0, services.length] as const
  const live = LiveTable.create(new SharedArrayBuffer(liveTableBytes(...shape)), ...shape)
  live.publish(half => fillLive(half, { clusters, services, groups: [] }, null))
  answerer.use({
    zones: ZoneTables.open(arena(verdict.arenas.zones)),
    routes: RouteTables.open(arena(verdict.arenas.map)),
    live,
    generation: 1,
    zoneNumbers: Uint32Array.from(verdict.stats.zones, (_, zone) => zone),
  })
  const out = newOctets(65535)
  return {
    answer: (message, length, peer) => answerer.answer(message, length, peer, 0, out),
    ...{ tick: () => answerer.tick(), out, counters },
  }
}

function stableNumbers({ services, clusters }: Deployment) {
  const numbered = (items: readonly { id: string }[]) => Object.fromEntries(items.map(({ id }, i) => [id, i]))
  return { services: numbered(services), clusters: numbered(clusters) }
}

/** A module of the built program: microbenchmarks measure what is shipped. `DIST`: the folder of another build, to compare with. */
async function built<M>(path: string): Promise<M> {
  const folder = process.env.DIST === undefined ? new URL('../dist/', import.meta.url) : `file://${process.env.DIST}/`
  return (await import(new URL(`${path}.js`, folder).href)) as M
}

function arena(buffer: SharedArrayBuffer): Arena {
  const verdict = Arena.open(buffer, true)
  if (verdict.kind === 'bad') throw new Error(verdict.reason)
  return verdict.arena
}
