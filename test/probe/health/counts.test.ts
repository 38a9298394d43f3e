import { expect, it } from 'vitest'
import { HEALTH_CAUSES } from '../../../src/model/health.ts'
import type { HealthChecks } from '../../../src/model/health-checks.ts'
import { CheckTallies } from '../../../src/probe/health/counts.ts'
import type { Target } from '../../../src/probe/health/targets.ts'

const target = (cluster: string, server: string, family: 4 | 6 = 4): Target => ({
  ...{ cluster, server, at: { text: family === 4 ? '192.0.2.1' : '2001:db8::1', family } },
  checks: {} as HealthChecks,
})
const passed = (latencyMs: number) => ({ kind: 'pass', latencyMs }) as const
const failed = (cause: (typeof HEALTH_CAUSES)[number]) => ({ kind: 'fail', cause }) as const
const failures = (counts: Readonly<Record<string, number>>) => HEALTH_CAUSES.map(cause => counts[cause] ?? 0)

it('adds up what was found of the servers of a cluster, each family by itself', () => {
  const tallies = new CheckTallies()
  for (const result of [passed(8), failed('refused'), failed('status')]) tallies.of(target('a', 'a1')).count(result)
  for (const result of [passed(12), failed('status'), { kind: 'unjudged', why: 'no route' } as const])
    tallies.of(target('a', 'a2')).count(result)
  tallies.of(target('a', 'a2', 6)).count(failed('timeout'))
  tallies.of(target('b', 'b1')).count(passed(100))
  const none = [0, 0, 0, 0, 0, 0, 0, 0]
  expect(tallies.read()).toEqual([
    {
      cluster: 'a',
      family: 4,
      ok: 2,
      failures: failures({ refused: 1, status: 2 }),
      unjudged: 1,
      times: [0, 0, 2, 0, 0, 0, 0, 0],
      seconds: 0.02,
    },
    { cluster: 'a', family: 6, ok: 0, failures: failures({ timeout: 1 }), unjudged: 0, times: none, seconds: 0 },
    {
      cluster: 'b',
      family: 4,
      ok: 1,
      failures: failures({}),
      unjudged: 0,
      times: [0, 0, 0, 1, 0, 0, 0, 0],
      seconds: 0.1,
    },
  ])
})

it('puts each time at or below the end of its bucket, what is longer than all into the last', () => {
  const tallies = new CheckTallies()
  for (const ms of [0.2, 1, 1.1, 5, 25, 26, 500, 2000, 10_000, 10_001]) tallies.of(target('a', 'a1')).count(passed(ms))
  expect(tallies.read()[0]!.times).toEqual([2, 2, 1, 1, 1, 1, 1, 1])
})

it('counts on when servers leave, and forgets clusters without any', () => {
  const tallies = new CheckTallies()
  tallies.of(target('a', 'a1')).count(passed(1))
  tallies.of(target('a', 'a2')).count(passed(1))
  tallies.of(target('b', 'b1')).count(passed(1))
  tallies.keep([target('a', 'a2')])
  expect(tallies.read().map(({ cluster, ok }) => [cluster, ok])).toEqual([['a', 2]])
})
