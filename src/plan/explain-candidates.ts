import { REASONS } from '../model/counters.ts'
import type { Allocation } from '../model/fleet-plan.ts'
import type { LiveHalf } from '../model/live-table.ts'
import type { Service } from '../model/service.ts'
import type { CandidateTrail, Verdict } from '../model/trail.ts'
import { conditionOf } from '../route/balance/balance.ts'
import { serves, staticVerdict } from '../route/candidates/admit.ts'
import { SLOTS } from '../route/tables.ts'
import { measuredRow } from './evidence.ts'
import { evidenceText } from './explain-evidence.ts'
import type { Decision } from './recompute.ts'
import type { World } from './world.ts'

/** Every cluster of the service, best first, those that are no candidates last. */
export function candidateTrails(
  world: World,
  service: Service,
  live: LiveHalf,
  decision: Decision,
  floors: Allocation['floors'],
): CandidateTrail[] {
  return inOrder(world, service, decision).map(c => {
    const trail = candidateTrail(world, service, live, decision, c)
    const planned = trail.verdict === 'shed' && turnedAway(decision, floors[trail.cluster] ?? 0, c)
    return planned ? { ...trail, planned } : trail
  })
}

function inOrder(world: World, service: Service, { bench, row }: Decision): number[] {
  const listed = service.clusters.flatMap(id => world.clusterIndex.get(id) ?? [])
  const ranked = [...bench.ranked.clusters.subarray(0, bench.ranked.count)]
  const slots = row.rows.slots(0).filter(c => c < world.sites.clusters.length)
  return [...new Set([...slots, ...ranked, ...listed])].filter(c => listed.includes(c))
}

function candidateTrail(world: World, service: Service, live: LiveHalf, decision: Decision, c: number): CandidateTrail {
  const { bench, block } = decision
  const { id, tier } = world.sites.clusters[c]!
  const { sheet } = bench
  const measured = block.measured[c]!
  const known = sheet.located || sheet.measuredShare[c]! > 0
  return {
    cluster: id,
    tier,
    ...(sheet.located ? { distanceKm: Math.round(sheet.distanceKm[c]!) } : {}),
    ...(known ? { rttMs: tenth(sheet.rttMs[c]!) } : {}),
    rttFrom: evidenceText(world, decision, c),
    ...(measured >= 0 ? { loss: measuredRow(world.evidence, measured).loss } : {}),
    ...(known ? { score: tenth(scoreOf(service, decision, c)) } : {}),
    verdict: verdictOf(world, service, live, decision, c),
  }
}

const tenth = (value: number): number => Math.round(value * 10) / 10

/** The number that the policy compares; the full score for policies that do not compare clusters by what they are to the client. */
function scoreOf(service: Service, { bench }: Decision, c: number): number {
  const { sheet, sites } = bench
  const { biasMs } = sites.clusters[c]!
  if (service.policy === 'geo' && sheet.located) return sheet.distanceKm[c]! / 100 + biasMs
  if (service.policy === 'rtt' || service.policy === 'isp-first') return sheet.networkMs[c]! + biasMs
  return sheet.scoreMs[c]!
}

const LIVE_VERDICTS: Readonly<Record<string, Verdict>> = {
  down: 'down',
  drained: 'draining',
  'no-family': 'no-family',
  degraded: 'degraded',
  warming: 'warming',
}

function verdictOf(world: World, service: Service, live: LiveHalf, decision: Decision, c: number): Verdict {
  const { row, block, fixed, routing, bit, open, spot } = decision
  if (routing.cluster === c) return 'chosen'
  const fixedVerdict = staticVerdict(service, world.sites, c)
  if (fixedVerdict !== 'eligible') return fixedVerdict
  if (!serves(block, world.sites, c) && !fixed.includes(c)) return 'not-announced'
  const condition = REASONS[conditionOf(row, live, c, bit, open, spot.hash)]
  // It has the family; all its servers of it are down.
  if (condition === 'no-family' && (row.clusterFamilies[c]! & bit) !== 0) return 'down'
  if (condition !== undefined) return LIVE_VERDICTS[condition] ?? 'outranked'
  return turnedAway(decision, live.level[c]!, c) ? 'shed' : 'outranked'
}

/** The cluster stands before the chosen one, and `level` is above the block's rank there. */
function turnedAway({ row, routing }: Decision, level: number, c: number): boolean {
  for (let slot = 0; slot < SLOTS && row.rows.slot(0, slot) !== routing.cluster; slot++) {
    if (row.rows.slot(0, slot) === c) return row.rows.rank(0, slot) < level
  }
  return false
}
