import { Arena } from '../src/base/arena.ts'
import { millis } from '../src/base/brand.ts'
import { newPeer } from '../src/base/peer.ts'
import { BARE_SETTINGS } from '../test/fixture/answer-settings.ts'
import { median } from './harness/rounds.ts'

const TURNS = 5

/**
 * Nanoseconds of CPU that the built answer path takes per message, for each set of messages: the median of {@link TURNS} turns over all of them, the
 * sets in turn. One plain zone, no sockets.
 */
export async function answerNanos<K extends string>(
  zoneFile: string,
  sets: Readonly<Record<K, readonly Uint8Array[]>>,
): Promise<Record<K, number>> {
  const { answer } = await openAnswerPath(zoneFile)
  const keys = Object.keys(sets) as K[]
  const turns = new Map(keys.map(key => [key, [] as number[]]))
  // The first turn is for the compiler.
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const key of keys) {
      const before = process.cpuUsage()
      for (const message of sets[key]) answer(message)
      const { user, system } = process.cpuUsage(before)
      if (turn > 0) turns.get(key)!.push(((user + system) * 1e3) / sets[key].length)
    }
  }
  return Object.fromEntries(keys.map(key => [key, median(turns.get(key)!)])) as Record<K, number>
}

/** The answerer as it was built, on tables as the planner makes them. */
async function openAnswerPath(zoneFile: string): Promise<{ answer(message: Uint8Array): number }> {
  const [
    { PlannerDesk },
    { buildZoneTables },
    { Answerer },
    { ZoneTables },
    { RouteTables },
    { LiveTable, liveTableBytes },
    { COUNTER_BYTES },
  ] = await Promise.all([
    built<typeof import('../src/worker/planner-desk.ts')>('worker/planner-desk'),
    built<typeof import('../src/worker/zone-tables.ts')>('worker/zone-tables'),
    built<typeof import('../src/answer/answerer.ts')>('answer/answerer'),
    built<typeof import('../src/zone/tables.ts')>('zone/tables'),
    built<typeof import('../src/route/tables.ts')>('route/tables'),
    built<typeof import('../src/model/live-table.ts')>('model/live-table'),
    built<typeof import('../src/model/counters.ts')>('model/counters'),
  ])
  const desk = new PlannerDesk(async (job, buffer) => buildZoneTables(job, buffer))
  const verdict = await desk.call('compile', {
    set: 0,
    generation: 1,
    deployment: { zones: [{ file: zoneFile }], clusters: [], services: [], geo: { city: [], asn: [], overrides: [] } },
    ...{ fresh: true, mode: 'strict', coarse: false, asOf: millis(0), evidence: '', configHash: '' },
    stable: { services: {}, clusters: {} },
  })
  if (verdict.kind === 'refused') throw new Error(JSON.stringify(verdict.problems.slice(0, 3)))
  const answerer = new Answerer({
    ...{ nsid: 'bench', ecs: true, maxPayload: 1232, idleMs: 10_000, settings: BARE_SETTINGS },
    counters: new Float64Array(new SharedArrayBuffer(COUNTER_BYTES)),
    clock: { now: () => millis(Date.now()) },
    secret: new Uint32Array(4),
    note: () => undefined,
  })
  answerer.use({
    zones: ZoneTables.open(arena(verdict.arenas.zones)),
    routes: RouteTables.open(arena(verdict.arenas.map)),
    live: LiveTable.create(new SharedArrayBuffer(liveTableBytes(0, 0)), 0, 0),
    generation: 1,
  })
  const peer = newPeer()
  const out = new Uint8Array(65535)
  return { answer: message => answerer.answer(message, message.length, peer, 0, out) }
}

/** A module of the built program: microbenchmarks measure what is shipped. */
async function built<M>(path: string): Promise<M> {
  return (await import(new URL(`../dist/${path}.js`, import.meta.url).href)) as M
}

function arena(buffer: SharedArrayBuffer): Arena {
  const verdict = Arena.open(buffer, true)
  if (verdict.kind === 'bad') throw new Error(verdict.reason)
  return verdict.arena
}
