import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Http, startHttp } from '../../src/http/server.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { dashboardExpressions, readDashboards, readRoot, readRules, ruleExpressions } from '../fixture/grafana.ts'
import { recordingPassive, recordingPort } from '../fixture/http.ts'
import { type Prometheus, startPrometheus, withoutData } from '../fixture/prometheus.ts'
import { exampleStatus } from '../fixture/status.ts'
import { findTool, missing } from '../fixture/tools.ts'

const FOLDER = fileURLToPath(new URL('../../prometheus/', import.meta.url))
const CASES = ['rules.test.yml', 'week.test.yml']

describe.skipIf(missing('promtool'))('promtool', () => {
  const promtool = (...args: string[]) =>
    execFileSync(findTool('promtool')!, args, { cwd: FOLDER, encoding: 'utf8', stdio: 'pipe' })

  test('accepts prometheus.yml and rules.yml', () => {
    expect(promtool('check', 'config', 'prometheus.yml')).toContain('SUCCESS')
    expect(promtool('check', 'rules', 'rules.yml')).toContain(`${readRules().length} rules found`)
  })

  test('sees every alert fire on what it is for and on nothing else, and none on a quiet fleet', () => {
    expect(promtool('test', 'rules', ...CASES).match(/SUCCESS/g)).toHaveLength(CASES.length)
  })
})

describe('the cases of the alerts', () => {
  const cases = CASES.flatMap(file => (parse(readRoot(`prometheus/${file}`)) as { tests: Case[] }).tests)
  const quiet = cases[0]!

  test.each(readRules().map(rule => [rule.alert, rule] as const))(
    '%s has one that fires and one that does not',
    (alert, { labels }) => {
      const [own, ...more] = cases.filter(({ name }) => name.startsWith(`${alert}: `))
      expect(more).toEqual([])
      const [before, after, ...rest] = own!.promql_expr_test
      expect(rest).toEqual([])
      for (const { expr } of [before!, after!]) expect(expr).toBe(`ALERTS{alertname="${alert}",alertstate="firing"}`)
      expect(before!.exp_samples).toEqual([])
      // One thing goes wrong beside one that is right.
      expect(after!.exp_samples).toHaveLength(1)
      expect(after!.exp_samples[0]).toMatchObject({ value: 1 })
      expect(after!.exp_samples[0]!.labels).toContain(
        `alertname="${alert}",alertstate="firing",severity="${labels.severity}"`,
      )
      expect(own!.input_series.length).toBeGreaterThan(1)
    },
  )

  test('the quiet fleet shows what every alert looks at', () => {
    expect(quiet.promql_expr_test.map(({ expr, exp_samples }) => [expr, exp_samples])).toEqual([
      ['ALERTS', []],
      ['ALERTS', []],
    ])
    const shown = new Set(quiet.input_series.map(({ series }) => series.split('{')[0]!))
    const asked = new Set(
      readRules().flatMap(({ expr }) => expr.match(/\b(?:kingcdn_\w+|process_\w+|nodejs_\w+|up)\b/g) ?? []),
    )
    // It is absent while all is well.
    asked.delete('kingcdn_cluster_misplaced')
    expect([...asked].filter(name => !shown.has(name))).toEqual([])
  })
})

test('every alert says how bad it is, what is the matter and what to do', () => {
  for (const { alert, expr, labels, annotations } of readRules()) {
    expect(alert).toMatch(/^Kingcdn[A-Z]/)
    expect(['page', 'ticket'], alert).toContain(labels.severity)
    expect(Object.keys(annotations), alert).toEqual(['summary', 'description', 'runbook_url'])
    expect(annotations.runbook_url).toBe(`https://kingcdn.example/docs/runbook.md#${alert.toLowerCase()}`)
    // What is not either so or not so has a figure.
    if (!/[=!]= [01]$/.test(expr)) expect(`${annotations.summary}${annotations.description}`, alert).toContain('$value')
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

  test('finds no expression of a panel or alert that two of them make ambiguous', async () => {
    const expressions = [
      ...readDashboards().flatMap(([, dashboard]) => dashboardExpressions(dashboard)),
      ...ruleExpressions(readRules()),
    ]
    expect(expressions.length).toBeGreaterThan(200)
    for (const { where, expr } of expressions)
      await prometheus.query(expr).catch((error: Error) => expect.fail(`${where}: ${error.message}`))
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

interface Case {
  readonly name: string
  readonly input_series: readonly { readonly series: string }[]
  readonly promql_expr_test: readonly {
    readonly expr: string
    readonly exp_samples: readonly { readonly labels: string; readonly value: number }[]
  }[]
}

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
