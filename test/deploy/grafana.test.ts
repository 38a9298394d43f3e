import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { RUNBOOK } from '../../grafana/build/dashboard.ts'
import { DASHBOARDS, toText } from '../../grafana/build/dashboards.ts'
import { type Dashboard, type Panel, readDashboards, readRoot, readRules } from '../fixture/grafana.ts'
import {
  COLOURS,
  COLUMNS,
  FORMATS,
  MATCHERS,
  PANEL_OPTIONS,
  PROPERTIES,
  REDUCERS,
  SCHEMA_VERSION,
  TRANSFORMATIONS,
  UNITS,
  variablesIn,
} from '../fixture/grafana-schema.ts'
import { shownMetrics, unknownMetrics } from '../fixture/metric-names.ts'

const FILES = readDashboards()
const drawn = ({ panels }: Dashboard) => panels.filter(({ type }) => type !== 'row' && type !== 'text')
const everyPanel = FILES.flatMap(([file, dashboard]) =>
  drawn(dashboard).map(panel => [`${file}: ${panel.title}`, panel] as const),
)

test('the files are what grafana/build/ makes: npx tsx grafana/build/write.ts', () => {
  expect(FILES.map(([file]) => file)).toEqual(
    Object.keys(DASHBOARDS)
      .map(name => `${name}.json`)
      .sort(),
  )
  for (const [name, dashboard] of Object.entries(DASHBOARDS))
    expect(readRoot(`grafana/dashboards/${name}.json`) === toText(dashboard), name).toBe(true)
})

describe.each(FILES)('%s', (_, dashboard) => {
  test('is of the schema that Grafana 11 writes, and can be told from the others', () => {
    expect(dashboard.schemaVersion).toBe(SCHEMA_VERSION)
    expect(dashboard.uid).toMatch(/^[a-z0-9-]{1,40}$/)
    expect(dashboard.tags).toContain('kingcdn')
    for (const key of ['uid', 'title'] as const)
      expect(FILES.filter(([, other]) => other[key] === dashboard[key])).toHaveLength(1)
  })

  test('its panels have ids of their own and lie in 24 columns without an overlap', () => {
    const { panels } = dashboard
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const [i, { gridPos, title, id }] of panels.entries()) {
      expect(id).toBeGreaterThan(0)
      for (const size of Object.values(gridPos)) expect(Number.isInteger(size), title).toBe(true)
      expect(gridPos.w).toBeGreaterThan(2)
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(COLUMNS)
      for (const other of panels.slice(i + 1))
        expect(overlap(panels[i]!, other), `${title} / ${other.title}`).toBe(false)
    }
  })

  test('no row holds more than eight panels side by side, and every heading has panels', () => {
    for (const { gridPos } of drawn(dashboard))
      expect(drawn(dashboard).filter(other => other.gridPos.y === gridPos.y).length).toBeLessThanOrEqual(8)
    dashboard.panels.forEach(({ type }, i) => {
      if (type === 'row') expect(dashboard.panels[i + 1]?.type ?? 'row').not.toBe('row')
    })
  })

  test('every variable in use is defined, and every one that is defined is in use', () => {
    const { templating, ...rest } = dashboard
    const defined = templating.list.map(({ name }) => name)
    const own = (text: string) => [...variablesIn(text)].filter(name => !name.startsWith('__'))
    const used = own(JSON.stringify(rest))
    for (const name of [...used, ...own(JSON.stringify(templating))]) expect(defined).toContain(name)
    for (const name of defined) expect(used).toContain(name)
    expect(defined[0]).toBe('datasource')
  })

  test('its links lead to the other dashboards and the runbook', () => {
    const uids = FILES.map(([, { uid }]) => uid)
    for (const [, url] of JSON.stringify(dashboard).matchAll(/"(\/d\/[^"]*)"/g)) {
      expect(uids).toContain(/^\/d\/([a-z0-9-]+)\?/.exec(url!)?.[1])
      expect(url).toContain(`\${__url_time_range}&\${__all_variables}`)
    }
    expect(dashboard.links.map(({ type }) => type)).toEqual(['dashboards', 'link'])
    expect(dashboard.links[0]!.tags).toEqual(['kingcdn'])
    expect(dashboard.links[1]!.url).toBe(RUNBOOK)
  })
})

describe.each(everyPanel)('%s', (_, panel) => {
  const { type, options = {}, targets = [], fieldConfig } = panel

  test('says what it means, what is normal and what to do', () => {
    expect(panel.description).toMatch(/^\S.{15,}\n\n\*\*Normal:\*\* \S.*\.\n\n\*\*If not:\*\* \S.*[.?]$/s)
  })

  test('is a panel of Grafana with what its type needs', () => {
    expect(Object.keys(PANEL_OPTIONS)).toContain(type)
    expect(Object.keys(options)).toEqual(expect.arrayContaining([...PANEL_OPTIONS[type]!]))
    const { calcs = [] } = (options.reduceOptions ?? options.legend ?? {}) as { calcs?: readonly string[] }
    for (const calc of calcs) expect(REDUCERS).toContain(calc)
  })

  test('asks the chosen Prometheus, each query under a letter of its own', () => {
    expect(panel.datasource).toEqual({ type: 'prometheus', uid: `\${datasource}` })
    expect(targets.length).toBeGreaterThan(0)
    expect(targets.map(({ refId }) => refId)).toEqual([...'ABCDEFGHIJ'].slice(0, targets.length))
    for (const { datasource, format, expr } of targets) {
      expect(datasource).toEqual(panel.datasource)
      expect(format).toBe(FORMATS[type])
      expect(expr.trim()).not.toBe('')
    }
  })

  test('has a unit of Grafana, and thresholds that rise from a base', () => {
    const units = [fieldConfig?.defaults.unit, ...properties(panel, 'unit')]
    for (const unit of units) expect(UNITS).toContain(unit)
    const thresholds = [fieldConfig!.defaults.thresholds, ...properties(panel, 'thresholds')] as Thresholds[]
    for (const { mode, steps } of thresholds) {
      expect(mode).toBe('absolute')
      expect(steps[0]!.value).toBeNull()
      const rest = steps.slice(1).map(({ value }) => value!)
      expect(rest).toEqual([...rest].sort((a, b) => a - b))
      for (const { color } of steps) expect(COLOURS).toContain(color)
    }
  })

  test('overrides fields that there are, with properties that there are', () => {
    for (const { matcher, properties: set } of fieldConfig!.overrides) {
      expect(MATCHERS).toContain(matcher.id)
      for (const { id } of set) expect(PROPERTIES).toContain(id)
      const names = matcher.id === 'byName' ? renamed(panel) : targets.map(({ legendFormat }) => legendFormat)
      const fits = (name: string) =>
        matcher.id === 'byName' ? name === matcher.options : new RegExp(matcher.options).test(name)
      expect(names.filter(fits), matcher.options).toHaveLength(1)
    }
  })

  test('has columns of its own queries alone, where it is a table', () => {
    for (const { id } of panel.transformations ?? []) expect(TRANSFORMATIONS).toContain(id)
    if (type !== 'table') return
    const values = targets.map(({ refId }) => (targets.length === 1 ? 'Value' : `Value #${refId}`))
    const { include } = transformation(panel, 'filterFieldsByName') as { include: { names: readonly string[] } }
    expect(include.names).toEqual(expect.arrayContaining(values))
    const labels = include.names.filter(name => !values.includes(name))
    for (const label of labels)
      expect(
        targets.some(({ expr }) => new RegExp(`by \\([^)]*\\b${label}\\b`).test(expr)),
        label,
      ).toBe(true)
    const { renameByName } = transformation(panel, 'organize') as { renameByName: Record<string, string> }
    expect(Object.keys(renameByName).sort()).toEqual([...include.names].sort())
    for (const { displayName } of options.sortBy as { displayName: string }[])
      expect(Object.values(renameByName)).toContain(displayName)
  })
})

describe('metrics', () => {
  const expressions = [
    ...everyPanel.flatMap(([where, { targets = [] }]) => targets.map(({ expr }) => ({ where, expr }))),
    ...readRules().map(({ alert, expr }) => ({ where: alert, expr })),
  ]

  test('of every expression exist', () => {
    for (const { where, expr } of expressions) expect(unknownMetrics(expr), where).toEqual([])
  })

  test('that the nameserver and the prober have are all looked at somewhere', () => {
    const all = expressions.map(({ expr }) => expr).join('\n')
    expect(shownMetrics().filter(name => !new RegExp(`\\b${name}(_bucket)?\\b`).test(all))).toEqual(NOT_DRAWN)
  })
})

/** They fill the variables, say how large something is, or since when what is drawn has been so. */
const NOT_DRAWN = [
  'kingcdn_cluster_info',
  'kingcdn_cluster_capacity',
  'kingcdn_snapshot_ranges',
  'kingcdn_snapshot_rows',
  'kingcdn_snapshot_places',
  'kingcdn_store_state_seconds',
  'kingcdn_allocation_age_seconds',
]

describe('what Grafana is given beside the dashboards', () => {
  const { datasources } = parse(readRoot('grafana/provisioning/datasources/prometheus.yml')) as {
    datasources: { jsonData: { timeInterval: string } }[]
  }

  test('computes its rate window from the scrape interval that Prometheus has', () => {
    const prometheus = parse(readRoot('prometheus/prometheus.yml')) as { global: { scrape_interval: string } }
    expect(datasources[0]!.jsonData.timeInterval).toBe(prometheus.global.scrape_interval)
  })

  test('reads the folder where the compose file mounts the dashboards, and opens the overview', () => {
    const { providers } = parse(readRoot('grafana/provisioning/dashboards/kingcdn.yml')) as {
      providers: { options: { path: string } }[]
    }
    const { path } = providers[0]!.options
    const compose = readRoot('docker-compose.yml')
    expect(compose).toContain(`./grafana/dashboards:${path}:ro`)
    const [, home] = /GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: (\S+)/.exec(compose)!
    expect(home).toBe(`${path}/overview.json`)
  })
})

interface Thresholds {
  readonly mode: string
  readonly steps: readonly { readonly color: string; readonly value: number | null }[]
}

const overlap = ({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

const properties = (panel: Panel, id: string): unknown[] =>
  panel
    .fieldConfig!.overrides.flatMap(({ properties }) => properties.filter(each => each.id === id))
    .map(each => each.value)

const transformation = (panel: Panel, id: string) => panel.transformations?.find(each => each.id === id)?.options ?? {}

const renamed = (panel: Panel): string[] =>
  Object.values((transformation(panel, 'organize') as { renameByName?: Record<string, string> }).renameByName ?? {})
