import { expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { joinRows } from '../../src/cli/rtt-join.ts'
import type { Measurement } from '../../src/model/measurement.ts'
import { row } from '../fixture/store.ts'

const NOW = millis(Date.now())
const at = (minutes: number) => ({ measuredAt: millis(NOW - minutes * 60_000) })
const probed = { source: 'probe', rttVarMs: 0, loss: 0.1 } as const
const seen = { source: 'passive', rttVarMs: 8, samples: 64, loss: 0 } as const
const join = (...rows: Measurement[]) => joinRows(rows, NOW)

it('what probers measured and edges saw of one path is one row of the file, as it counts on the map', () => {
  const rows = join(
    row('192.0.2.0/24', 'a', 40, { ...probed, ...at(10) }),
    row('192.0.2.0/24', 'a', 10, { ...seen, ...at(0) }),
  )
  expect(rows).toEqual([{ prefix: '192.0.2.0/24', cluster: 'a', rttMs: 30, loss: 0.1, measuredAt: NOW }])
})

it('rows of other clusters and prefixes stay by themselves, and what is too old weighs nothing', () => {
  const rows = join(
    row('192.0.2.0/24', 'a', 40, { ...probed, ...at(0) }),
    row('192.0.2.0/24', 'b', 10, { ...seen, ...at(0) }),
    row('192.0.3.0/24', 'b', 40, { ...probed, ...at(25 * 60) }),
    row('192.0.3.0/24', 'b', 12, { ...seen, ...at(0) }),
  )
  expect(rows.map(({ prefix, cluster, rttMs }) => `${prefix} ${cluster} ${rttMs}`)).toEqual([
    '192.0.2.0/24 a 40',
    '192.0.2.0/24 b 10',
    '192.0.3.0/24 b 12',
  ])
})
