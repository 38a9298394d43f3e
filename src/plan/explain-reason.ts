import { REASONS, type Reason } from '../model/counters.ts'
import type { Policy, Service, WhenAllDown } from '../model/service.ts'
import { NO_CLUSTER } from '../route/tables.ts'
import type { Decision } from './recompute.ts'
import { leastGainMs, STICKY_WINS } from './sticky/sticky.ts'
import type { World } from './world.ts'

/** Why the answer is what it is, in a sentence for people. `planned`: what is shed was planned elsewhere. */
export function reasonText(world: World, service: Service, decision: Decision, planned = false): string {
  const first = decision.row.rows.slot(0, 0)
  const name = first === NO_CLUSTER ? 'none' : world.sites.clusters[first]!.id
  const reason: Reason = REASONS[decision.routing.reason]!
  switch (reason) {
    case 'first-choice':
      return decision.held === undefined
        ? `${PRAISE[service.policy](decision)}${closeness(decision)}`
        : keptText(world, decision)
    case 'unlocated':
      return `place unknown: by weight${closeness(decision)}`
    case 'override':
      return 'order fixed by an override'
    case 'shed':
      return planned
        ? `planned elsewhere: first choice ${name} is for blocks that would lose more`
        : `first choice ${name} turns this block away for load`
    case 'drained':
      return `first choice ${name} is draining`
    case 'down':
      return `first choice ${name} is down`
    case 'no-family':
      return `first choice ${name} has no usable server of this address family`
    case 'degraded':
      return `first choice ${name} is degraded`
    case 'warming':
      return `first choice ${name} has come back and takes its clients little by little`
    case 'fail-open':
      return 'health is ignored: too few clusters of the service are healthy (failOpenBelow)'
    case 'last-good':
      return 'nothing is usable: the servers that were up last'
    case 'degraded-pass':
      return 'only clusters that are degraded, or in their slow start, are left'
    case 'beyond-slots':
      return first === NO_CLUSTER ? 'no cluster is meant for this block' : 'none of the best four is usable'
    case 'when-all-down':
      return `nothing is usable: ${wishText(service.whenAllDown)}`
    case 'servfail':
      return service.whenAllDown.kind === 'servfail'
        ? 'nothing is usable: the service wants SERVFAIL'
        : 'nothing is usable and nothing may serve: drained, or excluded by the hard constraint'
  }
}

const byEvidence = ({ bench, routing }: Decision): string =>
  bench.sheet.measuredShare[routing.cluster]! >= 0.5 ? 'fastest measured' : 'fastest by estimate'

const PRAISE: Readonly<Record<Policy, (decision: Decision) => string>> = {
  geo: () => 'nearest',
  rtt: byEvidence,
  'rtt-spill': byEvidence,
  'isp-first': decision => `best of tier ${tierOf(decision)}`,
  weighted: () => 'by weight',
  failover: () => 'first in the order',
}

/** Why another cluster, which scores better, is not first. */
function keptText(world: World, { bench, routing }: Decision): string {
  const best = bench.ranked.clusters[0]!
  const { scoreMs } = bench.sheet
  const gain = scoreMs[routing.cluster]! - scoreMs[best]!
  const least = leastGainMs(scoreMs[routing.cluster]!)
  const by = `kept: ${world.sites.clusters[best]!.id} wins by ${Math.round(10 * Math.max(0, gain)) / 10} ms`
  return gain >= least
    ? `${by}, for less than ${STICKY_WINS} scorings`
    : `${by}, less than the ${Math.round(10 * least) / 10} ms that a change takes`
}

function tierOf({ bench, routing }: Decision): string {
  return bench.sites.clusters[routing.cluster]!.tier
}

function closeness({ block, routing }: Decision): string {
  if (block.ownIsp[routing.cluster] === 1) return "; in the client's own ISP"
  return block.announced[routing.cluster] === 1 ? "; the client's prefix is announced to it" : ''
}

function wishText(wish: WhenAllDown): string {
  switch (wish.kind) {
    case 'backup':
      return `backup ${wish.cluster}, or the best with health ignored where it cannot serve`
    case 'static':
      return `static ${wish.address}, or the best with health ignored for the other address family`
    case 'last-good':
      return 'the servers that were up last'
    case 'all':
      return 'the best with health ignored'
    case 'servfail':
      return 'SERVFAIL'
  }
}
