import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Http, startHttp } from '../../src/http/server.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { dashboardExpressions, readDashboard, readRoot, readRules, ruleExpressions } from '../fixture/grafana.ts'
import { recordingPassive, recordingPort } from '../fixture/http.ts'
import { type Prometheus, startPrometheus, withoutData } from '../fixture/prometheus.ts'
import { exampleStatus } from '../fixture/status.ts'
import { findTool, missing } from '../fixture/tools.ts'

const FOLDER = fileURLToPath(new URL('../../prometheus/', import.meta.url))

describe.skipIf(missing('promtool'))('promtool', () => {
  const promtool = (...args: string[]) =>
    execFileSync(findTool('promtool')!, args, { cwd: FOLDER, encoding: 'utf8', stdio: 'pipe' })

  test('accepts prometheus.yml and rules.yml', () => {
    expect(promtool('check', 'config', 'prometheus.yml')).toContain('SUCCESS')
    expect(promtool('check', 'rules', 'rules.yml')).toContain(`${readRules().length} rules found`)
  })

  test('sees every alert fire on what it is for, and none on a healthy fleet', () => {
    expect(promtool('test', 'rules', 'rules.test.yml')).toContain('SUCCESS')
    const fired = [...readRoot('prometheus/rules.test.yml').matchAll(/alertname="(\w+)"/g)].map(match => match[1]!)
    expect(fired).toEqual(
      readRules()
        .map(({ alert }) => alert)
        .sort(),
    )
  })
})

test('every alert says how bad it is, what is the matter and what to do', () => {
  for (const { alert, labels, annotations } of readRules()) {
    expect(alert).toMatch(/^Kingcdn[A-Z]/)
    expect(['page', 'ticket'], alert).toContain(labels.severity)
    expect(Object.keys(annotations), alert).toEqual(['summary', 'action'])
  }
})

describe.skipIf(missing('prometheus'))('a real Prometheus that scrapes two nameservers', () => {
  const nodes: Http[] = []
  let prometheus: Prometheus

  beforeAll(async () => {
    nodes.push(await startNode('ns1', 0), await startNode('ns2', 500))
    prometheus = await startPrometheus({
      targets: nodes.map(({ address }) => `127.0.0.1:${address.port}`),
      rules: `${FOLDER}rules.yml`,
    })
    // Two scrapes of each node: rate() needs them.
    await prometheus.waitFor('count(rate(kingcdn_queries_total{transport="udp"}[10s])) == 2', 40_000)
  })
  afterAll(async () => {
    await prometheus?.stop()
    await Promise.all(nodes.map(node => node.close()))
  })

  test('finds both up', async () => {
    expect((await prometheus.query('up')).map(({ value }) => value)).toEqual([1, 1])
  })

  test('has data for every expression of the dashboard', async () => {
    const expressions = dashboardExpressions(readDashboard())
    expect(expressions.length).toBeGreaterThan(60)
    expect(await withoutData(prometheus, expressions)).toEqual([])
  })

  test('has every label that a legend of the dashboard names', async () => {
    for (const { where, expr, legend } of dashboardExpressions(readDashboard())) {
      const named = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(match => match[1]!)
      const [first] = await prometheus.query(expr)
      for (const label of named) expect(Object.keys(first?.labels ?? {}), where).toContain(label)
    }
  })

  test('has data for the variables and the annotation of the dashboard', async () => {
    const { templating, annotations } = readDashboard()
    expect(templating.list.map(({ name }) => name)).toEqual(['node', 'cluster'])
    for (const { definition } of templating.list) {
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(definition)!
      const [first] = await prometheus.query(selector!.replace('$node', '.*'))
      expect(Object.keys(first!.labels)).toContain(label)
    }
    for (const { expr } of annotations.list) await prometheus.query(expr.replaceAll('$node', '.*'))
  })

  test('has data for every alert, and evaluates the rules file without an error', async () => {
    expect(await withoutData(prometheus, ruleExpressions(readRules()))).toEqual([])
    const answer = (await (await fetch(`${prometheus.url}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] }
    }
    const rules = answer.data.groups.flatMap(group => group.rules)
    expect(rules.map(({ name }) => name).sort()).toEqual(
      readRules()
        .map(({ alert }) => alert)
        .sort(),
    )
    expect(rules.filter(({ health }) => health === 'err')).toEqual([])
  })

  test('counts what moves', async () => {
    const [rate] = await prometheus.query('sum(rate(kingcdn_queries_total[10s]))')
    expect(rate?.value).toBeGreaterThan(0)
  })

  test('says so when an expression is wrong or has no data', async () => {
    const wrong = await withoutData(prometheus, [
      { where: 'a', expr: 'no_such_metric' },
      { where: 'b', expr: 'sum(' },
    ])
    expect(wrong).toHaveLength(2)
    expect(wrong[1]).toContain('parse error')
  })
})

/** A nameserver whose counters move by a thousand queries a second. */
async function startNode(node: string, from: number): Promise<Http> {
  const started = Date.now()
  const status = () => {
    const now = Date.now()
    return exampleStatus(from + now - started, {
      node,
      now,
      leader: { ...exampleStatus().leader, self: node === 'ns1' },
    })
  }
  const { port } = recordingPort({ status })
  const metrics = createMetrics(status)
  const { passive } = recordingPassive()
  return startHttp({ listen: { address: '127.0.0.1', port: 0 }, port, metrics, passive, log: () => {} })
}
