import { afterEach, describe, expect, it } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import type { Method } from '../../src/probe/method.ts'
import type { Wanted } from '../../src/probe/path-set.ts'
import { Prober, type ProberSettings } from '../../src/probe/prober.ts'
import { until } from '../fixture/until.ts'

const INTERVAL_MS = 600_000
const running: Prober[] = []
afterEach(() => Promise.all(running.splice(0).map(prober => prober.stop())))

const target = (port: number, prefix = '198.51.100.0/24', tail = false): Wanted => ({
  tail,
  address: '127.0.0.1',
  port,
  prefix: parsePrefix(prefix)!,
})

/** A method that answers the n-th probe with the n-th of `answers`, and with the last ever after. */
function scripted(...answers: readonly (number | null)[]): Method & { asked: number } {
  const method = {
    ...{ name: 'dns' as const, packets: 1, asked: 0 },
    ask: async () => answers[Math.min(method.asked++, answers.length - 1)]!,
  }
  return method
}

/** A prober under a clock of its own, with the rows it wrote and what it logged. */
function begin(targets: readonly Wanted[], methods: readonly Method[], more: Partial<ProberSettings> = {}) {
  let now = 1_000_000
  const rows: Measurement[] = []
  const logged: string[] = []
  const prober = new Prober({
    cluster: 'icn-kt',
    intervalMs: INTERVAL_MS,
    tailIntervalMs: 4 * INTERVAL_MS,
    silentIntervalMs: 3_600_000,
    budget: 1000,
    timeoutMs: 300,
    methods,
    mayProbe: () => true,
    refusal: () => null,
    lag: { mark: () => 0 },
    now: () => now,
    wall: () => 1_764_000_000_000 + now,
    random: () => 0.5,
    write: async batch => void rows.push(...batch),
    log: (level, message) => logged.push(`${level} ${message}`),
    ...more,
  })
  prober.retarget(targets)
  prober.start()
  running.push(prober)
  const pass = (ms: number) => {
    now += ms
  }
  /** Lets time pass and waits until `asked` says that each target was tried again. */
  const round = async (asked: () => number, ms = INTERVAL_MS) => {
    const before = asked()
    pass(ms)
    await until('a round', () => asked() >= before + targets.length)
  }
  /** Ends the prober: what it wrote last. */
  const last = async () => {
    await prober.stop()
    return rows.at(-1)
  }
  return { prober, rows, pass, round, last, logged }
}

/** Lets several ticks of the prober go by. */
async function ticks(): Promise<void> {
  const since = performance.now()
  await until('several ticks to pass', () => performance.now() - since > 60)
}

describe('the method of a target', () => {
  it('once one answered, its silence is loss: no other is tried', async () => {
    const dns = scripted(10, null, 10, null)
    const tcp = scripted(500)
    const { round, last } = begin([target(53)], [dns, tcp])
    for (let i = 0; i < 4; i++) await round(() => dns.asked, 1000 + (i && INTERVAL_MS))
    const row = await last()
    expect(tcp.asked).toBe(0)
    expect(row).toMatchObject({ rttMs: 10, samples: 2 })
    expect(row?.loss).toBeGreaterThan(0.4)
  })

  it('the next is tried until one answers, and then that one alone', async () => {
    const dns = scripted(null)
    const tcp = scripted(null, 20, null)
    const { round, last } = begin([target(53)], [dns, tcp])
    for (let i = 0; i < 4; i++) await round(() => tcp.asked)
    const row = await last()
    expect(dns.asked).toBe(2)
    expect(row).toMatchObject({ rttMs: 20, samples: 1 })
    expect(row?.loss).toBeGreaterThan(0.5)
  })
})

describe('the pace', () => {
  it('a target that never answered is tried ever more seldom', async () => {
    const silent = scripted(null)
    const { pass, round } = begin([target(53)], [silent])
    for (let i = 0; i < 6; i++) await round(() => silent.asked, 3_600_000)
    const before = silent.asked
    pass(3_000_000)
    await ticks()
    expect(silent.asked).toBe(before)
  })

  it('one that stopped answering keeps its interval', async () => {
    const method = scripted(10, null)
    const { round, last } = begin([target(53)], [method])
    for (let i = 0; i < 8; i++) await round(() => method.asked)
    expect((await last())?.loss).toBeGreaterThan(0.9)
  })

  it('warns once when a round takes longer than the interval', () => {
    const many = Array.from({ length: 250 }, (_, i) => target(53, `10.0.${i}.0/24`))
    const settings = { budget: 10, intervalMs: 5_000 }
    expect(begin(many, [scripted(null)], settings).logged).toEqual([
      'warn 250 targets on time take 50 packets/s, and the budget is 10: the lightest are measured less often; raise the budget or the intervals',
    ])
    expect(begin(many.slice(0, 50), [scripted(null)], settings).logged).toEqual([])
  })
})

describe('head and tail', () => {
  it('a target of the tail is measured seldom', async () => {
    const asked = new Map([
      [1, 0],
      [2, 0],
    ])
    const count: Method = {
      ...{ name: 'dns', packets: 1 },
      ask: async ({ port }) => {
        asked.set(port, asked.get(port)! + 1)
        return 10
      },
    }
    const { pass } = begin([target(1), target(2, '192.0.2.0/24', true)], [count])
    for (let i = 1; i <= 8; i++) {
      pass(INTERVAL_MS)
      await until('a round of the head', () => asked.get(1)! >= i)
    }
    expect(asked.get(2)).toBeLessThanOrEqual(3)
    expect(asked.get(2)).toBeGreaterThanOrEqual(1)
  })

  it('goes short first when the budget is small', async () => {
    const order: number[] = []
    const note: Method = {
      ...{ name: 'dns', packets: 1 },
      ask: async ({ port }) => {
        order.push(port)
        return 10
      },
    }
    const tail = Array.from({ length: 5 }, (_, i) => target(100 + i, `10.1.${i}.0/24`, true))
    const head = Array.from({ length: 5 }, (_, i) => target(1 + i, `10.0.${i}.0/24`))
    const { pass } = begin([...tail, ...head], [note], { budget: 10 })
    for (let i = 0; i < 10; i++) {
      pass(100)
      await until('one more', () => order.length > i)
    }
    expect(order.slice(0, 5)).toEqual([1, 2, 3, 4, 5])
  })
})

describe('new targets', () => {
  it('what is known of a target stays while it is wanted; one that is not is left alone', async () => {
    const method = scripted(10)
    const { prober, round, pass } = begin([target(1), target(2, '192.0.2.0/24')], [method])
    await round(() => method.asked)
    prober.retarget([target(1)])
    const before = method.asked
    pass(INTERVAL_MS * 1.2)
    await until('the one that is left', () => method.asked === before + 1)
    await ticks()
    expect(method.asked).toBe(before + 1)
    expect(prober.report()).toMatchObject({ targets: 1, answering: 1 })
  })

  it('nothing is asked while nothing may be', async () => {
    const method = scripted(10)
    let may = false
    const { pass } = begin([target(1)], [method], { mayProbe: () => may })
    pass(INTERVAL_MS)
    await ticks()
    expect(method.asked).toBe(0)
    may = true
    await until('the first probe', () => method.asked === 1)
  })
})

describe('an answer that this process heard late', () => {
  it('is thrown away: neither an answer nor a loss; it is asked for again soon, once', async () => {
    const method = scripted(10)
    let lagMs = 5
    const lag = { mark: () => lagMs }
    const { prober, rows, pass } = begin([target(1)], [method], { lag })
    pass(1000)
    await until('the first', () => prober.report().probes.dns.discarded === 1)
    pass(INTERVAL_MS / 5)
    await until('the second', () => prober.report().probes.dns.discarded === 2)
    pass(INTERVAL_MS / 5)
    await ticks()
    expect(method.asked).toBe(2)
    lagMs = 0.5
    pass(INTERVAL_MS)
    await until('a good one', () => prober.report().answering === 1)
    await prober.stop()
    expect(rows).toMatchObject([{ rttMs: 10, loss: 0, samples: 1 }])
  })

  it('is believed all the same where it came sooner than that', async () => {
    const { prober, pass } = begin([target(1)], [scripted(0.6)], { lag: { mark: () => 5 } })
    pass(1000)
    await until('it', () => prober.report().probes.dns.answered === 1)
  })

  it('so is a silence', async () => {
    const { prober, pass } = begin([target(1)], [scripted(null)], { lag: { mark: () => 3000 } })
    pass(1000)
    await until('it', () => prober.report().probes.dns.discarded === 1)
    expect(prober.report()).toMatchObject({ silent: 0, probes: { dns: { lost: 0 } } })
  })
})

describe('rows', () => {
  it('carry the time of the wall, not that of the schedule', async () => {
    const method = scripted(10)
    const { round, last } = begin([target(1)], [method])
    await round(() => method.asked)
    expect((await last())?.measuredAt).toBeGreaterThan(1_764_000_000_000)
  })

  it('are refused and counted while the clock is wrong, and that is said once', async () => {
    const method = scripted(10)
    const written: number[] = []
    const { prober, round, logged } = begin([target(1)], [method], {
      refusal: () => 'this clock is wrong',
      write: async rows => void written.push(rows.length),
    })
    for (let i = 1; i <= 2; i++) {
      await round(() => method.asked)
      await until('a row to be refused', () => prober.report().rows.refused === i)
    }
    await prober.stop()
    expect(written).toEqual([])
    expect(logged).toEqual(['warn this clock is wrong'])
  })
})

describe('several resolvers of one block', () => {
  it('write one row, always that of the nearest that answers', async () => {
    const answers = new Map<number, number | null>([
      [1, 40],
      [2, 10],
    ])
    let asked = 0
    const method: Method = {
      ...{ name: 'dns', packets: 1 },
      ask: async ({ port }) => {
        asked++
        return answers.get(port)!
      },
    }
    const written: number[] = []
    const batches: number[] = []
    const { round } = begin([target(1), target(2)], [method], {
      write: async rows => {
        batches.push(rows.length)
        written.push(...rows.map(row => Math.round(row.rttMs)))
      },
    })
    const settled = async (rttMs: number) => {
      for (let i = 0; i < 4; i++) await round(() => asked)
      written.length = 0
      await round(() => asked)
      await until('a write', () => written.length > 0)
      expect(written).toEqual([rttMs])
    }
    await settled(10)
    answers.set(2, null)
    await settled(40)
    answers.set(2, 10)
    await settled(10)
    expect(new Set(batches)).toEqual(new Set([1]))
  })
})
