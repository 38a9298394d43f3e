import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createProbeMetrics, PROBE } from '../../src/metrics/probe.ts'
import { parseExposition } from '../fixture/exposition.ts'
import { exampleProbeStatus } from '../fixture/probe-status.ts'

const PAGE = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
const ROWS = [...PAGE.matchAll(/^\| `(kingcdn_probe_[a-z_]+)` \| (counter|gauge) \| (.*?) \| (.*) \|$/gm)]

test('docs/metrics.md lists exactly the metrics of a prober, with their type, labels and meaning', () => {
  const written = ROWS.map(([, name, kind, labels, help]) => ({
    ...{ name, kind, help },
    labels: [...labels!.matchAll(/`([a-z_]+)`/g)].map(match => match[1]),
  }))
  expect(written).toEqual(PROBE.map(({ name, kind, help, labels }) => ({ name, kind, help, labels })))
})

test('the exposition shows what the status says, with the labels of the prober', async () => {
  const { body } = await createProbeMetrics(() => exampleProbeStatus()).scrape()
  const own = '{cluster="icn-kt",prober="edge7-4711"}'
  expect(body).toContain(`\nkingcdn_probe_packets_total${own} 130000\n`)
  expect(body).toContain(`\nkingcdn_probe_budget_used_ratio${own} 0.18\n`)
  expect(body).toContain(`\nkingcdn_probe_clock_lead_seconds${own} -0.012\n`)
  expect(body).toMatch(/\nkingcdn_probe_probes_total\{method="tcp",outcome="discarded",[^}]*\} 3\n/)
  expect(body).toMatch(/\nkingcdn_probe_method_usable\{method="icmp",[^}]*\} 0\n/)
  expect(body).toMatch(/\nkingcdn_probe_phase\{phase="probing",[^}]*\} 1\n/)
  expect(body).toMatch(/\nkingcdn_probe_left_out_targets\{why="elsewhere",[^}]*\} 2600\n/)
  expect([...parseExposition(body).types.keys()].filter(name => name.startsWith('kingcdn_'))).toEqual(
    PROBE.map(({ name }) => name),
  )
})

test('what is not known is absent', async () => {
  const { body } = await createProbeMetrics(() => exampleProbeStatus({ clockLeadMs: null })).scrape()
  expect(body).not.toMatch(/^kingcdn_probe_clock_lead_seconds[ {]/m)
})
