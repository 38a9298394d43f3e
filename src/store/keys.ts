import { HEALTH_LIFETIME_MS } from '../model/health.ts'
import type { LoadSample } from '../model/signals.ts'

/**
 * The Redis key schema, in one place. docs/redis-keys.md describes the same for people; a test holds the two equal.
 *
 *   kingcdn:rtt:<prefix>          one per measured prefix, spread over all slots of a Cluster
 *   kingcdn:{fleet}:...           everything else: the hash tag keeps it in one slot, so that scripts can touch several keys at once
 */
export interface KeySpec {
  /** `<...>` stands for a variable part. */
  readonly pattern: string
  readonly type: 'string' | 'hash' | 'stream'
  /**
   * Milliseconds since the last write after which Redis forgets it; null: never; 'lease': as long as the holder asked for; 'report': when the report
   * expires.
   */
  readonly ttlMs: number | null | 'lease' | 'report'
  /** Fields of a hash or of a stream entry. */
  readonly fields: readonly string[]
}

const MINUTE_MS = 60_000
export const MEASUREMENT_TTL_MS = 24 * 60 * MINUTE_MS
/** Long after a report stopped to count (30 s), so that an operator still sees what was last said. */
export const LOAD_TTL_MS = 10 * MINUTE_MS
/** Long after it went silent (15 s), so that an operator sees that it is missing. */
export const NODE_TTL_MS = 15 * MINUTE_MS
/** What a nameserver counted counts on when it is restarted, and a while after it went away: its clients ask another. */
export const COUNTED_TTL_MS = 15 * MINUTE_MS
/** The leader writes the table of the survey in force anew every few minutes. */
export const DEMAND_TTL_MS = 24 * 60 * MINUTE_MS
/** Longer than any prober says that it is there. */
export const PROBERS_TTL_MS = MINUTE_MS

export const KEY_PREFIX = 'kingcdn:'
const RTT = `${KEY_PREFIX}rtt:`
const FLEET = `${KEY_PREFIX}{fleet}:`
const LOAD = `${FLEET}load:`
const NODE = `${FLEET}node:`
const HEALTH = `${FLEET}health:`
const DEMAND = `${FLEET}demand:`
const COUNTED = `${DEMAND}counted:`
const RESOLVERS = `${FLEET}resolvers:`
const SEEN = `${RESOLVERS}seen:`
const PROBERS = `${FLEET}probers:`
const TABLE = `${DEMAND}table:`

/** Keys that exist once. */
export const CHANGES = `${FLEET}changes`
export const MEASURED = `${FLEET}measured`
export const INTENTS = `${FLEET}intents`
export const PLAN = `${FLEET}plan`
export const LEASE = `${FLEET}lease`
export const FENCE = `${FLEET}fence`
export const AUDIT = `${FLEET}audit`
export const COUNTERS = `${DEMAND}nodes`
export const REPORT = `${DEMAND}reported`
export const RESOLVER_NODES = `${RESOLVERS}nodes`

export const KEYS: readonly KeySpec[] = [
  { pattern: `${RTT}<prefix>`, type: 'hash', ttlMs: MEASUREMENT_TTL_MS, fields: ['<cluster>', '<cluster>/passive'] },
  { pattern: `${LOAD}<cluster>`, type: 'string', ttlMs: LOAD_TTL_MS, fields: [] },
  { pattern: `${LOAD}<cluster>/<server>`, type: 'string', ttlMs: LOAD_TTL_MS, fields: [] },
  { pattern: `${NODE}<node>`, type: 'string', ttlMs: NODE_TTL_MS, fields: [] },
  {
    pattern: `${HEALTH}<monitor>`,
    type: 'hash',
    ttlMs: HEALTH_LIFETIME_MS,
    fields: ['at', 'place', 'blind', '<server>/<family>'],
  },
  { pattern: INTENTS, type: 'hash', ttlMs: null, fields: ['<cluster>'] },
  { pattern: PLAN, type: 'hash', ttlMs: null, fields: ['token', 'seq', 'plan'] },
  { pattern: LEASE, type: 'string', ttlMs: 'lease', fields: [] },
  { pattern: FENCE, type: 'string', ttlMs: null, fields: [] },
  { pattern: AUDIT, type: 'stream', ttlMs: null, fields: ['entry'] },
  { pattern: COUNTERS, type: 'hash', ttlMs: COUNTED_TTL_MS, fields: ['<node>'] },
  { pattern: `${COUNTED}<node>`, type: 'string', ttlMs: COUNTED_TTL_MS, fields: [] },
  { pattern: REPORT, type: 'string', ttlMs: 'report', fields: [] },
  { pattern: `${TABLE}<id>`, type: 'string', ttlMs: DEMAND_TTL_MS, fields: [] },
  { pattern: RESOLVER_NODES, type: 'hash', ttlMs: COUNTED_TTL_MS, fields: ['<node>'] },
  { pattern: `${SEEN}<node>`, type: 'string', ttlMs: COUNTED_TTL_MS, fields: [] },
  { pattern: `${PROBERS}<cluster>`, type: 'hash', ttlMs: PROBERS_TTL_MS, fields: ['<prober>'] },
  { pattern: CHANGES, type: 'stream', ttlMs: null, fields: ['kind', 'data'] },
  { pattern: MEASURED, type: 'string', ttlMs: null, fields: [] },
]

/** What an entry of the change stream can be about. */
export const CHANGE_KINDS = ['created', 'rtt', 'load', 'intent', 'plan', 'node', 'health', 'demand'] as const
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/** The stream holds about this many entries: 65 MB at worst (100 rows of 65 octets in each), some minutes of a large fleet's changes. */
export const CHANGES_KEPT = 10_000
export const ROWS_PER_CHANGE = 100
/** More verdicts than these are not told one by one: whoever follows reads the monitor's key. */
export const VERDICTS_PER_CHANGE = 100

export const rttKey = (prefix: string): string => RTT + prefix
export const countedKey = (node: string): string => COUNTED + node
export const demandKey = (id: string): string => TABLE + id
export const healthKey = (monitor: string): string => HEALTH + monitor
export const resolversKey = (node: string): string => SEEN + node
export const probersKey = (cluster: string): string => PROBERS + cluster
export const nodeKey = (node: string): string => NODE + node
export const loadKey = ({ cluster, server }: Pick<LoadSample, 'cluster' | 'server'>): string =>
  server === undefined ? LOAD + cluster : `${LOAD}${cluster}/${server}`

export type KeyName =
  | { readonly kind: 'rtt'; readonly prefix: string }
  | { readonly kind: 'load'; readonly cluster: string; readonly server?: string }
  | { readonly kind: 'node' }
  | { readonly kind: 'health'; readonly monitor: string }
  /** Read by its name, where it is asked for. */
  | { readonly kind: 'single' }
  | { readonly kind: 'foreign' }

const SINGLE: ReadonlySet<string> = new Set([CHANGES, MEASURED, INTENTS, PLAN, LEASE, FENCE, AUDIT])

/** What a key that SCAN found is; `foreign` for what this schema does not know. */
export function parseKey(key: string): KeyName {
  if (key.startsWith(RTT)) return { kind: 'rtt', prefix: key.slice(RTT.length) }
  if (key.startsWith(NODE)) return { kind: 'node' }
  if (key.startsWith(HEALTH)) return { kind: 'health', monitor: key.slice(HEALTH.length) }
  if (SINGLE.has(key)) return { kind: 'single' }
  if (key.startsWith(DEMAND)) return { kind: 'single' }
  if (key.startsWith(RESOLVERS) || key.startsWith(PROBERS)) return { kind: 'single' }
  if (!key.startsWith(LOAD)) return { kind: 'foreign' }
  const name = key.slice(LOAD.length)
  const slash = name.indexOf('/')
  return slash < 0
    ? { kind: 'load', cluster: name }
    : { kind: 'load', cluster: name.slice(0, slash), server: name.slice(slash + 1) }
}
