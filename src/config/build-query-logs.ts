import type { DnstapSettings, LineLogSettings, QueryLogSettings, Sampling } from '../model/query-logs.ts'
import type { ConfigEntries } from './schema/schema.ts'

type LogEntry = ConfigEntries['log']

/** `node`: who speaks in dnstap unless told. */
export function buildQueryLogs(log: LogEntry, node: string, absolute: (path: string) => string): QueryLogSettings {
  const lines = (entry: LogEntry['queries']): LineLogSettings | null =>
    entry === undefined ? null : { ...entry, file: entry.file === '-' ? '-' : absolute(entry.file) }
  return {
    queries: lines(log.queries),
    decisions: lines(log.decisions),
    dnstap: log.dnstap === undefined ? null : buildDnstap(log.dnstap, node, absolute),
    clients: log.clients,
  }
}

/** Exactly one of `socket` and `file` is there: checked before. */
function buildDnstap(
  entry: NonNullable<LogEntry['dnstap']>,
  node: string,
  absolute: (path: string) => string,
): DnstapSettings {
  const { socket, file, sample, what, identity, maxSize } = entry
  const to = socket === undefined ? { file: absolute(file ?? ''), maxSize } : { socket: absolute(socket) }
  return { to, sample, what, identity: identity ?? node }
}

export function samplingOf({ queries, decisions, dnstap }: QueryLogSettings): Sampling {
  return { queries: queries?.sample ?? 0, decisions: decisions?.sample ?? 0, dnstap: dnstap?.sample ?? 0 }
}
