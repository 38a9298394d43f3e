import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { answerPairs, plannedShares } from '../../src/metrics/bounded.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { ZONE_LIMIT } from '../../src/metrics/state.ts'
import { ANSWER_TIME_BOUNDS } from '../../src/model/counters.ts'
import type { Status } from '../../src/model/status.ts'
import { parseExposition, seriesValue } from '../fixture/exposition.ts'
import { exampleCluster, exampleCounters, exampleStatus, exampleWorker, NOON } from '../fixture/status.ts'
import { findTool, missing } from '../fixture/tools.ts'

const scrapeOf = async (status: Status) => (await createMetrics(() => status).scrape()).body

/** Metrics over a status that the test changes between scrapes. */
function moving(first: Status) {
  const held = { status: first }
  const metrics = createMetrics(() => held.status)
  return {
    async show(status: Status) {
      held.status = status
      return (await metrics.scrape()).body
    },
  }
}

describe('counters', () => {
  test('are the sum over the workers', async () => {
    const body = await scrapeOf(exampleStatus(0, { workers: [exampleWorker('a', 1000), exampleWorker('b', 500)] }))
    expect(seriesValue(body, 'kingcdn_queries_total', { transport: 'udp' })).toBe(980 + 490)
    expect(seriesValue(body, 'kingcdn_queries_by_type_total', { type: 'AAAA' })).toBe(450)
    expect(seriesValue(body, 'kingcdn_responses_total', { rcode: 'NXDOMAIN' })).toBe(45)
    expect(seriesValue(body, 'kingcdn_received_bytes_total')).toBe(90_000)
  })

  test('do not move when the same status is scraped again', async () => {
    const metrics = createMetrics(() => exampleStatus(1000))
    const first = parseExposition((await metrics.scrape()).body)
    const second = parseExposition((await metrics.scrape()).body)
    const counters = (text: typeof first) =>
      text.series.filter(({ name }) => name.startsWith('kingcdn_') && text.types.get(name) === 'counter')
    expect(counters(second)).toEqual(counters(first))
  })

  test('go on when a worker restarts at zero, and hold while it reports nothing', async () => {
    const scene = moving(exampleStatus(0))
    const udp = async (...workers: Status['workers']) =>
      seriesValue(await scene.show(exampleStatus(0, { workers })), 'kingcdn_queries_total', { transport: 'udp' })
    expect(await udp(exampleWorker('a', 1000), exampleWorker('b', 1000))).toBe(1960)
    expect(await udp(exampleWorker('a', 1000, { counters: null }), exampleWorker('b', 1000))).toBe(1960)
    expect(await udp(exampleWorker('a', 100), exampleWorker('b', 2000))).toBe(1960 + 98 + 980)
    expect(await udp(exampleWorker('b', 2000))).toBe(1960 + 98 + 980)
  })

  test('show 0 from the start for what rate() must see the first of', async () => {
    const body = await scrapeOf(exampleStatus(0))
    expect(seriesValue(body, 'kingcdn_decisions_total', { reason: 'when-all-down' })).toBe(0)
    expect(seriesValue(body, 'kingcdn_responses_total', { rcode: 'SERVFAIL' })).toBe(0)
    expect(seriesValue(body, 'kingcdn_responses_total', { rcode: 'YXDOMAIN' })).toBeUndefined()
    expect(seriesValue(body, 'kingcdn_internal_errors_total')).toBe(0)
  })
})

test('a histogram of the times of health checks, by cluster and family', async () => {
  const { body } = await createMetrics(() => exampleStatus()).scrape()
  const shown = body
    .split('\n')
    .filter(line => line.startsWith('kingcdn_health_check_seconds') && line.includes('family="4"'))
  expect(shown.map(line => /^([a-z_]+)\{.*?(?:le="([^"]+)".*)?\} (\S+)$/.exec(line)!.slice(1))).toEqual([
    ['kingcdn_health_check_seconds_bucket', '0.001', '0'],
    ['kingcdn_health_check_seconds_bucket', '0.005', '20000'],
    ['kingcdn_health_check_seconds_bucket', '0.025', '80000'],
    ['kingcdn_health_check_seconds_bucket', '0.1', '89000'],
    ['kingcdn_health_check_seconds_bucket', '0.5', '89000'],
    ['kingcdn_health_check_seconds_bucket', '2', '89000'],
    ['kingcdn_health_check_seconds_bucket', '10', '90000'],
    ['kingcdn_health_check_seconds_bucket', '+Inf', '90000'],
    ['kingcdn_health_check_seconds_sum', undefined, '1500'],
    ['kingcdn_health_check_seconds_count', undefined, '90000'],
  ])
})

describe('the histogram of answer times', () => {
  const worker = (name: string, role: 'query' | 'tcp', buckets: readonly number[], sum: number) => {
    const all = [...buckets, ...new Array<number>(ANSWER_TIME_BOUNDS.length + 1 - buckets.length).fill(0)]
    return exampleWorker(name, 0, { role, counters: { ...exampleCounters(0), answerTimes: { buckets: all, sum } } })
  }
  const name = 'kingcdn_answer_seconds'

  test('buckets count what is at or below their end, summed over the workers of a role', async () => {
    const workers = [
      worker('a', 'query', [1, 4], 5e-6),
      worker('b', 'query', [2], 1e-6),
      worker('c', 'tcp', [0, 0, 7], 2e-5),
    ]
    const body = await scrapeOf(exampleStatus(0, { workers }))
    const bucket = (role: string, le: string) => seriesValue(body, `${name}_bucket`, { role, le })
    expect(['0.000001', '0.000002', '0.000005', '0.01', '+Inf'].map(le => bucket('query', le))).toEqual([3, 7, 7, 7, 7])
    expect(['0.000002', '0.000005', '+Inf'].map(le => bucket('tcp', le))).toEqual([0, 7, 7])
    expect(seriesValue(body, `${name}_count`, { role: 'query' })).toBe(7)
    expect(seriesValue(body, `${name}_sum`, { role: 'query' })).toBeCloseTo(6e-6, 12)
    expect(parseExposition(body).types.get(name)).toBe('histogram')
  })

  test('goes on when a worker restarts at zero', async () => {
    const scene = moving(exampleStatus(0))
    const count = async (...workers: Status['workers']) =>
      seriesValue(await scene.show(exampleStatus(0, { workers })), `${name}_count`, { role: 'query' })
    expect(await count(worker('a', 'query', [10], 1e-5))).toBe(10)
    expect(await count(worker('a', 'query', [10], 1e-5))).toBe(10)
    expect(await count(worker('a', 'query', [3], 3e-6))).toBe(13)
  })
})

describe('answers by ECS scope', () => {
  test('show what was sent, by family, in bits', async () => {
    const scopes = exampleCounters(0).scopes.map(counts => counts.map(() => 0))
    scopes[1]![24] = 5
    scopes[2]![56] = 7
    const counters = { ...exampleCounters(0), scopes }
    const workers = [exampleWorker('a', 0, { counters }), exampleWorker('b', 0, { counters })]
    const shown = parseExposition(await scrapeOf(exampleStatus(0, { workers }))).series
    expect(
      shown
        .filter(series => series.name === 'kingcdn_ecs_scopes_total')
        .map(({ labels, value }) => [labels.family, labels.scope, value]),
    ).toEqual([
      ['ipv4', '24', 10],
      ['ipv6', '56', 14],
    ])
  })
})

describe('queries by zone', () => {
  test('5,000 zones make 1,000 series and lose no query', async () => {
    const zones = Array.from({ length: 5000 }, (_, i) => ({ zone: `z${i}.example.`, count: i + 1 }))
    const answers = { ...exampleStatus(0).answers, zones, zonesOther: 3 }
    const shown = parseExposition(await scrapeOf(exampleStatus(0, { answers }))).series.filter(
      ({ name }) => name === 'kingcdn_zone_queries_total',
    )
    expect(shown).toHaveLength(1001)
    expect(shown.reduce((sum, { value }) => sum + value, 0)).toBe((5000 * 5001) / 2 + 3)
    expect(shown.find(({ labels }) => labels.zone === 'z4999.example.')?.value).toBe(5000)
  })
})

describe('the planned share', () => {
  const planned = (...shares: [string, string, number][]) =>
    exampleStatus(0, { planned: shares.map(([service, cluster, share]) => ({ service, cluster, share })) })
  const shown = (definition: ReturnType<typeof plannedShares>, status: Status) =>
    Object.fromEntries(
      [...definition.read(status)].map(({ labels, value }) => [`${labels.service} ${labels.cluster}`, value]),
    )

  test('of a pair that is sent nothing any more is 0, until its service is no more', () => {
    const definition = plannedShares()
    const [both, one] = [planned(['downloads', 'a', 0.4], ['downloads', 'b', 0.6]), planned(['downloads', 'b', 1])]
    expect(shown(definition, both)).toEqual({ 'downloads a': 0.4, 'downloads b': 0.6 })
    expect(shown(definition, one)).toEqual({ 'downloads a': 0, 'downloads b': 1 })
    expect(shown(definition, { ...one, services: [] })).toEqual({})
  })

  test('is absent while nobody knows, and no pair is counted as other', () => {
    expect(shown(plannedShares(), planned())).toEqual({})
    expect(shown(plannedShares(1), planned(['downloads', 'a', 0.4], ['downloads', 'b', 0.6]))).toEqual({
      'downloads a': 0.4,
    })
  })
})

describe('answers by service and cluster', () => {
  const pairs = (...counts: [string, number][]) =>
    exampleStatus(0, {
      answers: {
        pairs: counts.map(([cluster, count]) => ({ service: 's', cluster, count })),
        other: 0,
        targets: [],
        targetsOther: 0,
        zones: [],
        zonesOther: 0,
      },
    })
  const sums = (definition: ReturnType<typeof answerPairs>, status: Status) => {
    const sum: Record<string, number> = {}
    for (const { labels, value } of definition.read(status)) {
      sum[labels.cluster!] = (sum[labels.cluster!] ?? 0) + value
    }
    return sum
  }

  test('the largest pairs get a series, the rest is other', () => {
    expect(sums(answerPairs(2), pairs(['a', 1], ['b', 9], ['c', 5]))).toEqual({ b: 9, c: 5, other: 1 })
  })

  test('a pair keeps its series though another has outgrown it', () => {
    const definition = answerPairs(1)
    sums(definition, pairs(['a', 5]))
    expect(sums(definition, pairs(['a', 6], ['b', 100]))).toEqual({ a: 6, other: 100 })
  })

  test('5,000 pairs make 1,000 series and lose no answer', async () => {
    const many = Array.from({ length: 5000 }, (_, i): [string, number] => [`c${i}`, i + 1])
    const { series } = parseExposition(await scrapeOf(pairs(...many)))
    const shown = series.filter(({ name }) => name === 'kingcdn_routed_answers_total')
    expect(shown).toHaveLength(1001)
    expect(shown.reduce((sum, { value }) => sum + value, 0)).toBe((5000 * 5001) / 2)
  })
})

describe('gauges', () => {
  test('what is not known is absent, not 0', async () => {
    const nothing = exampleStatus(0, {
      phase: 'starting',
      snapshot: { ...exampleStatus().snapshot, generation: 0, builtAt: 0, from: 'none' },
      leader: { self: false, holder: null, planSeq: 0, planAt: null },
      rtt: { rows: 0, prefixes: 0, newestAgeMs: null, oldestAgeMs: null, unknownCluster: 0 },
    })
    const body = await scrapeOf(nothing)
    for (const name of ['snapshot_age', 'plan_age', 'rtt_newest_age', 'rtt_oldest_age'])
      expect(seriesValue(body, `kingcdn_${name}_seconds`)).toBeUndefined()
    expect(seriesValue(body, 'kingcdn_cluster_load_ratio', { cluster: 'gru-isp' })).toBeUndefined()
    expect(seriesValue(body, 'kingcdn_phase', { phase: 'starting' })).toBe(1)
  })

  test('vanish when their cluster leaves the configuration, and come back unknown', async () => {
    const scene = moving(exampleStatus())
    await scene.show(exampleStatus())
    const after = await scene.show(exampleStatus(0, { clusters: [exampleCluster('new', { load: null })] }))
    const clusters = parseExposition(after).series.filter(({ name }) => name === 'kingcdn_cluster_state')
    expect(new Set(clusters.map(({ labels }) => labels.cluster))).toEqual(new Set(['new']))
  })

  test('the health of a checked cluster is told by family', async () => {
    const body = await scrapeOf(exampleStatus())
    const state = (cluster: string, family: string, state: string) =>
      seriesValue(body, 'kingcdn_cluster_family_state', { cluster, family, state })
    expect(['up', 'degraded', 'down', 'unknown'].map(each => state('gru-isp', '4', each))).toEqual([0, 0, 1, 0])
    expect(['up', 'degraded', 'down', 'unknown'].map(each => state('gru-isp', '6', each))).toEqual([0, 0, 0, 1])
    expect(state('iad-core', '4', 'degraded')).toBe(1)
    expect(state('icn-kt', '4', 'up')).toBeUndefined()
  })

  test('the lag of the store, absent while nobody knows', async () => {
    expect(seriesValue(await scrapeOf(exampleStatus()), 'kingcdn_store_lag_seconds')).toBe(0.012)
    const store = { ...exampleStatus().store, lagMs: null }
    expect(seriesValue(await scrapeOf(exampleStatus(0, { store })), 'kingcdn_store_lag_seconds')).toBeUndefined()
  })

  test('what the store left out is counted', async () => {
    expect(await scrapeOf(exampleStatus())).toMatch(/^kingcdn_store_skipped_total(\{[^}]*\})? 2$/m)
  })

  test('units are seconds, bytes and ratios', async () => {
    const body = await scrapeOf(exampleStatus())
    expect(seriesValue(body, 'kingcdn_snapshot_build_seconds')).toBe(2.3)
    expect(seriesValue(body, 'kingcdn_snapshot_age_seconds')).toBe(65)
    expect(seriesValue(body, 'kingcdn_cluster_shed_ratio', { cluster: 'icn-kt' })).toBe(96 / 256)
    expect(seriesValue(body, 'kingcdn_cluster_floor_ratio', { cluster: 'icn-kt' })).toBe(80 / 256)
    expect(seriesValue(body, 'kingcdn_cluster_planned_ratio', { cluster: 'icn-kt' })).toBe(0.75)
    expect(seriesValue(body, 'kingcdn_cluster_drain_ratio', { cluster: 'fra-ix' })).toBe(0.45)
    expect(seriesValue(body, 'kingcdn_cluster_drain_target_ratio', { cluster: 'fra-ix' })).toBe(0.5)
    expect(seriesValue(body, 'kingcdn_start_time_seconds')).toBe((NOON - 3_600_000) / 1000)
  })

  test('the fleet leaves out who is silent, and counts who differs', async () => {
    const body = await scrapeOf(exampleStatus())
    expect(seriesValue(body, 'kingcdn_fleet_nodes')).toBe(2)
    expect(seriesValue(body, 'kingcdn_fleet_silent_nodes')).toBe(1)
    expect(seriesValue(body, 'kingcdn_fleet_mismatched_nodes', { what: 'config' })).toBe(1)
    expect(seriesValue(body, 'kingcdn_fleet_mismatched_nodes', { what: 'geo' })).toBe(0)
  })

  test('of 5,000 zones 1,000 are shown one by one, the broken ones among them', async () => {
    const zones = Array.from({ length: 5000 }, (_, i) => ({
      origin: `z${i}.example.`,
      file: `z${i}.zone`,
      serial: 1,
      records: 3,
      error: i === 4999 ? 'no SOA' : null,
    }))
    const body = await scrapeOf(exampleStatus(0, { zones }))
    const shown = parseExposition(body).series.filter(({ name }) => name === 'kingcdn_zone_loaded')
    expect(shown).toHaveLength(ZONE_LIMIT)
    expect(seriesValue(body, 'kingcdn_zone_loaded', { zone: 'z4999.example.' })).toBe(0)
    expect(seriesValue(body, 'kingcdn_zones', { state: 'broken' })).toBe(1)
  })

  test('a zone whose name needs escaping does not break the text', async () => {
    const zones = [{ origin: 'a\\"b\\\\.example.', file: 'x', serial: 1, records: 1, error: null }]
    const body = await scrapeOf(exampleStatus(0, { zones }))
    expect(seriesValue(body, 'kingcdn_zone_loaded', { zone: 'a\\"b\\\\.example.' })).toBe(1)
  })
})

test('every series carries the node', async () => {
  const { series } = parseExposition(await scrapeOf(exampleStatus(10, { node: 'ns9' })))
  expect(series.length).toBeGreaterThan(100)
  expect(series.filter(({ labels }) => labels.node !== 'ns9')).toEqual([])
})

test('time that runs backwards gives no negative age', async () => {
  const past = exampleStatus(0, { leader: { self: false, holder: null, planSeq: 1, planAt: millis(NOON + 5000) } })
  expect(seriesValue(await scrapeOf(past), 'kingcdn_plan_age_seconds')).toBe(0)
})

test.skipIf(missing('promtool'))('promtool check metrics finds nothing to say', async () => {
  const output = execFileSync(findTool('promtool')!, ['check', 'metrics'], {
    input: await scrapeOf(exampleStatus()),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  expect(output).toBe('')
})
