import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Panel, readDashboard, readRoot } from '../fixture/grafana.ts'

const datasources = parse(readRoot('grafana/provisioning/datasources/prometheus.yml')) as {
  datasources: { uid: string; url: string; jsonData: { timeInterval: string } }[]
}
const drawn = readDashboard().panels.filter(({ type }) => type !== 'row')

describe('each panel', () => {
  test.each(drawn.map(panel => [panel.title, panel] as const))(
    '%s has a description, a unit, thresholds and a source',
    (_, panel) => {
      expect(panel.description ?? '').toMatch(/\w{3}.*[.:]/)
      expect(panel.fieldConfig?.defaults.unit).toBeTruthy()
      expect(panel.fieldConfig?.defaults.thresholds).toBeTruthy()
      expect(panel.datasource?.uid).toBe(datasources.datasources[0]!.uid)
      expect(panel.targets?.length).toBeGreaterThan(0)
    },
  )
})

test('panels have ids of their own and do not overlap', () => {
  const { panels } = readDashboard()
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const overlap = ({ gridPos: a }: Panel, { gridPos: b }: Panel) =>
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
  for (const [i, panel] of panels.entries()) {
    expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24)
    for (const other of panels.slice(i + 1))
      expect(overlap(panel, other), `${panel.title} / ${other.title}`).toBe(false)
  }
})

test('every panel obeys the node variable', () => {
  for (const { title, targets } of drawn)
    for (const { expr } of targets ?? []) expect(expr, title).toContain('node=~"$node"')
})

test('Grafana computes its rate window from the scrape interval that Prometheus has', () => {
  const prometheus = parse(readRoot('prometheus/prometheus.yml')) as { global: { scrape_interval: string } }
  expect(datasources.datasources[0]!.jsonData.timeInterval).toBe(prometheus.global.scrape_interval)
})

test('the provider reads the folder where the compose file mounts the dashboards', () => {
  const provider = parse(readRoot('grafana/provisioning/dashboards/kingcdn.yml')) as {
    providers: { options: { path: string } }[]
  }
  expect(readRoot('docker-compose.yml')).toContain(`./grafana/dashboards:${provider.providers[0]!.options.path}:ro`)
  expect(existsSync(new URL('../../grafana/dashboards/kingcdn.json', import.meta.url))).toBe(true)
})
