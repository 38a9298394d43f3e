import { LOAD, RESTORE, DRAIN as TO_DRAIN, UNITS } from '../clusters.ts'
import { BODY as TO_REPORT_DEMAND } from '../demand.ts'
import type { FailureCode } from '../failure.ts'
import type { Spec } from '../fields.ts'
import { BATCH as SAMPLES } from '../passive-rtt.ts'
import { BODY as TO_JOIN } from '../probers.ts'
import { RELOAD } from '../reload.ts'
import { BATCH as MEASUREMENTS } from '../rtt.ts'
import * as replies from './replies.ts'
import type { Json, Schema } from './schema.ts'
import { STATUS } from './status.ts'
import { TRAIL } from './trail.ts'

/** What the document says of a call beside its route. */
export interface Operation {
  /** A name for programs: `drainCluster`. */
  readonly id: string
  /** Parameters after the `?`. */
  readonly query?: Readonly<Record<string, Parameter>>
  /** Fields of the body, as the handler reads them. */
  readonly body?: Spec
  /** What the fields must be together. */
  readonly rule?: Json
  /** A body that is legal. */
  readonly example?: Json
  /** JSON of 200, or the media type of something else. */
  readonly gives: Schema<never> | string
  /** JSON of 503, where that is no error. */
  readonly whenNotReady?: Schema<never>
  /** Errors beyond those that every call knows. */
  readonly fails?: readonly FailureCode[]
  /** POST: whether it goes into the audit trail. `imports`: rows of the source `import` do. */
  readonly audited?: 'yes' | 'no' | 'imports'
}

export interface Parameter {
  readonly schema: Json
  readonly required?: true
  readonly about: string
  readonly example: string
}

const EXACTLY_ONE_UNIT = { oneOf: UNITS.map(unit => ({ required: [unit] })) }
const STORED = ['not-found', 'unavailable'] as const

/** A page, script or picture of the console. */
export const PAGE: Operation = { id: 'getConsole', gives: '*/*', fails: ['not-found'] }

/** By method and path of the route. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /metrics': { id: 'getMetrics', gives: 'text/plain' },
  'GET /livez': { id: 'getLiveness', gives: replies.LIVE },
  'GET /readyz': { id: 'getReadiness', gives: replies.READY, whenNotReady: replies.READY },
  'GET /v1/openapi.json': { id: 'getOpenApi', gives: { json: { type: 'object' }, parts: new Map() } },
  'GET /v1/explain': {
    id: 'explain',
    query: {
      name: {
        schema: { type: 'string', minLength: 1, maxLength: 1013 },
        required: true,
        about: 'A domain name',
        example: 'a1105.kingcdn.com',
      },
      client: {
        schema: { type: 'string', pattern: '^[0-9a-fA-F.:]{2,45}(/(0|[1-9][0-9]{0,2}))?$' },
        required: true,
        about: 'An address, or an address with the length of a prefix',
        example: '168.126.63.1',
      },
      type: {
        schema: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9]{0,15}$', default: 'A' },
        about: 'A record type',
        example: 'AAAA',
      },
    },
    gives: TRAIL,
    fails: STORED,
  },
  'GET /v1/audit': {
    id: 'getAudit',
    query: {
      since: { schema: { type: 'string' }, about: 'Not older than this: 90s, 30m, 2h, 7d', example: '2h' },
      limit: {
        schema: { type: 'integer', minimum: 1, maximum: 5000, default: 100 },
        about: 'The newest so many entries',
        example: '20',
      },
    },
    gives: replies.AUDIT,
    fails: ['unavailable'],
  },
  'GET /v1/status': { id: 'getStatus', gives: STATUS },
  'GET /v1/clusters': { id: 'getClusters', gives: replies.CLUSTERS },
  'POST /v1/clusters/<id>/drain': {
    id: 'drainCluster',
    body: TO_DRAIN,
    example: { percent: 50, for: '2h', reason: 'switch upgrade' },
    gives: replies.DRAINED,
    fails: ['conflict', ...STORED],
    audited: 'yes',
  },
  'POST /v1/clusters/<id>/restore': {
    id: 'restoreCluster',
    body: RESTORE,
    example: { ramp: '10m' },
    gives: replies.RESTORED,
    fails: ['conflict', ...STORED],
    audited: 'yes',
  },
  'POST /v1/clusters/<id>/load': {
    id: 'reportClusterLoad',
    body: LOAD,
    rule: EXACTLY_ONE_UNIT,
    example: { bps: 12.5e9 },
    gives: replies.LOAD_TAKEN,
    fails: STORED,
    audited: 'no',
  },
  'POST /v1/clusters/<id>/servers/<sid>/load': {
    id: 'reportServerLoad',
    body: LOAD,
    rule: EXACTLY_ONE_UNIT,
    example: { bps: 6e9 },
    gives: replies.LOAD_TAKEN,
    fails: STORED,
    audited: 'no',
  },
  'POST /v1/clusters/<id>/rtt': {
    id: 'reportPassiveRtt',
    body: SAMPLES,
    example: { samples: [{ client: '203.0.113.7', rtt_ms: 18.5, n: 4 }] },
    gives: replies.PASSIVE_TAKEN,
    fails: STORED,
    audited: 'no',
  },
  'GET /v1/rtt': { id: 'getRtt', gives: replies.RTT_TABLE, fails: ['unavailable'] },
  'POST /v1/rtt': {
    id: 'putRtt',
    body: MEASUREMENTS,
    example: {
      measurements: [
        { prefix: '203.0.113.0/24', cluster: 'icn-kt', rtt_ms: 12, loss: 0, measured_at: '2025-06-02T12:00:00Z' },
      ],
    },
    gives: replies.RTT_TAKEN,
    fails: ['unavailable'],
    audited: 'imports',
  },
  'GET /v1/demand': { id: 'getDemand', gives: replies.DEMAND, fails: ['unavailable'] },
  'POST /v1/demand': {
    id: 'reportDemand',
    body: TO_REPORT_DEMAND,
    example: { rows: [{ prefix: '203.0.113.0/24', qps: 120 }], for: '24h' },
    gives: replies.DEMAND_TAKEN,
    fails: ['unavailable'],
    audited: 'yes',
  },
  'POST /v1/demand/withdraw': {
    id: 'withdrawDemand',
    gives: replies.WITHDRAWN,
    fails: ['unavailable'],
    audited: 'yes',
  },
  'GET /v1/resolvers': { id: 'getResolvers', gives: replies.RESOLVERS, fails: ['unavailable'] },
  'POST /v1/probers': {
    id: 'joinProbers',
    body: TO_JOIN,
    example: { cluster: 'icn-kt', prober: 'edge7-4711', ms: 10_000 },
    gives: replies.PROBERS,
    fails: STORED,
    audited: 'no',
  },
  'POST /v1/reload': {
    id: 'reload',
    body: RELOAD,
    example: { force: true },
    gives: replies.RELOADED,
    fails: ['reload-refused', 'unavailable'],
    audited: 'yes',
  },
}
