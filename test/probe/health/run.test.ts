import { expect, it } from 'vitest'
import { describe as lineOf } from '../../../src/probe/health/run.ts'

it('tells in one line how a monitor fares', () => {
  const fine = { targets: 4000, up: 3990, down: 4, checks: 120_000, unjudged: 0, reports: 90, failedReports: 0 }
  expect(lineOf(fine)).toBe('3990 of 4000 addresses up, 4 down, 6 unknown; 120000 checks; 90 reports')
  expect(lineOf({ ...fine, unjudged: 7, failedReports: 2 })).toBe(
    '3990 of 4000 addresses up, 4 down, 6 unknown; 120000 checks, 7 said nothing; 90 reports, 2 not kept',
  )
  expect(lineOf(null)).toBe('no figures yet')
})
