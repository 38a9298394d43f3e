import { afterEach, describe, expect, it } from 'vitest'
import { parsePrefix } from '../../src/base/prefix.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import type { Method } from '../../src/probe/block.ts'
import { Prober, type ProberSettings } from '../../src/probe/prober.ts'
import type { Target } from '../../src/probe/targets.ts'
import { until } from '../fixture/until.ts'

const INTERVAL_MS = 600_000
const running: Prober[] = []
afterEach(() => Promise.all(running.splice(0).map(prober => prober.stop())))

const target = (port: number, prefix = '198.51.100.0/24'): Target => ({
  address: '127.0.0.1',
  port,
  prefix: parsePrefix(prefix)!,
})

/** A method that answers the n-th probe with the n-th of `answers`, and with the last ever after. */
function scripted(...answers: readonly (number | null)[]): Method & { asked: number } {
  const method = async () => answers[Math.min(method.asked++, answers.length - 1)]!
  method.asked = 0
  return method
}

/** A prober under a clock of its own, with the rows it wrote and what it logged. */
function begin(targets: readonly Target[], methods: readonly Method[], more: Partial<ProberSettings> = {}) {
  let now = 1_000_000
  const rows: Measurement[] = []
  const logged: string[] = []
  const prober = new Prober(targets, {
    cluster: 'icn-kt',
    intervalMs: INTERVAL_MS,
    silentIntervalMs: 3_600_000,
    budget: 1000,
    timeoutMs: 300,
    methods,
    now: () => now,
    random: () => 0.5,
    write: async batch => void rows.push(...batch),
    log: (level, message) => logged.push(`${level} ${message}`),
    ...more,
  })
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
  return { pass, round, last, logged }
}

/** Lets several ticks of the prober go by. */
async function ticks(): Promise<void> {
  const since = performance.now()
  await until('several ticks to pass', () => performance.now() - since > 200)
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
      'warn 250 targets at 10 packets/s take 25 s a round, longer than the interval of 5 s; raise the budget or the interval',
    ])
    expect(begin(many.slice(0, 50), [scripted(null)], settings).logged).toEqual([])
  })
})

describe('several resolvers of one block', () => {
  it('write one row, always that of the nearest that answers', async () => {
    const answers = new Map<number, number | null>([
      [1, 40],
      [2, 10],
    ])
    let asked = 0
    const method: Method = async ({ port }) => {
      asked++
      return answers.get(port)!
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
