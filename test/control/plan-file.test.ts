import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/base/brand.ts'
import { PlanFile } from '../../src/control/plan-file.ts'
import type { FleetPlan } from '../../src/model/fleet-plan.ts'
import { NO_SURVEY } from '../../src/model/survey.ts'
import { until } from '../fixture/until.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const plan = (seq: number): FleetPlan => ({
  token: 3,
  seq,
  by: 'ns1',
  at: millis(1_700_000_000_000),
  asOf: millis(1_700_000_000_000),
  evidence: '1-2',
  survey: NO_SURVEY,
  allocation: null,
  held: [],
  gated: false,
  clusters: { icn: { health: 'up', drainPercent: 100, level: 9, stale: false } },
  cookies: null,
  levelState: null,
  alarms: [],
})

describe('the plan kept for the next start', () => {
  it('is the newest one, whole', async () => {
    const file = join(folder, 'plan.json')
    const keeper = new PlanFile(file, error => expect.fail(String(error)))
    for (let seq = 1; seq <= 20; seq++) keeper.keep(plan(seq))
    await until('the newest plan on disk', () => new PlanFile(file, () => undefined).read()?.seq === 20)
    expect(new PlanFile(file, () => undefined).read()).toEqual(plan(20))
  })

  it('torn, foreign or absent files are no plan', () => {
    const file = join(folder, 'plan.json')
    const read = () => new PlanFile(file, () => undefined).read()
    expect(read()).toBeNull()
    for (const text of ['', '{"token":3,', '[]', '{"token":"x"}', 'null']) {
      writeFileSync(file, text)
      expect(read()).toBeNull()
    }
    expect(readFileSync(file, 'utf8')).toBe('null')
  })
})
