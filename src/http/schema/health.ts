import { HEALTH_CAUSES } from '../../model/health.ts'
import {
  CHECK_TIME_BOUNDS,
  type CheckCounts,
  type HealthStatus,
  type MonitorStatus,
} from '../../model/health-status.ts'
import { flag, list, nullable, number, object, oneOf, text, whole } from './schema.ts'

export const FAMILY = oneOf(4, 6)
export const FAMILY_HEALTH = oneOf('up', 'degraded', 'down', 'unknown')

export const HEALTH = object<HealthStatus>({
  monitors: list(
    object<MonitorStatus>({
      monitor: text(),
      place: text(),
      ageMs: number('Since it was last heard'),
      fresh: flag(),
      blind: list(FAMILY, 'Families by which it sees nothing'),
      verdicts: whole('Servers and families on which it has one'),
    }),
  ),
  quorum: object<HealthStatus['quorum']>({
    fresh: whole('Places heard of lately'),
    known: whole('Places heard of within a day'),
    lostSince: nullable(
      number('Unix ms'),
      'Since when there are too few: verdicts stand still; null: there are enough',
    ),
  }),
  failOpen: list(
    object<HealthStatus['failOpen'][number]>({ service: text(), families: list(FAMILY) }),
    'Services that fail open now',
  ),
})

export const CHECKS = list(
  object<CheckCounts>({
    cluster: text(),
    family: FAMILY,
    ok: whole(),
    failures: list(whole(), `Failed, by cause: ${HEALTH_CAUSES.join(', ')}`),
    unjudged: whole('Those that said nothing of the server'),
    times: list(
      whole(),
      `Good checks by how long they took: at most ${CHECK_TIME_BOUNDS.join(', ')} seconds, and longer`,
    ),
    seconds: number('Time of all good checks together'),
  }),
  'Of the health checks that run inside this nameserver',
)
