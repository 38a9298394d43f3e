import { HEALTH_CAUSES } from '../model/health.ts'
import { CHECK_TIME_BOUNDS } from '../model/health-status.ts'
import type { Status } from '../model/status.ts'
import { counter, type Definition, gauge, histogram, one, type Read, type Sample, states } from './definition.ts'

/** What the fleet makes of health. Bounded by the clusters and services of the configuration; a server alone has no series. */
export const HEALTH: readonly Definition[] = [
  gauge(
    'cluster_family_state',
    ['cluster', 'family', 'state'],
    '1 for the health of a checked cluster by address family (up, degraded, down, unknown), 0 for the others.',
    status =>
      status.clusters.flatMap(({ id, checked }) =>
        (checked?.families ?? []).flatMap(({ family, health }) =>
          states('state', ['up', 'degraded', 'down', 'unknown'], health, { cluster: id, family: String(family) }),
        ),
      ),
  ),
  gauge(
    'servers',
    ['cluster', 'family', 'state'],
    'Servers of a checked cluster by address family and state (up, down, unknown).',
    perFamily(({ up, down, unknown }) => ({ up, down, unknown })),
  ),
  gauge(
    'servers_warming',
    ['cluster', 'family'],
    'Servers that have come back and take their clients little by little.',
    perFamily(({ warming }) => ({ '': warming })),
  ),
  gauge(
    'servers_held',
    ['cluster', 'family'],
    'Servers that their monitors call up and that are held down because they flap.',
    perFamily(({ held }) => ({ '': held })),
  ),
  gauge(
    'cluster_ramp_ratio',
    ['cluster', 'family'],
    'Share of its clients that a cluster takes in its slow start; absent outside of one.',
    status =>
      status.clusters.flatMap(({ id, checked }) =>
        (checked?.families ?? []).flatMap(({ family, ramp }) =>
          ramp === null ? [] : [{ labels: { cluster: id, family: String(family) }, value: ramp / 100 }],
        ),
      ),
  ),
  gauge(
    'monitors',
    ['state'],
    'Monitors that are heard (fresh), of these those that see nothing by a family (blind), and that fell silent within five minutes.',
    status => {
      const heard = status.health.monitors.filter(monitor => monitor.fresh)
      const fresh = heard.length
      return [
        { labels: { state: 'fresh' }, value: fresh },
        { labels: { state: 'blind' }, value: heard.filter(({ blind }) => blind.length > 0).length },
        { labels: { state: 'silent' }, value: status.health.monitors.length - fresh },
      ]
    },
  ),
  gauge('monitor_quorum_lost', [], '1 while too few monitors are heard, so that verdicts stand still.', status =>
    one(status.health.quorum.lostSince !== null),
  ),
  counter(
    'health_checks_total',
    ['cluster', 'family', 'outcome'],
    'Health checks by this nameserver: passed (ok), failed by cause, or of no meaning since this machine was at fault (unjudged).',
    function* ({ checks }): Iterable<Sample> {
      for (const { cluster, family, ok, failures, unjudged } of checks) {
        const labels = { cluster, family: String(family) }
        yield { labels: { ...labels, outcome: 'ok' }, value: ok }
        for (const [i, outcome] of HEALTH_CAUSES.entries())
          yield { labels: { ...labels, outcome }, value: failures[i]! }
        yield { labels: { ...labels, outcome: 'unjudged' }, value: unjudged }
      }
    },
  ),
  histogram(
    'health_check_seconds',
    ['cluster', 'family'],
    CHECK_TIME_BOUNDS,
    'Time that a health check took, of those by this nameserver that passed.',
    ({ checks }) =>
      checks.map(({ cluster, family, times, seconds }) => {
        return { labels: { cluster, family: String(family) }, buckets: times, sum: seconds }
      }),
  ),
  gauge(
    'service_fail_open',
    ['service', 'family'],
    '1 while the service does not go by health, since too little of it is healthy (`failOpenBelow`).',
    status =>
      status.health.failOpen.flatMap(({ service, families }) =>
        families.map(family => ({ labels: { service, family: String(family) }, value: 1 })),
      ),
  ),
]

type Family = NonNullable<Status['clusters'][number]['checked']>['families'][number]

/** Series of each checked cluster and family; the name '' stands for one without a state. */
function perFamily(read: (family: Family) => Readonly<Record<string, number>>): Read {
  return function* (status): Iterable<Sample> {
    for (const { id, checked } of status.clusters) {
      for (const each of checked?.families ?? []) {
        const labels = { cluster: id, family: String(each.family) }
        for (const [state, value] of Object.entries(read(each)))
          yield { labels: state === '' ? labels : { ...labels, state }, value }
      }
    }
  }
}
