import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BusyCdn } from '../fixture/busy-cdn.ts'
import {
  dashboardExpressions,
  type Expression,
  readDashboards,
  readRules,
  ruleExpressions,
  variableExpressions,
} from '../fixture/grafana.ts'
import { type Prometheus, startPrometheus } from '../fixture/prometheus.ts'
import { promqlOf } from '../fixture/runbook.ts'
import { missing } from '../fixture/tools.ts'
import { until } from '../fixture/until.ts'

const RULES = fileURLToPath(new URL('../../prometheus/rules.yml', import.meta.url))

describe.skipIf(missing('dig', 'prometheus'))('a real Prometheus scrapes the running server and a prober', () => {
  let cdn: BusyCdn
  let prometheus: Prometheus

  beforeAll(async () => {
    cdn = await BusyCdn.start()
  }, 60_000)
  afterAll(async () => {
    await prometheus?.stop()
    await cdn?.stop()
  })

  /** What is wrong with it now: an error, no data, or a label of the legend that no series has; null when all is well. */
  async function fault({ where, expr, legend }: Expression): Promise<string | null> {
    const found = await prometheus.query(expr).catch((error: Error) => error)
    if (found instanceof Error) return `${where}: ${found.message}: ${expr}`
    if (found.length === 0) return `${where}: no data: ${expr}`
    const labels = new Set(found.flatMap(({ labels }) => Object.keys(labels)))
    const lacks = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(match => match[1]!).filter(label => !labels.has(label))
    return lacks.length === 0 ? null : `${where}: no label ${lacks}: ${expr}`
  }

  it('every expression of every panel, variable and alert gives data, and the rules are evaluated without an error', async () => {
    const prober = await cdn.prober()
    prometheus = await startPrometheus({
      targets: [`127.0.0.1:${cdn.server.httpPort}`],
      jobs: { 'kingcdn-probe': [new URL(prober.url).host] },
      rules: RULES,
    })
    await cdn.live()
    const dashboards = readDashboards().map(([, dashboard]) => dashboard)
    let open: readonly Expression[] = [
      ...dashboards.flatMap(dashboardExpressions),
      ...dashboards.flatMap(variableExpressions),
      ...ruleExpressions(readRules()),
    ]
    expect(open.length).toBeGreaterThan(200)
    let wrong: readonly string[] = []
    await until(
      'every expression to have data',
      async () => {
        await cdn.second()
        const faults = await Promise.all(open.map(fault))
        open = open.filter((_, i) => faults[i] !== null)
        wrong = faults.filter(each => each !== null)
        return wrong.length === 0
      },
      150_000,
    ).catch(() => expect(wrong).toEqual([]))
    for (const expr of promqlOf())
      await prometheus.query(expr).catch((error: Error) => expect.fail(`${expr}: ${error.message}`))
    const answer = (await (await fetch(`${prometheus.url}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string; health: string; alerts: { annotations: object }[] }[] }[] }
    }
    const rules = answer.data.groups.flatMap(group => group.rules)
    expect(rules).toHaveLength(readRules().length)
    expect(rules.filter(({ health }) => health === 'err')).toEqual([])
    const shown = rules.flatMap(({ alerts }) => alerts.map(({ annotations }) => JSON.stringify(annotations)))
    expect(shown.length).toBeGreaterThan(0)
    for (const text of shown) expect(text).not.toContain('error expanding')
  }, 240_000)

  it('the figures are those of the server', async () => {
    const { server } = cdn
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
