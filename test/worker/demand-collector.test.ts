import { describe, expect, it } from 'vitest'
import { type Millis, millis } from '../../src/base/brand.ts'
import { formatPrefix } from '../../src/base/prefix.ts'
import { DemandSketch, SKETCH_BYTES } from '../../src/model/demand-sketch.ts'
import { DemandCollector, HALF_LIFE_MS } from '../../src/worker/demand-collector.ts'

const at = (seconds: number): Millis => millis(1_764_000_000_000 + seconds * 1000)
const newSketch = (seed: number) =>
  DemandSketch.create(new SharedArrayBuffer(SKETCH_BYTES), Uint32Array.of(seed, seed * 7, seed * 13))
const SEOUL = 0xa87e3f00

function start() {
  const sketches = [newSketch(1), newSketch(2)]
  const collector = new DemandCollector(() => sketches, at(0))
  const qps = (now: Millis) =>
    Object.fromEntries(collector.table(now).rows.map(({ prefix, qps: rate }) => [formatPrefix(prefix), rate]))
  return { sketches, collector, qps }
}

describe('what all workers have counted', () => {
  it('is added up, as a rate', async () => {
    const { sketches, collector, qps } = start()
    for (let i = 0; i < 30; i++) sketches[i % 2]!.count(4, SEOUL + i, 0)
    for (let i = 0; i < 5; i++) sketches[1]!.count(6, 0x20010db8, 0x300 + i)
    await collector.collect(at(10))
    expect(qps(at(10))).toEqual({ '168.126.63.0/24': 3, '2001:db8:0:300::/56': 0.5 })
    expect(collector.table(at(10))).toMatchObject({ at: at(10), total: 3.5, queries: 35 })
    await collector.collect(at(10))
    expect(qps(at(10)), 'and counts once').toEqual({ '168.126.63.0/24': 3, '2001:db8:0:300::/56': 0.5 })
  })

  it('fades: after five minutes half of the weight is of what came since', async () => {
    const { sketches, collector, qps } = start()
    for (let i = 0; i < 100; i++) sketches[0]!.count(4, SEOUL, 0)
    await collector.collect(at(10))
    const later = at(10 + HALF_LIFE_MS / 1000)
    await collector.collect(later)
    const { queries, total } = collector.table(later)
    expect(queries).toBe(50)
    expect(total).toBeCloseTo(50 / 305)
    expect(qps(later)['168.126.63.0/24']).toBeCloseTo(50 / 305)
  })

  it('is steady under steady demand', async () => {
    const { sketches, collector, qps } = start()
    for (let window = 1; window <= 90; window++) {
      for (let i = 0; i < 40; i++) sketches[i & 1]!.count(4, SEOUL, 0)
      await collector.collect(at(window * 10))
    }
    expect(qps(at(900))['168.126.63.0/24']).toBeCloseTo(4, 1)
  })

  it('goes on where the process before has ended', async () => {
    const former = start()
    for (let i = 0; i < 300; i++) former.sketches[0]!.count(4, SEOUL, 0)
    await former.collector.collect(at(60))
    const table = former.collector.table(at(60))
    const { collector, qps } = start()
    collector.restore(table, at(60 + HALF_LIFE_MS / 1000))
    expect(qps(at(360))).toEqual({ '168.126.63.0/24': 5 })
    expect(collector.table(at(360)).queries).toBe(150)
  })

  it('asked for twice at once is collected once', async () => {
    const { sketches, collector } = start()
    sketches[0]!.count(4, SEOUL, 0)
    await Promise.all([collector.collect(at(10)), collector.collect(at(10))])
    expect(collector.table(at(10)).queries).toBe(1)
  })
})
