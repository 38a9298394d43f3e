/** The logs that are made of queries; index = bit of {@link QueryRing} records, 1 << index. */
export const QUERY_LOGS = ['queries', 'decisions', 'dnstap'] as const
export type QueryLog = (typeof QUERY_LOGS)[number]

export const LOG_QUERIES = 1
export const LOG_DECISIONS = 2
export const LOG_DNSTAP = 4

/** Share of the messages that go to each log, 0..1; 0 = off. */
export type Sampling = Readonly<Record<QueryLog, number>>
export const NO_SAMPLING: Sampling = { queries: 0, decisions: 0, dnstap: 0 }

/** One file of JSON lines. */
export interface LineLogSettings {
  /** Absolute path; `-`: standard output. */
  readonly file: string
  /** Above 0, at most 1. */
  readonly sample: number
  /** Octets; a file that would grow beyond is moved to `<file>.1`, in the place of the one before. */
  readonly maxSize: number
}

export interface DnstapSettings {
  /** Absolute path of a unix socket that a reader listens on, or of a file. */
  readonly to: { readonly socket: string } | { readonly file: string; readonly maxSize: number }
  readonly sample: number
  readonly what: 'all' | 'queries' | 'responses'
  /** Who speaks, as the records say it. */
  readonly identity: string
}

/** What the thread that writes goes by. Plain data: it crosses threads. null: off. */
export interface QueryLogSettings {
  readonly queries: LineLogSettings | null
  readonly decisions: LineLogSettings | null
  readonly dnstap: DnstapSettings | null
  /** `block`: addresses of clients are cut to their /24 or /56, and their ports left out. */
  readonly clients: 'whole' | 'block'
}

/** What the stable numbers of services and clusters stand for: index = number. */
export interface LogNames {
  readonly services: readonly string[]
  readonly clusters: readonly string[]
}

/** Records since the start, by log. */
export interface LogCounts {
  readonly written: number
  /** For want of room: in the ring, in the file, or because nobody read. */
  readonly lost: number
}
