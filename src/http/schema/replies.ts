import type { ReloadVerdict } from '../../control/port.ts'
import { AUDIT_ACTIONS, AUDIT_OUTCOMES, type AuditEntry } from '../../model/audit.ts'
import type { MeasurementSource } from '../../model/measurement.ts'
import type { PassiveOutcome } from '../../model/passive.ts'
import type { ResolverCount } from '../../model/resolver.ts'
import { CLUSTER, DRAIN_INTENT } from './cluster.ts'
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
  type Schema,
  share,
  text,
  whole,
} from './schema.ts'
import { MAP_FROM, PHASE } from './status.ts'

/** What calls answer with where all went well, and is no model of its own. */

const just = <T>(field: string, schema: Schema<T>): Schema<never> => object({ [field]: schema } as never)

export const LIVE = just('live', oneOf(true))

interface Ready {
  readonly ready: boolean
  readonly phase: 'starting' | 'serving' | 'draining'
  readonly generation: number
  readonly from: 'none' | 'disk' | 'compiled'
  readonly brokenZones: readonly { readonly zone: string; readonly file: string; readonly error: string }[]
  readonly alarms: readonly string[]
}
export const READY = named(
  'Ready',
  object<Ready>({
    ready: flag(),
    phase: PHASE,
    generation: whole(),
    from: MAP_FROM,
    brokenZones: list(object<Ready['brokenZones'][number]>({ zone: text(), file: text(), error: text() })),
    alarms: list(text()),
  }),
)

export const AUDIT = just(
  'audit',
  list(
    named(
      'AuditEntry',
      object<AuditEntry>({
        at: moment(),
        action: oneOf(...AUDIT_ACTIONS),
        subject: text('The cluster; empty where the action is about none'),
        what: text(),
        outcome: oneOf(...AUDIT_OUTCOMES),
        why: text('Why it was refused or failed'),
        by: text('As the caller says'),
        from: text('As the server sees it'),
      }),
    ),
  ),
)

export const CLUSTERS = just('clusters', list(CLUSTER))
export const DRAINED = just('drain', DRAIN_INTENT)
export const RESTORED = just('restored', text('The cluster'))
export const WITHDRAWN = just('withdrawn', oneOf(true))

interface Load {
  readonly cluster: string
  readonly server?: string
  readonly bps?: number
  readonly rps?: number
  readonly conns?: number
}
export const LOAD_TAKEN = just(
  'accepted',
  object<Load>({
    cluster: text(),
    server: maybe(text()),
    bps: maybe(number()),
    rps: maybe(number()),
    conns: maybe(number()),
  }),
)

export const PASSIVE_TAKEN = object<PassiveOutcome>({
  accepted: whole('Samples that count'),
  blocks: whole('Rows of the RTT table that were written'),
  special: whole('Samples of special-purpose addresses'),
  own: whole('Samples of blocks with servers of ours'),
  outlier: whole('Samples far above what was seen before'),
})

export const RTT_TAKEN = object<{ readonly accepted: number; readonly expired: number }>({
  accepted: whole(),
  expired: whole('Rows older than 24 hours, which were left out'),
})

/** A measurement as `GET /v1/rtt` gives it. */
export interface RttRow {
  readonly prefix: string
  readonly cluster: string
  readonly rtt_ms: number
  readonly loss: number
  readonly measured_at: string
  readonly samples: number
  readonly rtt_var_ms: number
  readonly source: MeasurementSource
}
export const RTT_TABLE = just(
  'measurements',
  list(
    named(
      'RttRow',
      object<RttRow>({
        prefix: text(),
        cluster: text(),
        rtt_ms: number(),
        loss: share(),
        measured_at: text('RFC 3339'),
        samples: whole(),
        rtt_var_ms: number(),
        source: oneOf('import', 'probe', 'passive'),
      }),
    ),
  ),
)

interface Demand {
  readonly at: number
  readonly qps: number
  readonly queries: number
  readonly rows: readonly { readonly prefix: string; readonly qps: number; readonly source: 'counted' | 'reported' }[]
}
export const DEMAND = named(
  'Demand',
  object<Demand>({
    at: moment(),
    qps: number('Of all clients'),
    queries: whole('How many counted queries it rests on'),
    rows: list(object<Demand['rows'][number]>({ prefix: text(), qps: number(), source: oneOf('counted', 'reported') })),
  }),
)
export const DEMAND_TAKEN = object<{ readonly accepted: number; readonly until: number }>({
  accepted: whole('Rows'),
  until: moment(),
})

export const RESOLVERS = just(
  'resolvers',
  list(object<ResolverCount>({ address: text(), qps: number() }), 'The heaviest first'),
)

/** Of a prober that is there, and of one that leaves. */
export const PROBERS: Schema<never> = {
  json: {
    anyOf: [
      object<{ readonly members: readonly string[]; readonly now: number }>({ members: list(text()), now: moment() }),
      just('left', oneOf(true)),
    ].map(({ json }) => json),
  },
  parts: new Map(),
}

const PROBLEM = named(
  'Problem',
  object<ReloadVerdict['problems'][number]>({
    severity: oneOf('error', 'warning'),
    file: text(),
    line: whole('1-based; 0: the whole file'),
    column: whole('1-based; 0: the whole line'),
    message: text(),
  }),
)
export const VERDICT = {
  problems: list(PROBLEM),
  generation: whole(),
  moved: nullable(share(), 'Share of the demand whose first cluster moved; null: not known'),
}
export const RELOADED = named('Reloaded', object<ReloadVerdict>({ accepted: flag(), ...VERDICT }))

interface BadItem {
  readonly index: number
  readonly problems: readonly string[]
}
/** Of a batch that was refused. */
export const BAD_ITEMS = list(
  named('BadItem', object<BadItem>({ index: whole(), problems: list(text()) })),
  'Every bad row, by its place in the batch; at most 100 of samples',
)
