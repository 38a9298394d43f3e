import { TIERS } from '../../model/cluster.ts'
import type { DrainIntent } from '../../model/signals.ts'
import type { ClusterStatus } from '../../model/status.ts'
import { FAMILY, FAMILY_HEALTH } from './health.ts'
import {
  flag,
  list,
  maybe,
  moment,
  named,
  nullable,
  number,
  object,
  oneOf,
  percent,
  share,
  text,
  whole,
} from './schema.ts'

export const TIER = oneOf(...TIERS)
export const UNIT = oneOf('bps', 'rps', 'conns')

export const DRAIN_INTENT = named(
  'DrainIntent',
  object<DrainIntent>({
    cluster: text(),
    percent: percent('Share of the client blocks that is turned away, %; 0: the cluster is restored'),
    reason: text(),
    by: text(),
    since: moment(),
    until: maybe(moment('Left out: until restored')),
    from: maybe(percent('The share in force when it was given, %; left out: 0')),
    rampMs: maybe(whole('ms in which the share gets there; left out: at once')),
  }),
)

type Checked = NonNullable<ClusterStatus['checked']>

const CHECKED = object<Checked>({
  families: list(
    object<Checked['families'][number]>({
      family: FAMILY,
      health: FAMILY_HEALTH,
      since: moment(),
      ramp: nullable(percent(), 'Share of its clients that it takes in its slow start, %; null: all'),
      up: whole('Servers'),
      down: whole(),
      unknown: whole(),
      warming: whole('Of those that are up: in their slow start'),
      held: whole('Of those that are down: held for flapping'),
    }),
  ),
  down: list(
    object<Checked['down'][number]>({
      server: text(),
      family: FAMILY,
      cause: text(),
      since: moment(),
      voices: {
        json: { type: 'array', prefixItems: [whole().json, whole().json], minItems: 2, maxItems: 2 },
        parts: new Map(),
      },
    }),
    'The latest first',
  ),
})

export const CLUSTER = named(
  'Cluster',
  object<ClusterStatus>({
    id: text(),
    tier: TIER,
    location: object<ClusterStatus['location']>({ lat: number('Degrees north'), lon: number('Degrees east') }),
    country: nullable(text(), 'ISO 3166-1 alpha-2'),
    servers: whole(),
    health: oneOf('up', 'degraded', 'down', 'unknown'),
    checked: nullable(CHECKED, 'What monitors make of it; null: nobody checks it, and it counts as up'),
    drain: nullable(DRAIN_INTENT, 'What the operator wants; null: nothing'),
    drained: percent('Share of its client blocks that is turned away for it now, %'),
    level: number('Shed level, 0..256'),
    floor: number('Shed level that the allocation in force asks for, 0..256'),
    planned: nullable(
      number(),
      'Load that the allocation settles there, as a share of capacity; null before the first',
    ),
    unit: UNIT,
    capacity: number('In its unit'),
    target: share('Soft limit as a share of capacity'),
    load: nullable(number(), 'As a share of capacity; null: never reported'),
    loadAgeMs: nullable(number(), 'ms'),
    stale: flag('The last report of its load is too old'),
    answers: whole('Since start that named it'),
    services: list(text()),
  }),
)
