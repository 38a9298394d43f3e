import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import { planLevels } from '../../../src/plan/levels/plan-levels.ts'
import { Fleet, inputOf, rowsOf, START, settle } from './world.ts'

/** a is hot, b is its blocks' second choice, c the third. */
const CHAIN = rowsOf([
  [[0, 1, 2], 90],
  [[1, 2, 0], 40],
  [[2, 1, 0], 30],
])

describe('one hot cluster', () => {
  test('turns its lowest ranks away until it is at its aim, and no more', () => {
    const plan = new Fleet(CHAIN).run([{ load: 90 }, { load: 40 }, { load: 30 }])
    expect(plan.levels).toEqual({ a: expect.any(Number), b: 0, c: 0 })
    const [a, b, c] = settle(CHAIN, plan, [true, true, true])
    expect(a).toBeLessThanOrEqual(72)
    expect(a).toBeGreaterThan(70)
    expect(b).toBeCloseTo(40 + 90 - a!, 6)
    expect(c).toBeCloseTo(30, 6)
    expect(plan.alarms).toEqual([])
  })

  test('a load between aim and aim + 0.08 changes nothing', () => {
    expect(new Fleet(CHAIN).run([{ load: 79 }, { load: 40 }, { load: 30 }]).levels).toEqual({ a: 0, b: 0, c: 0 })
  })

  test('a receiver that this spill would fill protects itself in the same run', () => {
    const plan = new Fleet(CHAIN).run([{ load: 90 }, { load: 66 }, { load: 20 }])
    expect(plan.levels.b).toBeGreaterThan(0)
    const rows = rowsOf([
      [[0, 1, 2], 90],
      [[1, 2, 0], 66],
      [[2, 1, 0], 20],
    ])
    for (const load of settle(rows, plan, [true, true, true])) expect(load).toBeLessThanOrEqual(76)
  })

  test('settled, it stays as it is while the reports say what the plan expects', () => {
    const fleet = new Fleet(CHAIN)
    const first = fleet.run([{ load: 90 }, { load: 40 }, { load: 30 }])
    const [a, b, c] = settle(CHAIN, first, [true, true, true])
    // Caches move over one TTL; the reports are ten seconds old; a report never repeats to the last digit.
    const at = (t: number) => {
      const done = 0.9 * Math.min(1, Math.max(0, t - 10) / 30) + 0.1 * Math.min(1, Math.max(0, t - 10) / 120)
      return [90 + done * (a! - 90), 40 + done * (b! - 40), c!].map((load, i) => ({ load: load + (t + i) * 1e-6 }))
    }
    for (let t = 10; t <= 1800; t += 10) expect(fleet.run(at(t)).levels).toEqual(first.levels)
  })
})

describe('lowering', () => {
  const calm = (fleet: Fleet, seconds: number) => {
    const levels: number[] = []
    for (let t = 0; t < seconds; t += 10) {
      const jitter = (fleet.now % 7919) * 1e-6
      levels.push(fleet.run([{ load: 30 + jitter }, { load: 40 + jitter }, { load: 30 + jitter }]).levels.a!)
    }
    return levels
  }

  test('waits for the hold time, then goes a little at a time, and ends at zero', () => {
    const fleet = new Fleet(CHAIN)
    const high = fleet.run([{ load: 90 }, { load: 40 }, { load: 30 }]).levels.a!
    const after = calm(fleet, 1200)
    expect(after.slice(0, 6)).toEqual(Array(6).fill(high))
    expect(after.at(-1)).toBe(0)
    after.reduce((before, level) => {
      expect(level).toBeLessThanOrEqual(before)
      expect(before - level).toBeLessThanOrEqual(48)
      return level
    }, high)
  })

  test('a lowering that is soon undone doubles the hold', () => {
    const fleet = new Fleet(CHAIN)
    fleet.run([{ load: 90 }, { load: 40 }, { load: 30 }])
    let level = fleet.plan!.levels.a!
    while (fleet.plan!.levels.a! >= level) {
      level = fleet.plan!.levels.a!
      calm(fleet, 10)
    }
    expect(fleet.plan!.state.clusters.a!.hold).toBe(60_000)
    fleet.run([{ load: 130 }, { load: 40.1 }, { load: 30.1 }])
    expect(fleet.plan!.levels.a).toBeGreaterThan(level)
    expect(fleet.plan!.state.clusters.a!.hold).toBe(120_000)
  })
})

describe('reports', () => {
  const loads = [{ load: 60 }, { load: 40 }, { load: 30 }]

  test('nobody ever reported: no levels, nothing to say', () => {
    const plan = new Fleet(CHAIN).run([{}, {}, {}])
    expect(plan).toMatchObject({ levels: { a: 0, b: 0, c: 0 }, alarms: [], stale: [] })
  })

  test('a cluster that never reported has level 0, receives as if it had room, and is named', () => {
    const plan = new Fleet(CHAIN).run([{ load: 150 }, {}, { load: 30 }])
    expect(plan.levels.a).toBeGreaterThan(100)
    expect(plan.levels.b).toBe(0)
    expect(plan.alarms).toEqual(['no load ever reported by b: assumed to have room for what others shed'])
  })

  test('a report older than 30 s is stale: its demand stays, its capacity counts 10 % less', () => {
    const fleet = new Fleet(CHAIN)
    fleet.run([{ load: 74 }, { load: 40 }, { load: 30 }])
    expect(fleet.run([{ load: 74, age: 10 }, { load: 41 }, { load: 31 }]).stale).toEqual([])
    const plan = fleet.run([{ load: 74, age: 41 }, { load: 42 }, { load: 32 }], 31)
    expect(plan.stale).toEqual(['a'])
    expect(plan.state.clusters.a!.demand).toBeCloseTo(74, 3)
    // 74 of 90 is above 0.80.
    expect(plan.levels.a).toBeGreaterThan(0)
    expect(plan.alarms.join()).toContain('a are older than 30 s or do not change: planned with 10 % less capacity')
  })

  test('a value that repeats to the last digit is stale after 30 s, however fresh its stamp; a repeated zero is not', () => {
    const fleet = new Fleet(CHAIN)
    for (let t = 0; t <= 30; t += 10)
      expect(fleet.run([{ load: 60.123 }, { load: 40 + t }, { load: 0 }]).stale).toEqual([])
    expect(fleet.run([{ load: 60.123 }, { load: 41 }, { load: 0 }]).stale).toEqual(['a'])
    expect(fleet.run([{ load: 60.124 }, { load: 42 }, { load: 0 }]).stale).toEqual([])
  })

  test('reports that stop for good: the level fades within the hour, then the cluster counts as unknown', () => {
    const fleet = new Fleet(CHAIN)
    fleet.run([{ load: 90 }, { load: 40 }, { load: 30 }])
    const seen: number[] = []
    for (let minute = 1; minute <= 71; minute++)
      seen.push(
        fleet.run([{ load: 90, age: minute * 60 }, { load: 59 + minute / 100 }, { load: 30 + minute / 100 }], 60).levels
          .a!,
      )
    const high = seen[8]!
    expect(high).toBeGreaterThan(20)
    expect(seen[39]).toBeGreaterThan(0.4 * high)
    expect(seen[39]).toBeLessThan(0.65 * high)
    expect(seen.at(-1)).toBe(0)
    expect(fleet.plan!.alarms.join()).toContain('no load ever reported by a')
  })

  test('a report from the future counts as of now', () => {
    expect(new Fleet(CHAIN).run([{ load: 90, age: -3600 }, ...loads.slice(1)]).levels.a).toBeGreaterThan(0)
  })
})

describe('a cluster that dies', () => {
  /** a has two groups: one would go to b, one to c. */
  const rows = rowsOf([
    [[0, 1, 2], 40],
    [[0, 2, 1], 20],
    [[1, 2, 0], 65],
    [[2, 1, 0], 30],
  ])

  test('its demand stays, and is planned for at once', () => {
    const fleet = new Fleet(rows)
    fleet.run([{ load: 60 }, { load: 65 }, { load: 30 }])
    const plan = fleet.run([{ load: 0, usable: false }, { load: 65.1 }, { load: 30.1 }])
    expect(plan.state.clusters.a!.demand).toBeCloseTo(60, 0)
    expect(plan.levels.b).toBeGreaterThan(0)
    const settled = settle(rows, plan, [false, true, true])
    expect(settled[0]).toBe(0)
    expect(Math.max(...settled)).toBeLessThan(85)
  })

  test('that it first reports next to nothing does not erase its demand', () => {
    const fleet = new Fleet(rows)
    fleet.run([{ load: 60 }, { load: 65 }, { load: 30 }])
    fleet.run([{ load: 0.5 }, { load: 65.1 }, { load: 30.1 }])
    expect(fleet.plan!.state.clusters.a!.demand).toBeGreaterThan(55)
  })

  test('a drain in part is planned as that part', () => {
    const fleet = new Fleet(rows)
    fleet.run([{ load: 60 }, { load: 65 }, { load: 30 }])
    const half = fleet.run([{ load: 60.1, drain: 50 }, { load: 65.1 }, { load: 30.1 }])
    const full = fleet.run([{ load: 60.2, drain: 100 }, { load: 65.2 }, { load: 30.2 }])
    expect(half.levels.b).toBeGreaterThan(0)
    expect(full.levels.b).toBeGreaterThan(half.levels.b!)
  })
})

test('no room in reach: all targets rise together, nobody is overrun, and an alarm says so', () => {
  const lists = [
    [[0, 1, 2], 150],
    [[1, 2, 0], 60],
    [[2, 0, 1], 60],
  ] as const
  const rows = rowsOf(lists)
  const plan = new Fleet(rows).run([{ load: 150 }, { load: 60 }, { load: 60 }])
  const settled = settle(rows, plan, [true, true, true])
  expect(Math.max(...settled) - Math.min(...settled)).toBeLessThan(18)
  expect(Math.max(...settled)).toBeLessThan(100)
  expect(plan.alarms[0]).toMatch(
    /^no room in reach of a, b, c: their targets are raised together, up to 0\.\d\d of capacity$/,
  )
})

test('a new map that moves blocks from one first choice to another takes their demand along', () => {
  const fleet = new Fleet(CHAIN)
  fleet.run([{ load: 60 }, { load: 40 }, { load: 30 }])
  const moved = rowsOf([
    [[0, 1, 2], 45],
    [[1, 0, 2], 45],
    [[1, 2, 0], 40],
    [[2, 1, 0], 30],
  ])
  const plan = planLevels({
    clusters: [{ load: 60 }, { load: 40 }, { load: 30 }].map((report, c) =>
      inputOf({ ...report, age: 10 }, c, fleet.now + 10_000),
    ),
    rows: moved,
    ttlSeconds: 30,
    now: millis(fleet.now + 10_000),
    state: fleet.plan!.state,
  })
  expect(plan.state.clusters.a!.demand).toBeLessThan(40)
  expect(plan.state.clusters.b!.demand).toBeGreaterThan(60)
})

test('the outcome does not depend on the order of the clusters', () => {
  const order = [2, 0, 1]
  const place = order.map((_, c) => order.indexOf(c))
  const plain = rowsOf([
    [[0, 1, 2], 150],
    [[1, 2, 0], 70],
    [[2, 0, 1], 50],
  ])
  const turned = { ...plain, slots: plain.slots.map(c => place[c] ?? c) }
  const inputs = [{ load: 150 }, { load: 70 }, { load: 50 }].map((report, c) => inputOf(report, c, START))
  const common = { ttlSeconds: 30, now: millis(START), state: null }
  const one = planLevels({ clusters: inputs, rows: plain, ...common })
  const other = planLevels({ clusters: order.map(c => inputs[c]!), rows: turned, ...common })
  expect(other.levels).toEqual(one.levels)
})

describe('bad input', () => {
  const good = [{ load: 90 }, { load: 40 }, { load: 30 }]

  test.each([Number.NaN, -5, Number.POSITIVE_INFINITY])('a load of %d is no report', load => {
    const fleet = new Fleet(CHAIN)
    fleet.run(good)
    const plan = fleet.run([{ load }, { load: 40.1 }, { load: 30.1 }])
    expect(plan.levels.a).toBe(fleet.plan!.levels.a)
    expect(plan.state.clusters.a!.report!.value).toBe(90)
  })

  test('a capacity of zero sheds all it can; one that is no number is unknown, and named', () => {
    expect(new Fleet(CHAIN).run([{ load: 1, capacity: 0 }, ...good.slice(1)]).levels.a).toBe(256)
    const plan = new Fleet(CHAIN).run([{ load: 90, capacity: Number.NaN }, ...good.slice(1)])
    expect(plan.levels.a).toBe(0)
    expect(plan.alarms).toEqual(['capacity of a is not a number: never shed'])
  })

  test('clusters that the state knows and the fleet does not are forgotten', () => {
    const fleet = new Fleet(CHAIN)
    fleet.run(good)
    const plan = fleet.run(good.slice(0, 2))
    expect(Object.keys(plan.levels)).toEqual(['a', 'b'])
    expect(Object.keys(plan.state.clusters)).toEqual(['a', 'b'])
  })

  test('a state of another version is no state, and said so', () => {
    const plan = planLevels({
      clusters: good.map((report, c) => inputOf(report, c, START)),
      rows: CHAIN,
      ttlSeconds: 30,
      now: millis(START),
      state: { version: 2, clusters: {} },
    })
    expect(plan.alarms).toEqual(['memory of the load plan could not be read: demand is estimated afresh'])
    expect(plan.levels.a).toBeGreaterThan(0)
  })

  test('nothing that comes in throws, and every cluster gets a whole level of 0..256', () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -1, Number.NaN, 1e308))
    const cluster = fc.record({
      id: fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'),
      capacity: number,
      target: number,
      usable: fc.boolean(),
      drainPercent: number,
      load: fc.option(fc.record({ value: number, at: number.map(millis) }), { nil: undefined }),
    })
    const memory = fc.oneof(
      fc.anything(),
      fc.dictionary(fc.constantFrom('level', 'demand', 'report', 'hold', 'noise', 'relax', 'raisedAt'), fc.anything()),
    )
    const state = fc.oneof(
      fc.anything(),
      fc.record({
        version: fc.constant(1),
        at: number,
        clusters: fc.dictionary(fc.constantFrom('a', 'b', 'z', '__proto__'), memory),
        shape: fc.oneof(fc.anything(), fc.dictionary(fc.string(), number)),
        basis: fc.oneof(
          fc.anything(),
          fc.record({
            demand: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), number),
            shape: fc.dictionary(fc.string(), number),
          }),
        ),
        history: fc.oneof(
          fc.anything(),
          fc.array(
            fc.record({ at: number, levels: fc.anything(), closed: fc.dictionary(fc.constantFrom('a', 'b'), number) }),
          ),
        ),
      }),
    )
    const rows = fc.array(
      fc.tuple(fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: 4, maxLength: 4 }), number),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(
        fc.uniqueArray(cluster, { selector: c => c.id }),
        rows,
        number,
        number,
        state,
        (clusters, list, ttlSeconds, now, before) => {
          const plan = planLevels({
            clusters: clusters.map(({ load, ...rest }) => (load === undefined ? rest : { ...rest, load })),
            rows: {
              slots: Uint16Array.from(list.flatMap(([slots]) => slots.map(s => (s < 40_000 ? s % 6 : s)))),
              ranks: new Uint8Array(list.length * 4).map((_, i) => (i * 37) % 256),
              weight: Float64Array.from(list, ([, weight]) => weight),
            },
            ttlSeconds,
            now: millis(now),
            state: before,
          })
          for (const { id } of clusters) {
            const level = Object.getOwnPropertyDescriptor(plan.levels, id)?.value
            expect(Number.isInteger(level) && level >= 0 && level <= 256).toBe(true)
          }
          expect(JSON.parse(JSON.stringify(plan.state))).toEqual(plan.state)
        },
      ),
      { seed: 20261, numRuns: 1500 },
    )
  })
})
