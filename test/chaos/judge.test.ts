import { describe, expect, it } from 'vitest'
import { judge } from './judge.ts'
import { REACTION_MS, undisturbed } from './reaction.ts'
import type { Attempt, ChaosRecord, Downtime, Outcome } from './record.ts'

const EDGES = ['a1', 'a2', 'b1']
const SILENCE: Outcome = { kind: 'silence' }
const gave = (...edges: string[]): Outcome => ({ kind: 'answer', edges })

function attempt(server: string, sentAt: number, outcome: Outcome): Attempt {
  return { server, sentAt, endedAt: sentAt + (outcome.kind === 'silence' ? 1000 : 1), outcome }
}
function down(name: string, role: Downtime['role'], from: number, to: number | null): Downtime {
  return { name, role, blow: 'kill', together: [role], from, to }
}
/** The first violation in a record of these queries. */
function violation(queries: readonly (readonly Attempt[])[], downtimes: readonly Downtime[] = []): string | null {
  return judge({ ...recordOf(queries), downtimes }).violation
}
function recordOf(queries: readonly (readonly Attempt[])[]): ChaosRecord {
  return { queries: queries.map(attempts => ({ block: '192.0.2', attempts })), knocks: [], downtimes: [], edges: EDGES }
}

describe('the judge', () => {
  it('has nothing to say of answers, nor of what was lost to a server that had just been struck', () => {
    const ns1 = down('ns1', 'nameserver', 900, 3000)
    expect(violation([[attempt('ns1', 0, gave('a1', 'a2'))]])).toBeNull()
    expect(violation([[attempt('ns1', 1000, SILENCE), attempt('ns2', 2000, gave('b1'))]], [ns1])).toBeNull()
  })

  it('names a query that nobody answered', () => {
    const struck = ['ns1', 'ns2', 'ns3'].map((name, i) => down(name, 'nameserver', 1000 * i, null))
    const tries = struck.map(({ name, from }) => attempt(name, from, SILENCE))
    expect(violation([tries], struck)).toBe('at 0.0 s nobody answered 192.0.2: ns1, ns2, ns3 were asked, a second each')
  })

  it('names a loss by a server that was not struck, or long ago', () => {
    const tries = [attempt('ns1', 5000, SILENCE), attempt('ns2', 6000, gave('a1'))]
    expect(violation([tries])).toBe('at 5.0 s ns1 did not answer, and nothing had been done to it')
    expect(violation([tries], [down('ns2', 'nameserver', 4900, 6000)])).toContain('ns1 did not answer')
    expect(violation([tries], [down('ns1', 'nameserver', 2000, 2500)])).toBe(
      'at 5.0 s ns1 did not answer, 3.0 s after it was struck (kill)',
    )
  })

  it('names what is no answer, the first of several', () => {
    const wrong: Outcome = { kind: 'wrong', what: 'an empty answer' }
    const queries = [[attempt('ns2', 9000, wrong)], [attempt('ns1', 5000, wrong)]]
    expect(judge(recordOf(queries))).toMatchObject({ violation: 'at 5.0 s ns1 said an empty answer', more: 1 })
    expect(judge({ ...recordOf([]), knocks: [attempt('ns3', 1000, wrong)] }).violation).toContain('ns3 said')
  })

  it('names an edge that was given out after all had the time to learn that it is down', () => {
    const a1 = down('a1', 'edge', 1000, 60_000)
    const at = (ms: number) => [[attempt('ns1', 1000 + ms, gave('a1', 'a2'))]]
    expect(violation(at(REACTION_MS - 1), [a1])).toBeNull()
    expect(violation(at(REACTION_MS + 1), [a1])).toMatch(/^at \d\.\d s ns1 gave out a1, down since 1\.0 s \(kill\)$/)
    expect(violation([[attempt('ns1', 60_001, gave('a1'))]], [a1])).toBeNull()
  })

  it('allows any edge while all are down', () => {
    const all = EDGES.map(name => down(name, 'edge', 0, null))
    expect(violation([[attempt('ns1', 50_000, gave('a1'))]], all)).toBeNull()
    expect(violation([[attempt('ns1', 50_000, gave('a1'))]], all.slice(0, 2))).not.toBeNull()
  })

  it('counts what put the rule to the test, and how late the last answer with a fallen edge was', () => {
    const record = recordOf([
      [attempt('ns1', 1500, gave('a1'))],
      [attempt('ns1', 2200, gave('a1'))],
      [attempt('ns2', 19_000, gave('b1'))],
    ])
    const { figures } = judge({ ...record, downtimes: [down('a1', 'edge', 1000, null)] })
    expect(figures).toEqual({ queries: 3, atOnce: 3, retried: 0, avoiding: 1, slowestReaction: 1201 })
  })
})

describe('undisturbed time', () => {
  const since = (at: number, ...downtimes: Downtime[]) => undisturbed(0, at, 'ns1', downtimes)

  it('is all of it where nothing happened, or nothing that matters', () => {
    expect(since(9000)).toBe(9000)
    expect(since(9000, down('probe1', 'prober', 0, 5000), down('b1', 'edge', 0, null))).toBe(9000)
  })

  it('leaves out the time without Redis, without a leader, without a monitor, and of its own absence', () => {
    expect(since(20_000, down('redis', 'redis', 5000, 8000))).toBe(20_000 - 3000 - 3000)
    expect(since(20_000, down('redis', 'redis', 5000, null))).toBe(5000)
    expect(since(20_000, down('ns2', 'nameserver', 5000, 6000))).toBe(20_000 - 8000)
    expect(since(30_000, down('ns1', 'nameserver', 5000, 15_000))).toBe(30_000 - 10_000 - 3000)
    expect(since(40_000, down('mon1', 'monitor', 5000, 25_000))).toBe(40_000 - 10_000 - REACTION_MS)
  })

  it('leaves out once what two of them take', () => {
    expect(since(20_000, down('ns2', 'nameserver', 5000, 6000), down('redis', 'redis', 6000, 7000))).toBe(12_000)
  })
})
