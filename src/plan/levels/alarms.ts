import type { Run } from './run.ts'
import { REPORT_AGE_MS, STALE_CAPACITY } from './tuning.ts'

/** Sentences for people about what the plan had to assume or could not do. */
export function alarmsOf(run: Run, stuck: readonly number[], stateLost: boolean): string[] {
  const alarms: string[] = []
  const idsWhere = (test: (c: number) => boolean): string[] => run.ids.filter((_, c) => test(c))
  const relaxed = idsWhere(c => run.memories[c]!.relax > 0)
  if (relaxed.length > 0) {
    const highest = Math.max(...run.memories.map((memory, c) => (memory.relax > 0 ? run.aims[c]! + memory.relax : 0)))
    alarms.push(
      `no room in reach of ${list(relaxed)}: their targets are raised together, up to ${highest.toFixed(2)} of capacity`,
    )
  }
  if (stuck.length > 0)
    alarms.push(`load of ${list(stuck.map(c => run.ids[c]!))} is beyond anything that clusters in reach could take`)
  const stale = idsWhere(c => run.freshness[c] === 'stale' && run.closed[c]! < 1)
  if (stale.length > 0)
    alarms.push(
      `load reports of ${list(stale)} are older than ${REPORT_AGE_MS / 1000} s or do not change: planned with ${Math.round((1 - STALE_CAPACITY) * 100)} % less capacity`,
    )
  const fading = idsWhere(c => run.freshness[c] === 'fading')
  if (fading.length > 0) alarms.push(`no load reports of ${list(fading)} for long: shed levels are being given up`)
  const never = idsWhere(c => run.freshness[c] === 'never')
  if (never.length > 0 && never.length < run.ids.length)
    alarms.push(`no load ever reported by ${list(never)}: assumed to have room for what others shed`)
  const unknown = idsWhere(c => !(run.clusters[c]!.capacity >= 0))
  if (unknown.length > 0) alarms.push(`capacity of ${list(unknown)} is not a number: never shed`)
  if (stateLost) alarms.push('memory of the load plan could not be read: demand is estimated afresh')
  return alarms
}

const NAMED = 6

function list(ids: readonly string[]): string {
  const named = ids.slice(0, NAMED).join(', ')
  return ids.length > NAMED ? `${named} and ${ids.length - NAMED} more` : named
}
