import type { Verdict } from './judge.ts'
import type { Downtime } from './record.ts'

/** What happened and what came of it, for people. */
export function summaryOf(seed: number, ms: number, downtimes: readonly Downtime[], { figures }: Verdict): string {
  const roles = [...new Set(downtimes.map(({ role }) => role))].sort()
  const blows = [...new Set(downtimes.map(({ blow }) => blow))].sort()
  const times = (role: string, blow: string) =>
    downtimes.filter(each => each.role === role && each.blow === blow).length
  const rows = roles.map(role => [role, ...blows.map(blow => String(times(role, blow) || '-'))])
  const table = [['struck', ...blows], ...rows].map(row =>
    row
      .map((cell, i) => cell.padEnd(i === 0 ? 12 : 9))
      .join('')
      .trimEnd(),
  )
  return [
    `chaos: CHAOS_SEED=${seed}, ${(ms / 1000).toFixed(0)} s`,
    ...table,
    `at one moment: ${pairsOf(downtimes)}`,
    `${figures.queries} queries: ${figures.atOnce} answered at once, ${figures.retried} by another server`,
    `${figures.avoiding} answers while an edge was known to be down; the last answer with one that was down came ${figures.slowestReaction.toFixed(0)} ms after it fell`,
  ].join('\n')
}

/** `edge+redis 2, monitor+nameserver 1`. */
function pairsOf(downtimes: readonly Downtime[]): string {
  const counts = new Map<string, number>()
  for (const { together } of downtimes) {
    const isOneRole = together.every(role => role === together[0])
    // Each of those struck together has an entry; of edges alone there are whole clusters.
    if (together.length < 2 || (isOneRole && together[0] === 'edge')) continue
    const roles = together.join('+')
    counts.set(roles, (counts.get(roles) ?? 0) + 1 / together.length)
  }
  return [...counts].map(([roles, count]) => `${roles} ${Math.round(count)}`).join(', ') || 'nothing'
}
