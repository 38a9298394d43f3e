import type { z } from 'zod'
import { clientPrefix } from '../kind/address.ts'
import { choice, country, id } from '../kind/name.ts'
import { decimal, duration, flag, integer, seconds, share } from '../kind/number.ts'
import { either, group, list, option } from '../option.ts'

/** The kinds of events, as they are written. */
export const EVENT_KINDS = ['fail', 'restore', 'drain', 'silent', 'frozen', 'demand', 'swing'] as const

const isMapping = (raw: unknown): boolean => typeof raw === 'object' && raw !== null && !Array.isArray(raw)

const ids = list(id, 'cluster ids', 1)
const idOrIds = either(raw => (Array.isArray(raw) ? ids : id), {
  legal: 'a cluster id or a list of them',
  json: { type: ['string', 'array'] },
})

const who = {
  prefixes: option(list(clientPrefix, 'client prefixes', 1), 'Only clients in these prefixes.').optional(),
  countries: option(list(country, 'country codes', 1), 'Only clients in these countries.').optional(),
  services: option(list(id, 'service ids', 1), 'Only demand for these services.').optional(),
  firstAt: option(ids, 'Only blocks whose first choice at the start is one of these clusters.').optional(),
}

const silentGroup = group({
  clusters: option(ids, 'Cluster ids.'),
  reports: option(choice(['load', 'rtt', 'both']), 'What is no longer told.', 'both'),
})

const eventSchema = group({
  at: option(duration('0s', '48h', '60s'), 'When, since the start.'),
  fail: option(idOrIds, 'Clusters that die.').optional(),
  restore: option(idOrIds, 'Clusters of which failures, drains and stuck reports end.').optional(),
  drain: option(
    group({ cluster: option(id, 'Cluster id.'), percent: option(decimal(0, 100), 'Share of its blocks.', 100) }),
    'An operator turns blocks away.',
  ).optional(),
  silent: option(
    either(raw => (isMapping(raw) ? silentGroup : idOrIds), {
      legal: 'cluster ids, or { clusters, reports: load, rtt or both }',
      json: {},
    }),
    'Clusters that stop to report.',
  ).optional(),
  frozen: option(idOrIds, 'Clusters that report the same load for ever.').optional(),
  demand: option(
    group({
      ...who,
      factor: option(decimal(0, 1000), 'Times the usual demand.'),
      over: option(duration('0s', '48h', '60s'), 'Reached within this time.', '0s'),
    }),
    'Demand changes.',
  ).optional(),
  swing: option(
    group({
      ...who,
      amplitude: option(decimal(0, 1), 'Share of the usual demand by which it swings.'),
      period: option(duration('1m', '48h', '24h'), 'A whole day.', '24h'),
    }),
    'Demand follows the sun.',
  ).optional(),
})

export type EventEntry = z.output<typeof eventSchema>

export const scenarioSchema = group({
  duration: option(duration('10s', '48h', '20m'), 'How long it lasts.', '10m'),
  warmUp: option(duration('0s', '1h', '5m'), 'How long the fleet has run before.', '5m'),
  ttl: option(seconds(1, 3600), 'Seconds that addresses live, instead of what the services say.').optional(),
  seed: option(integer(0, 4294967295), 'Equal seeds give equal runs.', 1),
  events: option(list(eventSchema, 'events, such as { at: 60s, fail: icn-kt }'), 'What happens.', []),
  slowResolvers: option(
    group({
      share: option(share(true), 'Share of demand behind resolvers that keep answers too long.', 0.1),
      ttls: option(integer(1, 20), 'How many TTLs they keep them.', 4),
    }),
    'Resolvers that ignore TTLs.',
    {},
  ),
  reports: option(
    group({
      every: option(duration('1s', '10m', '10s'), 'Time between two load reports.', '10s'),
      lag: option(duration('0s', '10m', '10s'), 'Age of what a report speaks of.', '10s'),
      noise: option(share(true), 'Their standard deviation, relative.', '3%'),
    }),
    'Load reports.',
    {},
  ),
  detection: option(
    group({
      down: option(duration('0s', '1h', '6s'), 'Until a dead cluster is known to be.', '6s'),
      up: option(duration('0s', '1h', '20s'), 'Until one that is back is used again.', '20s'),
    }),
    'Time that monitors take.',
    {},
  ),
  demandKnown: option(
    flag,
    'Whether nameservers have counted where demand comes from; false: every block of addresses counts alike.',
    true,
  ),
})

export type ScenarioFile = z.output<typeof scenarioSchema>
