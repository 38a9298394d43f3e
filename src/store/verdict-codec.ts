import { type Millis, millis } from '../base/brand.ts'
import { HEALTH_CAUSES, MOST_MONITORS } from '../model/health.ts'
import type {
  DownCause,
  FamilyHealth,
  FamilyVerdict,
  FamilyVerdicts,
  MonitorQuorum,
  ServerVerdict,
  ServerVerdicts,
} from '../model/verdict.ts'

/** The gate for what a plan says of health. A part that makes no sense counts as unknown, and is judged anew. */
type Fields = Readonly<Record<string, unknown>>

const SERVER = /^[a-z0-9][a-z0-9.-]{0,127}$/
const CAUSES: ReadonlySet<unknown> = new Set<DownCause>([...HEALTH_CAUSES, 'flapping'])
const HEALTHS: ReadonlySet<unknown> = new Set<FamilyHealth>(['up', 'degraded', 'down', 'unknown'])

/** Empty where the plan says nothing. */
export function readVerdicts(value: Fields): {
  readonly servers?: Readonly<Record<string, ServerVerdicts>>
  readonly families?: FamilyVerdicts
} {
  if (!isFields(value.servers)) return {}
  const servers = Object.entries(value.servers).flatMap(([id, verdicts]) => {
    const read = byFamily(verdicts, readServer)
    return SERVER.test(id) && Object.keys(read).length > 0 ? [[id, read] as const] : []
  })
  return { servers: Object.fromEntries(servers), families: byFamily(value.families, readFamily) }
}

export function readMonitors(value: unknown): MonitorQuorum | null {
  if (!isFields(value)) return null
  const { fresh, known, lostSince, blind } = value
  if (!isCount(fresh) || !isCount(known)) return null
  return { fresh, known, lostSince: moment(lostSince) ?? null, ...(isNames(blind) ? { blind } : {}) }
}

function byFamily<T>(value: unknown, read: (value: Fields) => T | null): { readonly v4?: T; readonly v6?: T } {
  if (!isFields(value)) return {}
  const v4 = isFields(value.v4) ? read(value.v4) : null
  const v6 = isFields(value.v6) ? read(value.v6) : null
  return { ...(v4 === null ? {} : { v4 }), ...(v6 === null ? {} : { v6 }) }
}

function readServer(value: Fields): ServerVerdict | null {
  const { up, cause, voices, penalty } = value
  const since = moment(value.since)
  if (typeof up !== 'boolean' || since === undefined) return null
  if (up ? cause !== null : !CAUSES.has(cause)) return null
  const [agreeing, speaking] = Array.isArray(voices) ? (voices as unknown[]) : []
  if (!isCount(agreeing) || !isCount(speaking)) return null
  const silentSince = moment(value.silentSince)
  return {
    up,
    since,
    cause: cause as DownCause | null,
    voices: [agreeing, speaking],
    ...readPenalty(penalty),
    ...readRamp(value),
    ...(silentSince === undefined ? {} : { silentSince }),
  }
}

function readFamily(value: Fields): FamilyVerdict | null {
  const since = moment(value.since)
  if (since === undefined || !HEALTHS.has(value.health)) return null
  return { health: value.health as FamilyHealth, since, ...readRamp(value) }
}

function readPenalty(value: unknown): Pick<ServerVerdict, 'penalty'> {
  if (!isFields(value)) return {}
  const at = moment(value.at)
  return at === undefined || !isNumber(value.value, 0, 1e6) ? {} : { penalty: { value: value.value, at } }
}

function readRamp({ warmingSince, ramp }: Fields): Pick<ServerVerdict, 'warmingSince' | 'ramp'> {
  const since = moment(warmingSince)
  return since === undefined || !isNumber(ramp, 1, 99) ? {} : { warmingSince: since, ramp }
}

/** Each monitor by two families. */
const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= 2 * MOST_MONITORS && value.every(name => isName(name))
const isName = (name: unknown): boolean => typeof name === 'string' && name.length <= 80
const moment = (value: unknown): Millis | undefined => (isCount(value) ? millis(value) : undefined)
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isNumber = (value: unknown, from: number, to: number): value is number =>
  typeof value === 'number' && value >= from && value <= to
