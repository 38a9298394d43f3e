import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dashboardExpressions, readDashboard, readRules, ruleExpressions } from '../fixture/grafana.ts'
import { discard, type Nameserver, startNameserver } from '../fixture/nameserver.ts'
import { type Prometheus, startPrometheus, withoutData } from '../fixture/prometheus.ts'
import { QueryStream } from '../fixture/query-stream.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

describe.skipIf(missing('dig', 'prometheus'))('a real Prometheus scrapes the running server', () => {
  let server: Nameserver
  let prometheus: Prometheus

  beforeAll(async () => {
    server = await startNameserver()
    prometheus = await startPrometheus({ targets: [`127.0.0.1:${server.httpPort}`] })
  }, 60_000)
  afterAll(async () => {
    await prometheus?.stop()
    await discard(server)
  })

  it('every expression of every panel and alert gives data', async () => {
    const { clusters } = await server.status()
    for (const { id, unit, capacity } of clusters)
      await server.post(`/v1/clusters/${id}/load`, { [unit]: Math.round(capacity / 2) })
    const row = {
      prefix: '168.126.63.0/24',
      cluster: 'nrt-ix',
      rtt_ms: 4,
      loss: 0,
      measured_at: Math.floor(Date.now() / 1000),
    }
    expect((await server.post('/v1/rtt', { measurements: [row] })).status).toBe(200)
    const stream = new QueryStream(server.dnsPort, 'a1105.kingcdn.com', 200)
    const expressions = [...dashboardExpressions(readDashboard()), ...ruleExpressions(readRules())]
    let wrong: readonly string[] = []
    await until(
      'every expression to have data',
      async () => {
        await stream.run(1_000)
        await server.dig('no-such-name.kingcdn.com', '+tcp')
        wrong = await withoutData(prometheus, expressions)
        return wrong.length === 0
      },
      45_000,
    ).catch(() => expect(wrong).toEqual([]))
    await stream.stop()
  }, 60_000)

  it('the figures are those of the server', async () => {
    const udp = async () =>
      (await prometheus.query('sum(kingcdn_queries_total{transport="udp"})')).reduce((sum, { value }) => sum + value, 0)
    const counted = async () =>
      (await server.status()).workers.reduce((sum, worker) => sum + (worker.counters?.scalars.queriesUdp ?? 0), 0)
    const before = await counted()
    for (let i = 0; i < 20; i++) await server.dig('a1105.kingcdn.com')
    expect(await counted()).toBe(before + 20)
    await until('20 more queries to be scraped', async () => (await udp()) === before + 20, 10_000, 250)
    const up = await prometheus.query('kingcdn_store_up')
    expect(up.map(({ value }) => value)).toEqual([1])
  })
})
