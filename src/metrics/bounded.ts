import { PAIR_LIMIT, TARGET_LIMIT, ZONE_LIMIT } from '../model/counters.ts'
import type { Status } from '../model/status.ts'
import { counter, gauge, type Labels, type Read, type ValueDefinition } from './definition.ts'

/** Queries by zone; see {@link bounded}. */
export function zoneQueries(limit: number = ZONE_LIMIT): ValueDefinition {
  return counter(
    'zone_queries_total',
    ['zone'],
    'DNS queries by the zone of the name asked for; those outside of every zone, and of zones beyond the first 1,000 asked for, count as other.',
    bounded(limit, ({ answers }) => ({
      counts: answers.zones.map(({ zone, count }) => ({ labels: { zone }, count })),
      other: { labels: { zone: 'other' }, count: answers.zonesOther },
    })),
  )
}

/** Answers by (service, cluster); see {@link bounded}. */
export function answerPairs(limit: number = PAIR_LIMIT): ValueDefinition {
  return counter(
    'routed_answers_total',
    ['service', 'cluster'],
    'Routed answers, by service and cluster; pairs beyond the first 1,000 count as other.',
    bounded(limit, ({ answers }) => ({
      counts: answers.pairs.map(({ service, cluster, count }) => ({ labels: { service, cluster }, count })),
      other: { labels: { service: 'other', cluster: 'other' }, count: answers.other },
    })),
  )
}

/**
 * The same as planned. A pair that was shown once is shown as 0 when it is sent nothing any more, as long as its service is there; later pairs than the first `limit`
 * are left out, since a sum of shares of several services says nothing.
 */
export function plannedShares(limit: number = PAIR_LIMIT): ValueDefinition {
  const named = new Map<string, Labels>()
  return gauge(
    'service_planned_ratio',
    ['service', 'cluster'],
    'Share of the demand of the service that map and plan in force send to the cluster; of the first 1,000 pairs, absent while nobody knows.',
    function* ({ planned, services }) {
      if (planned.length === 0) return
      const shares = new Map(planned.map(({ service, cluster, share }) => [`${service} ${cluster}`, share]))
      for (const { service, cluster } of planned) {
        const key = `${service} ${cluster}`
        if (named.size < limit && !named.has(key)) named.set(key, { service, cluster })
      }
      const present = new Set(services.map(({ id }) => id))
      for (const [key, labels] of named) {
        if (present.has(labels.service!)) yield { labels, value: shares.get(key) ?? 0 }
        else named.delete(key)
      }
    },
  )
}

/** CNAMEs by (service, target); see {@link bounded}. */
export function answerTargets(limit: number = TARGET_LIMIT): ValueDefinition {
  return counter(
    'target_answers_total',
    ['service', 'target'],
    'CNAMEs from hostnames with several targets, by service and target; pairs beyond the first 250 count as other.',
    bounded(limit, ({ answers }) => ({
      counts: answers.targets.map(({ service, target, count }) => ({ labels: { service, target }, count })),
      other: { labels: { service: 'other', target: 'other' }, count: answers.targetsOther },
    })),
  )
}

interface Count {
  readonly labels: Labels
  readonly count: number
}

/**
 * The first `limit` series that are met are there for good, largest first within one status. Whatever comes later counts as other, so that no count ever moves
 * from one series to another.
 */
function bounded(
  limit: number,
  read: (status: Status) => { readonly counts: readonly Count[]; readonly other: Count },
): Read {
  const named = new Set<string>()
  return function* (status) {
    const { counts, other } = read(status)
    for (const { labels, count } of [...counts].sort((a, b) => b.count - a.count)) {
      const key = Object.values(labels).join(' ')
      if (named.size < limit) named.add(key)
      yield { labels: named.has(key) ? labels : other.labels, value: count, source: key }
    }
    yield { labels: other.labels, value: other.count, source: 'other' }
  }
}
