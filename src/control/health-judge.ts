import type { Millis } from '../base/brand.ts'
import { own } from '../base/own.ts'
import type { Deployment } from '../model/deployment.ts'
import type { ClusterHealth, FleetPlan } from '../model/fleet-plan.ts'
import type { MonitorQuorum } from '../model/verdict.ts'
import { type ClusterVerdict, judgeCluster, sameVerdicts } from '../plan/health/judge-cluster.ts'
import type { Moment } from '../plan/health/judge-server.ts'
import { hasQuorum, tally } from '../plan/health/tally.ts'
import type { HealthVoices } from './health-voices.ts'

/** Without news only time moves a verdict: a monitor that fell silent, a slow start, a penalty that faded. */
const IDLE_MS = 1_000

/** What the next plan says of health. */
export interface Judgement {
  /** By id of the cluster; those that nobody checks are missing. */
  readonly clusters: Readonly<Record<string, ClusterVerdict>>
  readonly monitors: MonitorQuorum
}

/** The leader's judge: turns what monitors say into verdicts, going on from those of the newest plan. */
export class HealthJudge {
  readonly #voices: HealthVoices
  #judged: {
    readonly at: Millis
    readonly news: number
    readonly of: FleetPlan | null
    readonly by: Judgement
  } | null = null

  constructor(voices: HealthVoices) {
    this.#voices = voices
  }

  /** `before`: the newest plan. Looks again when there is news, at another plan, and every second. */
  judge(before: FleetPlan | null, deployment: Deployment, moment: Moment): Judgement {
    const { now } = moment
    const held = this.#judged
    if (held?.of === before && held.news === this.#voices.news && now - held.at < IDLE_MS) return held.by
    const by = this.#judge(before, deployment, moment)
    this.#judged = { at: now, news: this.#voices.news, of: before, by }
    return by
  }

  #judge(before: FleetPlan | null, deployment: Deployment, moment: Moment): Judgement {
    const fresh = this.#voices.fresh(moment.now)
    const known = this.#voices.known(moment.now)
    const heard = hasQuorum(fresh.length, known)
    const clusters = deployment.clusters
      .filter(cluster => cluster.health !== undefined)
      .map(cluster => {
        const said = (server: string, family: 4 | 6) => (heard ? tally(fresh, server, family) : null)
        return [cluster.id, judgeCluster(cluster, own(before?.clusters, cluster.id) ?? {}, said, moment)] as const
      })
    return {
      clusters: Object.fromEntries(clusters),
      monitors: {
        ...quorumAfter(before, fresh.length, known, heard, moment),
        ...inPlan(this.#voices.blind(moment.now)),
      },
    }
  }
}

const inPlan = (blind: readonly string[]): Pick<MonitorQuorum, 'blind'> => (blind.length === 0 ? {} : { blind })

function quorumAfter(
  before: FleetPlan | null,
  fresh: number,
  known: number,
  heard: boolean,
  { evidence }: Moment,
): MonitorQuorum {
  const held = before?.monitors
  const hadAny = known > 0 || held?.lostSince != null || (held?.fresh ?? 0) > 0
  return { fresh, known, lostSince: heard || !hadAny ? null : (held?.lostSince ?? evidence) }
}

/** True when the plan says of health what there is to say: no new one is due for it. */
export function saysAlready(plan: FleetPlan | null, { clusters, monitors }: Judgement): boolean {
  if (plan === null) return false
  const { fresh, known, lostSince, blind = [] } = plan.monitors ?? NO_MONITORS
  if (monitors.fresh !== fresh || monitors.known !== known || monitors.lostSince !== lostSince) return false
  if (String(monitors.blind ?? []) !== String(blind)) return false
  const ids = new Set([...Object.keys(clusters), ...Object.keys(plan.clusters)])
  return [...ids].every(id => sameVerdicts(own(plan.clusters, id) ?? {}, own(clusters, id) ?? {}))
}

const NO_MONITORS: MonitorQuorum = { fresh: 0, known: 0, lostSince: null }

/** Names in one alarm. */
const MOST_NAMED = 8

/** What an operator should know of it. Times are left out, so that a sentence stands as long as its cause does. */
export function healthAlarms({ clusters, monitors }: Judgement): readonly string[] {
  const { fresh, known, lostSince, blind = [] } = monitors
  const lost = `health: ${fresh} of ${known} places are heard: verdicts stand still, and fall after five minutes`
  const alarm = (what: string, names: readonly string[]): string[] => {
    if (names.length === 0) return []
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : ''
    return [`health: ${what}: ${names.slice(0, MOST_NAMED).join(', ')}${more}`]
  }
  const withHealth = (health: ClusterHealth) => Object.keys(clusters).filter(id => clusters[id]!.health === health)
  return [
    ...(lostSince === null ? [] : [lost]),
    ...alarm('monitors that see nothing and are not believed', blind),
    ...alarm('down', withHealth('down')),
    ...alarm('degraded', withHealth('degraded')),
  ]
}
