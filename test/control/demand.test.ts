import { describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { DemandFollower, PATIENCE_MS } from '../../src/control/demand-follower.ts'
import { DemandSurveyor } from '../../src/control/demand-surveyor.ts'
import { SURVEY_MS } from '../../src/control/surveyor.ts'
import type { DemandTable } from '../../src/model/demand.ts'
import { packTable } from '../../src/model/demand-text.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'
import { demandId } from '../../src/store/demand-id.ts'
import { type Store, StoreUnavailable } from '../../src/store/store.ts'
import { demandTable, plan } from '../fixture/store.ts'

/** A store of demand tables that can be away or empty-handed. */
function tableStore() {
  const tables = new Map<string, DemandTable>()
  const world = { away: false, puts: 0, reads: 0 }
  const store = {
    async putDemand(table: DemandTable) {
      world.puts++
      if (world.away) throw new StoreUnavailable('away')
      const id = demandId(packTable(table))
      tables.set(id, table)
      return id
    },
    async readDemand(id: string) {
      world.reads++
      if (world.away) throw new StoreUnavailable('away')
      return tables.get(id) ?? null
    },
  } as Partial<Store> as Store
  return { store, tables, world }
}

const settle = () => new Promise(resolve => setImmediate(resolve))
const surveyed = (demand: string) => ({ ...NO_SURVEY, number: demand === '' ? 0 : 1, demand })
const planOf = (demand: string) => plan(1, 1, { survey: surveyed(demand) })
const AT = 1_764_000_000_000
const at = (ms: number) => millis(AT + ms)

describe('the leader looks for other demand', () => {
  const MANY = { at: at(0), queries: 1e6 }
  const start = (known: DemandTable) => {
    const world = { ...tableStore(), known }
    const deps = { store: world.store, join: async () => world.known, log: () => undefined }
    return { world, surveyor: new DemandSurveyor(deps) }
  }

  it('and finds the first within seconds', async () => {
    const { world, surveyor } = start(demandTable({}, MANY))
    expect(await surveyor.look(planOf(''), at(0))).toBe('')
    world.known = demandTable({ '1.0.0.0/24': 4 }, MANY)
    expect(await surveyor.look(planOf(''), at(9_000)), 'not at every tick').toBe('')
    const id = await surveyor.look(planOf(''), at(10_000))
    expect(world.tables.get(id)).toEqual(world.known)
  })

  it('every five minutes, and takes up only what has changed by more than 5 %', async () => {
    const { world, surveyor } = start(demandTable({ '1.0.0.0/24': 50, '1.0.1.0/24': 50 }, MANY))
    const id = await surveyor.look(planOf(''), at(0))
    world.known = demandTable({ '1.0.0.0/24': 540, '1.0.1.0/24': 460 }, MANY)
    expect(await surveyor.look(planOf(id), at(SURVEY_MS))).toBe(id)
    expect(world.world.puts, 'kept for another day').toBe(2)
    world.known = demandTable({ '1.0.0.0/24': 560, '1.0.1.0/24': 440 }, MANY)
    expect(await surveyor.look(planOf(id), at(2 * SURVEY_MS - 1))).toBe(id)
    const next = await surveyor.look(planOf(id), at(2 * SURVEY_MS))
    expect(next).not.toBe(id)
    expect(world.tables.get(next)).toEqual(world.known)
  })

  it('soon after a report', async () => {
    const { world, surveyor } = start(demandTable({ '1.0.0.0/24': 50 }, MANY))
    const id = await surveyor.look(planOf(''), at(0))
    world.known = demandTable({ '1.0.0.0/16': 50 }, MANY)
    surveyor.noticeReport(at(1_000))
    expect(await surveyor.look(planOf(id), at(1_900))).toBe(id)
    expect(await surveyor.look(planOf(id), at(2_000))).not.toBe(id)
  })

  it('again, where the plan that was to name it was not published', async () => {
    const { world, surveyor } = start(demandTable({ '1.0.0.0/24': 50 }, MANY))
    const id = await surveyor.look(planOf(''), at(0))
    world.known = demandTable({ '1.0.0.0/16': 50 }, MANY)
    surveyor.noticeReport(at(1_000))
    const next = await surveyor.look(planOf(id), at(2_000))
    expect(await surveyor.look(planOf(id), at(2_200)), 'not at every tick').toBe(id)
    expect(await surveyor.look(planOf(id), at(3_000))).toBe(next)
    const { puts } = world.world
    expect(await surveyor.look(planOf(next), at(4_000))).toBe(next)
    expect(world.world.puts, 'once it is published there is nothing to do').toBe(puts)
  })

  it('again, where the store was away when it was reported', async () => {
    const { world, surveyor } = start(demandTable({ '1.0.0.0/24': 50 }, MANY))
    const id = await surveyor.look(planOf(''), at(0))
    world.known = demandTable({ '1.0.0.0/16': 50 }, MANY)
    surveyor.noticeReport(at(1_000))
    world.world.away = true
    expect(await surveyor.look(planOf(id), at(2_000))).toBe(id)
    world.world.away = false
    expect(await surveyor.look(planOf(id), at(2_200)), 'not at every tick').toBe(id)
    expect(await surveyor.look(planOf(id), at(3_000))).not.toBe(id)
  })

  it('not from a handful of queries, which are chance', async () => {
    const { surveyor } = start(demandTable({ '1.0.0.0/24': 5 }, { at: at(0), queries: 999 }))
    expect(await surveyor.look(planOf(''), at(0))).toBe('')
  })

  it('earlier while few queries stand behind it', async () => {
    const { world, surveyor } = start(demandTable({ '1.0.0.0/24': 5 }, { at: at(0), queries: 1_000 }))
    const id = await surveyor.look(planOf(''), at(0))
    world.known = demandTable({ '1.0.0.0/24': 5 }, { at: at(0), queries: 3_999 })
    expect(await surveyor.look(planOf(id), at(60_000))).toBe(id)
    world.known = demandTable({ '1.0.0.0/24': 5 }, { at: at(0), queries: 4_000 })
    expect(await surveyor.look(planOf(id), at(120_000))).not.toBe(id)
  })

  it('goes on from the table in force when it takes over', async () => {
    const { world, surveyor } = start(demandTable({ '1.0.0.0/24': 50 }, MANY))
    const id = await world.store.putDemand(demandTable({ '1.0.0.0/24': 7 }, MANY))
    expect(await surveyor.look(planOf(id), at(0))).toBe(id)
  })

  it('keeps what there is while nobody knows anything, and while the store is away', async () => {
    const { world, surveyor } = start(demandTable({ '1.0.0.0/24': 50 }, MANY))
    const id = await surveyor.look(planOf(''), at(0))
    world.known = demandTable({}, MANY)
    expect(await surveyor.look(planOf(id), at(SURVEY_MS))).toBe(id)
    world.known = demandTable({ '9.0.0.0/24': 50 }, MANY)
    world.world.away = true
    expect(await surveyor.look(planOf(id), at(2 * SURVEY_MS))).toBe(id)
  })
})

describe('a nameserver gets the demand that the plan names', () => {
  const table = demandTable({ '1.0.0.0/24': 50, '2.0.0.0/24': 30 }, { total: 100 })

  it('and waits for it', async () => {
    const { store } = tableStore()
    const id = await store.putDemand(table)
    const follower = new DemandFollower(store, () => undefined)
    expect(follower.of(surveyed(id), at(0))).toBeNull()
    await settle()
    expect(follower.of(surveyed(id), at(1))).toBe(packTable(table))
    expect(follower.id).toBe(id)
    expect(follower.summary).toEqual({ blocks: 2, reported: 0, qps: 100, share: 0.8, at: table.at })
  })

  it('but not longer than two seconds: then it says so, and goes on asking', async () => {
    const { store, world, tables } = tableStore()
    const said: string[] = []
    const follower = new DemandFollower(store, (_level, sentence) => said.push(sentence))
    const [first, second] = [await store.putDemand(table), demandId('missing')]
    follower.of(surveyed(first), at(0))
    await settle()
    world.away = true
    for (let ms = 0; ms < PATIENCE_MS; ms += 200) {
      expect(follower.of(surveyed(second), at(ms))).toBeNull()
      await settle()
    }
    expect(follower.of(surveyed(second), at(PATIENCE_MS)), 'what was known before').toBe(packTable(table))
    expect(follower.id).toBe(first)
    follower.of(surveyed(second), at(PATIENCE_MS + 200))
    expect(said.length).toBe(1)
    expect(follower.alarms.length).toBe(1)
    await settle()
    world.away = false
    tables.set(second, demandTable({ '3.0.0.0/24': 1 }))
    follower.of(surveyed(second), at(PATIENCE_MS + 1_000))
    await settle()
    expect(follower.of(surveyed(second), at(PATIENCE_MS + 1_200))).toContain('3.0.0.0/24')
    expect(follower.alarms).toEqual([])
  })

  it('asks nothing where there is none', () => {
    const { store, world } = tableStore()
    const follower = new DemandFollower(store, () => undefined)
    expect(follower.of(NO_SURVEY, at(0))).toBe('')
    expect(world.reads).toBe(0)
    expect(follower.summary.share).toBeNull()
  })
})
