import { describe, expect, test } from 'vitest'
import type { Definition } from '../../src/metrics/definition.ts'
import { definitions } from '../../src/metrics/metrics.ts'
import { PROBE } from '../../src/metrics/probe.ts'

/*
 * How metrics are named (Prometheus, "Metric and label naming"): base units, the unit last. The rule in full, for all metrics of our own:
 *
 *   counter, and only it          _total, after the unit where it counts in one (_bytes_total)
 *   duration, age, Unix time      _seconds
 *   size in memory or on the wire _bytes
 *   share of something            _ratio, 0..1 (labels may be percent, values are not)
 *   yes or no, one of states      0 or 1; the help begins with what 1 means; states are labels
 *   facts as labels               _info, always 1
 *   number of a version           _generation, _epoch, _sequence, _serial
 *   number of things              ends in the plural of the thing, or what they do after it (servers_warming)
 *   amount whose unit differs     a label `unit`
 */
const UNIT = /_(seconds|bytes|ratio)$/
const VERSION = /_(generation|epoch|sequence|serial)$/
const THINGS = /s(_(warming|held))?$/

const all: readonly Pick<Definition, 'name' | 'kind' | 'labels' | 'help'>[] = [...definitions(), ...PROBE]
const each = all.map(metric => [metric.name, metric] as const)

function isNamed({ name, labels, help }: (typeof all)[number]): boolean {
  if (name.endsWith('_info')) return help.startsWith('Always 1')
  return (
    UNIT.test(name) ||
    /^1 (for|while|when) /.test(help) ||
    VERSION.test(name) ||
    THINGS.test(name) ||
    labels.includes('unit')
  )
}

describe('the name of a metric', () => {
  test.each(each)('%s: words of small letters, a sentence that says what it is', (name, { help }) => {
    expect(name).toMatch(/^kingcdn(_[a-z0-9]+)+$/)
    expect(help).toMatch(/^[A-Z0-9].*[^ ]\.$/)
    expect(name).not.toMatch(/_(ms|milliseconds|us|minutes|hours|kb|mb|bits|percent|share|count|sum|bucket)(_|$)/)
  })

  test.each(each)(
    '%s: _total when it counts, and only then; else its unit, or what it is the number of',
    (name, metric) => {
      expect(name.endsWith('_total')).toBe(metric.kind === 'counter')
      if (metric.kind === 'gauge') expect(isNamed(metric), metric.help).toBe(true)
      if (metric.kind === 'histogram') expect(name).toMatch(UNIT)
    },
  )

  test.each(each)('%s: what its help calls a time or a share has that unit', (name, { kind, help }) => {
    if (kind === 'counter') return
    if (/^(Unix time|Time|Age|How (old|long))\b/.test(help)) expect(name).toMatch(/_seconds$/)
    if (/^(Share|Part)\b|\bas a share of capacity\b/.test(help)) expect(name).toMatch(/_ratio$/)
    if (/^(Size|Memory)\b/.test(help)) expect(name).toMatch(/_bytes$/)
  })

  test('no two are the same, nor would be one with what a histogram adds to its name', () => {
    const names = all.flatMap(({ name, kind }) =>
      kind === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    )
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('labels', () => {
  test.each(each)('%s: small letters, none twice, none that the exposition adds by itself', (_, { labels }) => {
    for (const label of labels) expect(label).toMatch(/^[a-z_]+$/)
    expect(new Set(labels).size).toBe(labels.length)
    expect(labels.filter(label => ['le', 'quantile', 'node', 'job', 'instance'].includes(label))).toEqual([])
  })
})
