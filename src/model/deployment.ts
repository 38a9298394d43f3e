import type { Prefix } from '../base/prefix.ts'
import type { Cluster } from './cluster.ts'
import type { ExternalRtts } from './estimates.ts'
import type { LoadPull } from './load-pull.ts'
import type { Service } from './service.ts'

/** One zone as configured. */
export interface ZoneSource {
  /** Absolute path. */
  readonly file: string
  /** Lower case with final dot; undefined: from `$ORIGIN` or the SOA's owner. */
  readonly origin?: string
}

/** One line of the operator's overrides file. Longest match wins. */
export interface Override {
  readonly prefix: Prefix
  readonly place?: { readonly lat: number; readonly lon: number; readonly country?: string }
  readonly asn?: number
  /** Fixed cluster order (coverage zone), ids; the first usable one serves. */
  readonly clusters?: readonly string[]
}

/** Absolute paths; several files of one kind are asked in order, the first that knows an address wins (one file per address family, say). */
export interface GeoSources {
  readonly city: readonly string[]
  readonly asn: readonly string[]
  readonly overrides: readonly Override[]
}

/** A deployment that was read, with the hash over what must be equal on all nameservers of a fleet. */
export interface LoadedConfiguration {
  readonly deployment: Deployment
  readonly hash: string
}

/** Everything of the configuration that decides answers: what the planner compiles. Plain data, may cross threads. */
export interface Deployment {
  readonly zones: readonly ZoneSource[]
  readonly clusters: readonly Cluster[]
  readonly services: readonly Service[]
  readonly geo: GeoSources
  /** Left out: none. */
  readonly estimates?: ExternalRtts
  /** Where loads are read; it decides nothing of a map. Left out: nowhere. */
  readonly loadPulls?: readonly LoadPull[]
}
