import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import { formatClusters } from '../../../src/cli/status.ts'
import { Allocator } from '../../../src/plan/allocate/allocate.ts'
import { planLevels } from '../../../src/plan/levels/plan-levels.ts'
import { exampleCluster } from '../../fixture/status.ts'
import { Fleet, inputOf, rowsOf, START } from '../levels/world.ts'

const PLAIN = { green: (s: string) => s, yellow: (s: string) => s, red: (s: string) => s } as Parameters<
  typeof formatClusters
>[1]

/** Blocks of icn-kt, nrt-ix and iad-core: clusters `a`, `b` and `c`, whose capacity is 100. */
const ROWS = rowsOf([
  [[0, 1, 2], 90],
  [[1, 2, 0], 40],
  [[2, 1, 0], 30],
])

test('docs/load.md shows what status shows', () => {
  const reports = [{ load: 90 }, { load: 40 }, { load: 30 }]
  const before = new Fleet(ROWS).run(reports)
  const input = {
    clusters: reports.map((report, c) => inputOf(report, c, START)),
    ttlSeconds: 30,
    now: millis(START + 10_000),
    state: before.state,
  }
  const { allocation } = new Allocator({ rows: ROWS, regrets: null, survey: 1 }).plan(input)
  const after = planLevels({ ...input, rows: ROWS, floors: allocation.floors })
  const shown = ['icn-kt', 'nrt-ix', 'iad-core'].map((id, c) => {
    const key = String.fromCharCode(97 + c)
    return exampleCluster(id, {
      tier: (['embedded', 'exchange', 'core'] as const)[c]!,
      country: ['KR', 'JP', 'US'][c]!,
      load: [0.72, 0.58, 0.3][c]!,
      planned: allocation.planned[key]!,
      floor: allocation.floors[key] ?? 0,
      level: after.levels[key]!,
      answers: [700_000, 560_000, 290_000][c]!,
    })
  })
  const page = readFileSync(join(import.meta.dirname, '../../../docs/load.md'), 'utf8')
  expect(/```\n(cluster .*?)```/s.exec(page)?.[1]).toBe(formatClusters(shown, PLAIN))
})
