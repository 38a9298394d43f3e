import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatPrefix } from '../../src/base/prefix.ts'
import { ProblemError } from '../../src/base/problem.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import type { ProbeStatus } from '../../src/model/probe-status.ts'
import { type ProbeRun, runProbe } from '../../src/probe/run.ts'
import { ownerOf } from '../../src/probe/share.ts'
import { Responder } from '../fixture/responder.ts'
import { until } from '../fixture/until.ts'

let folder: string
let stopped: Promise<number> | null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kingcdn-probe-'))
  stopped = null
})
afterEach(async () => {
  await end()
  rmSync(folder, { recursive: true, force: true })
})

/** What SIGTERM does. */
async function end(): Promise<number | null> {
  if (stopped === null) return null
  process.emit('SIGTERM')
  return stopped
}

/** A prober over a state that is held here. */
async function begin(more: Partial<ProbeRun['settings']> = {}, run: Partial<ProbeRun> = {}, first = {}) {
  const responder = await Responder.listen(2)
  const seen = {
    reachable: true,
    clockLeadMs: 0,
    members: ['p1'],
    events: [] as string[],
    rows: [] as Measurement[],
    logged: [] as string[],
    status: null as (() => ProbeStatus) | null,
    resolvers: [{ address: '127.0.0.1', qps: 3 }],
    ...first,
  }
  const reach = (): void => {
    if (!seen.reachable) throw new Error('the store is away')
  }
  const program: ProbeRun = {
    ...{ cluster: 'icn-kt', prober: 'p1', version: '0', clusters: [], targets: null },
    settings: {
      ...{ interval: 100, tailInterval: 100, silentInterval: 10_000, budget: 1000, timeout: 300, methods: ['dns'] },
      ...{ port: responder.port, optOut: [], optOutFile: null, specialPurpose: true },
      ...more,
    },
    state: {
      label: 'here',
      async putMeasurements(rows) {
        reach()
        seen.events.push('put')
        seen.rows.push(...rows)
      },
      async resolvers() {
        reach()
        return seen.resolvers
      },
      demand: async () => [],
      async join() {
        reach()
        seen.events.push('join')
        return { members: seen.members, now: Date.now() - seen.clockLeadMs }
      },
      async leave() {
        seen.events.push('leave')
      },
    },
    openPing: () => {
      throw new Error('ICMP is not for tests')
    },
    show: async status => {
      seen.status = status
      return { close: async () => void seen.events.push('closed') }
    },
    log: (_, message) => void seen.logged.push(message),
    ...run,
  }
  stopped = runProbe(program)
  stopped.catch(() => undefined)
  return { seen, responder }
}

describe('a prober', () => {
  it('measures the resolvers that the state names, and writes what it finds', async () => {
    const { seen } = await begin()
    const row = await until('a row', () => seen.rows[0] ?? null)
    expect([formatPrefix(row.prefix), row.cluster, row.source]).toEqual(['127.0.0.0/24', 'icn-kt', 'probe'])
    expect(seen.status?.()).toMatchObject({ phase: 'probing', members: ['p1'], targets: { resolver: 1 }, answering: 1 })
  })

  it('at SIGTERM asks no more, writes what it has, and leaves last', async () => {
    const { seen } = await begin()
    await until('an answer that is not written yet', () => (seen.status?.().rows.waiting ?? 0) > 0, 10_000, 1)
    expect(await end()).toBe(0)
    expect(seen.events.slice(-3)).toEqual(['put', 'closed', 'leave'])
    expect(seen.status?.()).toMatchObject({ rows: { waiting: 0 }, phase: 'cut-off' })
  })

  it('asks nothing while the state is away, and begins when it is back', async () => {
    const { seen, responder } = await begin({}, {}, { reachable: false })
    await until('it to say so', () => seen.logged.some(line => line.includes('other probers cannot be heard of')))
    expect(seen.status?.()).toMatchObject({ phase: 'cut-off', packets: 0 })
    seen.reachable = true
    await until('a probe', () => responder.seen > 0)
  })

  it('asks nothing while another may still be at its share', async () => {
    const other = ['a', 'b', 'c', 'd', 'e'].find(name => ownerOf('127.0.0.0/24', [name, 'p1']) === 'p1')!
    const { seen } = await begin({}, {}, { members: [other, 'p1'] })
    await until('its second word', () => seen.events.filter(event => event === 'join').length === 2)
    expect(seen.status?.()).toMatchObject({ phase: 'waiting', targets: { resolver: 1 }, packets: 0 })
  })

  it.each([
    [120_000, 119_000, "120 s ahead of the store's"],
    [-7_200_000, -7_201_000, "7200 s behind the store's"],
  ])(
    'whose clock is %s ms ahead writes nothing, counts what it refuses, and says so once',
    async (lead, later, says) => {
      const { seen } = await begin({}, {}, { clockLeadMs: lead })
      const refused = (least: number) => () => (seen.status?.().rows.refused ?? 0) >= least
      await until('a refusal', refused(1))
      seen.clockLeadMs = later
      await until('its next word', () => Math.abs((seen.status?.().clockLeadMs ?? 0) - later) < 500)
      await until('another refusal', refused((seen.status?.().rows.refused ?? 0) + 1))
      expect(seen.rows).toEqual([])
      const said = seen.logged.filter(line => line.startsWith('this clock'))
      expect(said).toEqual([`this clock is ${says}: nothing is written until it is right`])
    },
  )

  it('whose clock is a minute behind writes', async () => {
    const { seen } = await begin({}, {}, { clockLeadMs: -60_000 })
    await until('a row', () => seen.rows.length > 0)
  })

  it('names what it leaves out: ICMP where it is not allowed, special-purpose addresses', async () => {
    const { seen } = await begin({ methods: ['dns', 'icmp'], specialPurpose: false })
    await until('both', () => seen.logged.filter(line => /^icmp is left out: ICMP|RFC 6890/.test(line)).length === 2)
    expect(seen.status?.()).toMatchObject({
      targets: { resolver: 0 },
      leftOut: { 'special-purpose': 1 },
      methods: [
        { name: 'dns', fault: null },
        { name: 'icmp', fault: 'ICMP is not for tests' },
      ],
    })
  })

  it('without any method that can be used says so and ends', async () => {
    const { seen } = await begin({ methods: ['icmp'] })
    expect(await stopped).toBe(1)
    expect(seen.logged).toEqual([
      'icmp is left out: ICMP is not for tests',
      'nothing can be measured: none of `probe.methods` can be used here',
    ])
    stopped = null
  })

  it('with a bad file says what is wrong with it, and begins nothing', async () => {
    const [targets, optOutFile] = [join(folder, 't'), join(folder, 'o')]
    writeFileSync(targets, 'nowhere\n')
    writeFileSync(optOutFile, '1.2.3.4\nnobody\n')
    const { seen } = await begin({ optOutFile }, { targets })
    const error = await stopped!.then(
      () => null,
      (reason: unknown) => reason,
    )
    stopped = null
    expect(error).toBeInstanceOf(ProblemError)
    expect((error as ProblemError).problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
      `${optOutFile}:2`,
      `${targets}:1`,
    ])
    expect(seen.events).toEqual([])
  })
})
