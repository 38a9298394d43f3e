import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { afterEach, describe, expect, it } from 'vitest'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'
import { Director } from './director.ts'
import { judge } from './judge.ts'
import { QueryLoad } from './query-load.ts'
import { whatIsAmiss } from './recovery.ts'
import { readReply } from './reply-check.ts'
import { scheduleOf } from './schedule.ts'
import { summaryOf } from './summary.ts'
import { BLOCKS, CDN_NAME, layWorld, type World } from './world.ts'

/** Rounds are played until this is over, but three at the least: with them everybody was struck once, and some in pairs. */
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 0)
const LEAST_ROUNDS = 3
const PER_SECOND = 60
/** Ten good checks, and whatever else takes its time on a busy machine. */
const RECOVERY_MS = 60_000
const TITLE =
  'are killed, frozen and restarted in turn and in pairs: every query is answered, no answer is empty, foreign or an edge that is down (seed %i)'

describe.skipIf(missing('dig', 'redis-server'))('nameservers, Redis, probers, monitors and edges', () => {
  let folder = ''
  let director: Director | undefined
  afterEach(async () => {
    await director?.discard()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(seeds())(TITLE, game, (SECONDS + 300) * 1000)

  async function game(seed: number): Promise<void> {
    folder = mkdtempSync(join(tmpdir(), 'chaos-'))
    const world = await layWorld(folder)
    const startedAt = performance.now()
    const now = () => performance.now() - startedAt
    director = new Director(world, folder, now)
    const load = new QueryLoad({
      ...{ servers: world.nameservers, name: CDN_NAME, blocks: BLOCKS, perSecond: PER_SECOND, now },
      read: reply => readReply(reply, CDN_NAME, world.edges),
    })
    const fault = await play(seed, world, director, load, now).then(
      () => null,
      (error: unknown) => String(error),
    )
    await load.stop()
    const { downtimes } = director
    const edges = [...world.edges.values()].map(({ name }) => name)
    const verdict = judge({ queries: load.queries, knocks: load.knocks, downtimes, edges })
    console.log(summaryOf(seed, now(), downtimes, verdict))
    const violation = verdict.violation === null ? null : `${verdict.violation} (and ${verdict.more} more)`
    const wrong = [violation, fault].filter(each => each !== null)
    if (wrong.length > 0) throw new Error(`CHAOS_SEED=${seed}: ${wrong.join('\n')}\n${director.logs()}`)
    expect(verdict.figures.avoiding).toBeGreaterThan(0)
  }
})

async function play(seed: number, world: World, director: Director, load: QueryLoad, now: () => number): Promise<void> {
  await director.raise()
  await wholeAgain(world)
  const end = now() + SECONDS * 1000
  const schedule = scheduleOf(world.cast, seed)
  load.start()
  for (let round = 0; round < LEAST_ROUNDS || now() < end; round++) await director.play(schedule.next().value)
  await director.finish()
  await wholeAgain(world)
}

async function wholeAgain(world: World): Promise<void> {
  let amiss: readonly string[] = []
  const look = async () => {
    amiss = await whatIsAmiss(world).catch((error: unknown) => [String(error)])
    return amiss.length === 0
  }
  await until('everybody to be at work', look, RECOVERY_MS, 500).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${amiss.join('; ')}`)
  })
}

/** `CHAOS_SEED=12` plays again what has failed; `LONG=1` plays ten games one after the other. */
function seeds(): number[] {
  if (process.env.CHAOS_SEED !== undefined) return [Number(process.env.CHAOS_SEED)]
  return process.env.LONG === '1' ? Array.from({ length: 10 }, (_, i) => i + 1) : [7]
}
