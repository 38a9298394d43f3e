import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/base/brand.ts'
import type { HealthRules } from '../../../src/model/health-checks.ts'
import { judge, type Standing, UNKNOWN } from '../../../src/probe/health/judge.ts'

const RULES: HealthRules = { fall: { failures: 3, of: 5 }, rise: 10 }

/** `.` is a good check, any other letter a failure; check i is at the moment i + 1. */
function outcome(checks: string, before: Standing = UNKNOWN, rules = RULES): Standing {
  return [...checks].reduce(
    (standing, letter, i) =>
      judge(standing, letter === '.' ? null : letter === 'r' ? 'refused' : 'timeout', rules, millis(i + 1)),
    before,
  )
}

describe('before the first verdict a server is unknown', () => {
  it.each(['', '.........', 't', 'tt', 'tt...', 't....t...', '.........t.........'])('%j', checks => {
    expect(outcome(checks)).toMatchObject({ verdict: 'unknown', since: 0, cause: null })
  })
})

describe('down after 3 failures of the last 5', () => {
  it.each([
    ['ttt', 3],
    ['t.t.t', 5],
    ['t..tt', 5],
    ['tt..t', 5],
    ['t...tt.t', 8],
    ['.........tt.t', 13],
  ])('%s', (checks, since) => {
    expect(outcome(checks)).toMatchObject({ verdict: 'down', since, cause: 'timeout' })
  })

  it.each(['tt...t', 't..t..t', 'tt....tt'])('not after %s', checks => {
    expect(outcome(checks).verdict).toBe('unknown')
  })

  it('the cause is that of the check that decided it, and stays until as many in a row fail in another way', () => {
    expect(outcome('ttr')).toMatchObject({ verdict: 'down', cause: 'refused' })
    expect(outcome('ttrtt')).toMatchObject({ verdict: 'down', cause: 'refused', since: 3 })
    expect(outcome('ttrttrtt.t')).toMatchObject({ verdict: 'down', cause: 'refused', since: 3 })
    expect(outcome('ttrttt')).toMatchObject({ verdict: 'down', cause: 'timeout', since: 3 })
  })
})

describe('up after 10 good in a row', () => {
  it('from unknown and from down', () => {
    expect(outcome('..........')).toMatchObject({ verdict: 'up', since: 10, cause: null })
    expect(outcome('ttt..........')).toMatchObject({ verdict: 'up', since: 13, cause: null })
  })

  it('one failure begins the count anew', () => {
    expect(outcome('ttt.........t.........')).toMatchObject({ verdict: 'down', since: 3 })
    expect(outcome('ttt.........t..........')).toMatchObject({ verdict: 'up', since: 23 })
  })

  it('failures before it count no more', () => {
    expect(outcome('ttt..........tt').verdict).toBe('up')
    expect(outcome('ttt..........ttt')).toMatchObject({ verdict: 'down', since: 16 })
  })

  it('stays up while at most 2 of the last 5 fail', () => {
    const up = outcome('..........')
    expect(outcome('t...t...tt...tt...'.repeat(20), up)).toMatchObject({ verdict: 'up', since: 10 })
  })
})

it('goes by the rules that it is given', () => {
  const quick: HealthRules = { fall: { failures: 1, of: 1 }, rise: 1 }
  expect(outcome('.', UNKNOWN, quick).verdict).toBe('up')
  expect(outcome('.t', UNKNOWN, quick).verdict).toBe('down')
  const slow: HealthRules = { fall: { failures: 30, of: 30 }, rise: 100 }
  expect(outcome('t'.repeat(29), UNKNOWN, slow).verdict).toBe('unknown')
  expect(outcome('t'.repeat(30), UNKNOWN, slow).verdict).toBe('down')
  expect(outcome(`${'t'.repeat(29)}.t`, UNKNOWN, slow).verdict).toBe('unknown')
})
