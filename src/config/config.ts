import type { Millis } from '../base/brand.ts'
import type { ChaosSettings, RateLimitSettings } from '../model/answer-settings.ts'
import type { Deployment, GeoSources } from '../model/deployment.ts'
import type { ProbeMethod } from '../model/probe-status.ts'
import type { QueryLogSettings } from '../model/query-logs.ts'
import type { Endpoint } from './kind/address.ts'

export type { Endpoint } from './kind/address.ts'

/** Where the bearer token is kept; the token itself is never part of the configuration. */
export type TokenSource =
  | { readonly kind: 'file' /** Absolute. */; readonly path: string }
  | { readonly kind: 'env'; readonly name: string }

/** A valid configuration: plain data that may cross threads. All paths are absolute, durations in ms, sizes in octets. */
export interface Config {
  /** Absolute path of the file it came from. */
  readonly file: string
  readonly node: string
  readonly listen: {
    readonly dns: readonly Endpoint[]
    /** null: off. */
    readonly http: Endpoint | null
    readonly freebind: boolean
  }
  readonly http: {
    /** null: changing calls are allowed from loopback only. */
    readonly token: TokenSource | null
    /** null: reading is open. */
    readonly readToken: TokenSource | null
    /** Calls per second of one client; 0: no limit. */
    readonly rateLimit: { readonly reads: number; readonly feeds: number; readonly changes: number }
  }
  /** Query worker threads, 1..256. */
  readonly workers: number | 'auto'
  /** `memory` or a URL, possibly with a password in it: never log it. */
  readonly store: string
  /** Absolute path of the state folder. */
  readonly state: string
  /** The same as `deployment.geo`. */
  readonly geo: GeoSources
  readonly deployment: Deployment
  readonly ecs: { readonly enabled: boolean }
  readonly udp: {
    readonly transport: 'auto' | 'batch' | 'dgram' | 'xdp'
    /** Interfaces that `xdp` takes queries from. */ readonly interfaces: readonly string[]
    /** Octets, 512..4096. */ readonly maxPayload: number
    /** Octets. */ readonly receiveBuffer: number
  }
  readonly tcp: {
    readonly idle: Millis
    readonly message: Millis
    readonly connections: number
    readonly perAddress: number
  }
  readonly load: { readonly planInterval: Millis }
  readonly passive: { /** Samples per second. */ readonly perReporter: number; readonly networks: readonly string[] }
  readonly probe: ProbeSettings
  readonly monitor: MonitorConfig
  readonly chaos: ChaosSettings
  readonly cookies: {
    readonly enabled: boolean
    /** Absolute path; null: the store keeps the secrets. */
    readonly secrets: string | null
    readonly require: boolean
  }
  /** null: no DNS over TLS. Paths are absolute. */
  readonly tls: { readonly listen: readonly Endpoint[]; readonly certificate: string; readonly key: string } | null
  /** null: no limit. */
  readonly rateLimit: RateLimitSettings | null
  readonly log: EventLogSettings
  readonly queryLogs: QueryLogSettings
  /** The text of the file, to be kept beside the last good snapshot. */
  readonly text: string
  /** Sixteen hex digits over everything that must be equal on all nameservers of a fleet; not over paths, addresses or names of this one. */
  readonly hash: string
}

/** The log on standard error. */
export interface EventLogSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly format: 'auto' | 'json' | 'text'
  /** Lines of one kind a minute; 0 = no limit. */
  readonly repeats: number
}

export interface ProbeSettings {
  /** Between two probes of a target, and of one whose block is of the tail of the demand. */
  readonly interval: Millis
  readonly tailInterval: Millis
  /** Longest pause between two tries of a target that never answers. */
  readonly silentInterval: Millis
  /** Packets per second, all kinds together. */
  readonly budget: number
  readonly timeout: Millis
  /** Tried in this order. */
  readonly methods: readonly ProbeMethod[]
  /** 1..65535. */
  readonly port: number
  /** Whether addresses that are not globally reachable are probed. */
  readonly specialPurpose: boolean
  /** Addresses and prefixes that are never probed, and a file with more; null: none. */
  readonly optOut: readonly string[]
  readonly optOutFile: string | null
  /** Where its metrics are; null: nowhere. */
  readonly http: Endpoint | null
}

export interface MonitorConfig {
  /** Whether `serve` runs the checks. */
  readonly enabled: boolean
  /** null: made from the name of the node. */
  readonly name: string | null
  /** null: a place of its own. */
  readonly place: string | null
  readonly noticeBlindness: boolean
  readonly perSecond: number
  readonly concurrency: number
}
