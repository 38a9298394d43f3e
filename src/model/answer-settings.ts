import type { Sampling } from './query-logs.ts'

/** What the answering workers go by besides their tables. Plain data: it crosses threads, at the start and again whenever it changes. */
export interface AnswerSettings {
  readonly chaos: ChaosSettings
  /** null: the server takes no part in cookies; the option is then ignored like any unknown one. */
  readonly cookies: CookieSettings | null
  /** null: no limit. */
  readonly rateLimit: RateLimitSettings | null
  /** null: no DNS over TLS. */
  readonly tls: TlsSettings | null
  /** What of the messages goes to the logs of queries. */
  readonly sampling: Sampling
}

/** TXT records in class CH (RFC 4892). */
export interface ChaosSettings {
  /** Text of `version.bind` and `version.server`; null: REFUSED. */
  readonly version: string | null
  /** Text of `id.server` and `hostname.bind`; null: REFUSED. */
  readonly id: string | null
}

/** DNS cookies (RFC 7873, RFC 9018). */
export interface CookieSettings {
  /** Secrets of SipHash-2-4, 32 hexadecimal digits each, at least one: a cookie made with any of them is good. */
  readonly secrets: readonly string[]
  /** Index of the secret that makes new cookies. */
  readonly active: number
  /** UDP queries without a good cookie get BADCOOKIE instead of an answer. */
  readonly require: boolean
}

/** Response rate limiting of one worker. */
export interface RateLimitSettings {
  /** Responses per second to one client block about one name, above 0. */
  readonly perSecond: number
  /** Every `slip`-th suppressed response leaves truncated instead; 0 = none. */
  readonly slip: number
  /** Addresses and prefixes that are never limited. */
  readonly exempt: readonly string[]
  /** Count only. */
  readonly dryRun: boolean
}

/** PEM texts; that they belong together was checked when they were read. */
export interface TlsSettings {
  /** The certificate chain, leaf first. */
  readonly certificate: string
  readonly key: string
}
