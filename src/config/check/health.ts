import { error, type Issue, warning } from '../issues.ts'
import type { Path } from '../path.ts'
import { healthSchema } from '../schema/health.ts'
import type { ServerDraft } from './draft.ts'

type Raw = Readonly<Record<string, unknown>>

/** Rules between the fields of `health`. `raw` is the mapping as it was read: of fields that are wrong by themselves nothing more is said. */
export function checkHealth(raw: unknown, servers: readonly ServerDraft[], path: Path): Issue[] {
  if (!isMapping(raw)) return []
  const kinds = KINDS.filter(kind => raw[kind] !== undefined)
  return [
    ...(kinds.length === 0
      ? [error(path, 'checks nothing; http, tcp, dns or several of them, which must all pass')]
      : []),
    ...(isMapping(raw.http) ? checkTls(raw.http, [...path, 'http']) : []),
    ...checkTimes(raw, path),
    ...checkFall(raw, path),
    ...checkFamilies(raw, servers, path),
  ]
}

const KINDS = ['http', 'tcp', 'dns'] as const

function checkTls(http: Raw, path: Path): Issue[] {
  const written = (keys: readonly string[]) => keys.filter(key => http[key] !== undefined)
  if (http.tls !== true) return written(OF_TLS).map(key => error([...path, key], 'needs `tls: true` beside it'))
  if (http.verify !== false) return []
  return written(OF_VERIFICATION).map(key => warning([...path, key], 'has no effect with `verify: false`'))
}

const OF_TLS = ['sni', 'verify', 'ca', 'validFor']
const OF_VERIFICATION = ['ca', 'validFor']

function checkTimes(raw: Raw, path: Path): Issue[] {
  const interval = healthSchema.shape.interval.safeParse(raw.interval).data
  const timeout = healthSchema.shape.timeout.safeParse(raw.timeout).data
  if (interval === undefined || timeout === undefined || timeout <= interval) return []
  const message = `${timeout} ms are longer than the interval of ${interval} ms: a silent server is checked more seldom than that`
  return [warning([...path, raw.timeout === undefined ? 'interval' : 'timeout'], message)]
}

function checkFall(raw: Raw, path: Path): Issue[] {
  const fall = healthSchema.shape.fall.safeParse(raw.fall).data
  if (fall === undefined || fall.failures <= fall.of) return []
  return [
    error([...path, 'fall'], `${fall.failures} failures never come together in ${fall.of} checks; at most ${fall.of}`),
  ]
}

function checkFamilies(raw: Raw, servers: readonly ServerDraft[], path: Path): Issue[] {
  const families = healthSchema.shape.families.safeParse(raw.families).data ?? []
  if (raw.families === undefined || servers.length === 0) return []
  return families
    .filter(family => servers.every(server => server[family] === undefined))
    .map(family => warning([...path, 'families'], `no server of the cluster has an address of ${family}`))
}

const isMapping = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)
