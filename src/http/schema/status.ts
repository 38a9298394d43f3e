import { DEMAND_EVIDENCE } from '../../model/demand-evidence.ts'
import { PASSIVE_VERDICTS } from '../../model/passive.ts'
import type { LogCounts } from '../../model/query-logs.ts'
import { POLICIES } from '../../model/service.ts'
import type { FleetMember, SnapshotStatus, Status, ZoneStatus } from '../../model/status.ts'
import { CLUSTER } from './cluster.ts'
import { CHECKS, HEALTH } from './health.ts'
import {
  each,
  flag,
  list,
  mapOf,
  maybe,
  moment,
  named,
  nullable,
  number,
  object,
  oneOf,
  share,
  text,
  whole,
} from './schema.ts'
import { WORKER } from './worker.ts'

export const PHASE = oneOf('starting', 'serving', 'draining')
export const MAP_FROM = oneOf('none', 'disk', 'compiled')
export const POLICY = oneOf(...POLICIES)

const SNAPSHOT = object<SnapshotStatus>({
  generation: whole('0: none yet'),
  builtAt: moment(),
  buildMs: number(),
  bytes: whole(),
  from: MAP_FROM,
  epoch: whole(),
  ranges: whole(),
  rows: whole(),
  places: whole(),
  coarse: flag(),
  estimates: object<SnapshotStatus['estimates']>({
    cells: whole(),
    clusters: whole(),
    distrusted: whole(),
    anycast: whole(),
    misplaced: list(text()),
  }),
  evidence: nullable(each(DEMAND_EVIDENCE, share())),
  configHash: text(),
  geoHash: text(),
  refused: whole('Maps that the acceptance gate refused since start'),
  refusedReason: nullable(text()),
})

const EDGES = object<Status['edges']>({
  pulled: list(
    object<Status['edges']['pulled'][number]>({
      cluster: text(),
      targets: whole(),
      failing: whole(),
      readings: whole(),
      failures: whole(),
      fault: nullable(text()),
    }),
  ),
  passive: list(
    object<Status['edges']['passive'][number]>({ cluster: text(), samples: each(PASSIVE_VERDICTS, whole()) }),
  ),
})

const ZONE = object<ZoneStatus>({
  origin: text(),
  file: text(),
  serial: nullable(whole()),
  records: whole(),
  error: nullable(text(), 'null: loaded'),
})

const MEMBER = object<FleetMember>({
  node: text(),
  at: moment(),
  generation: whole(),
  configHash: text(),
  geoHash: text(),
  leader: flag(),
  planSeq: whole(),
  planToken: maybe(whole()),
  builtAt: maybe(moment()),
  alarms: maybe(whole()),
  knowsSince: maybe(text()),
  stopped: maybe(flag()),
  state: oneOf('up', 'silent', 'stopped'),
})

const ANSWERS = object<Status['answers']>({
  pairs: list(object<Status['answers']['pairs'][number]>({ service: text(), cluster: text(), count: whole() })),
  other: whole(),
  targets: list(object<Status['answers']['targets'][number]>({ service: text(), target: text(), count: whole() })),
  targetsOther: whole(),
  zones: list(object<Status['answers']['zones'][number]>({ zone: text(), count: whole() })),
  zonesOther: whole(),
})

const LOG_COUNTS = object<LogCounts>({ written: whole(), lost: whole() })

export const STATUS = named(
  'Status',
  object<Status>({
    node: text(),
    version: text(),
    startedAt: moment(),
    now: moment(),
    phase: PHASE,
    listen: object<Status['listen']>({
      dns: list(text()),
      udp: list(text()),
      tls: list(text()),
      tlsNotAfter: nullable(moment()),
      http: nullable(text()),
      transport: text(),
    }),
    snapshot: SNAPSHOT,
    store: object<Status['store']>({
      kind: oneOf('memory', 'redis'),
      label: text(),
      up: flag(),
      reason: text(),
      since: moment(),
      skipped: whole(),
      lagMs: nullable(number()),
    }),
    leader: object<Status['leader']>({
      self: flag(),
      holder: nullable(text()),
      planSeq: whole(),
      planAt: nullable(moment()),
    }),
    allocatedAt: nullable(moment()),
    rtt: object<Status['rtt']>({
      rows: whole(),
      prefixes: whole(),
      newestAgeMs: nullable(number()),
      oldestAgeMs: nullable(number()),
      unknownCluster: whole(),
    }),
    demand: object<Status['demand']>({
      blocks: whole(),
      reported: whole(),
      qps: number(),
      share: nullable(share()),
      at: nullable(moment()),
    }),
    edges: EDGES,
    health: HEALTH,
    checks: CHECKS,
    zones: list(ZONE),
    clusters: list(CLUSTER),
    services: list(object<Status['services'][number]>({ id: text(), cdnName: text(), policy: text() })),
    workers: list(WORKER),
    fleet: list(MEMBER),
    logs: object<Status['logs']>({ queries: LOG_COUNTS, decisions: LOG_COUNTS, dnstap: LOG_COUNTS }),
    planned: list(
      object<Status['planned'][number]>({
        service: text(),
        cluster: text(),
        share: share('Of the demand of the service'),
      }),
    ),
    http: object<Status['http']>({ requests: mapOf(whole(), 'By outcome: ok, or the code of the error') }),
    qps: number(),
    answers: ANSWERS,
    alarms: list(text()),
  }),
)
