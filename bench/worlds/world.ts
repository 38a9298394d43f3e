/** How large a world is. Everything else about it follows from these figures and the seeds of its generators. */
export interface WorldSize {
  /** Server clusters, each with two servers. */
  readonly clusters: number
  /** Services, each with a CDN name. */
  readonly services: number
  /** Client prefixes with measured round-trip times, to {@link MEASURED_CLUSTERS} clusters each. */
  readonly prefixes: number
  /** Hosts of the zone beside its services, an A record each. */
  readonly records: number
}

/** A world with its large files written. */
export interface World {
  readonly size: WorldSize
  /** City database that every server reads. */
  readonly city: string
}

export type Dimension = keyof WorldSize

/** Round-trip times known of each measured prefix: a million prefixes are then all that the embedded store takes. */
export const MEASURED_CLUSTERS = 2

/** The small world from which one dimension at a time grows. */
export const BASE: WorldSize = { clusters: 24, services: 100, prefixes: 1_000, records: 1_000 }

export const STEPS: Readonly<Record<Dimension, readonly number[]>> = {
  clusters: [10, 24, 100, 1_000],
  services: [1, 100, 10_000],
  prefixes: [1_000, 100_000, 1_000_000],
  records: [1_000, 100_000, 1_000_000],
}

/** The base, but for one dimension. */
export function grown(dimension: Dimension, step: number): WorldSize {
  return { ...BASE, [dimension]: step }
}

/** Zone with the services and records of a world. */
export const ORIGIN = 'cdn.example'
/** A host that every world has; A 192.0.2.1. */
export const NAME_SERVER = `ns1.${ORIGIN}`

/** Service `i` and its CDN name below {@link ORIGIN}. */
export const serviceId = (i: number): string => `s${i}`
/** Owner of record `i` below {@link ORIGIN}. */
export const recordLabel = (i: number): string => `host-${i}`
export const clusterId = (i: number): string => `c${i}`

/** Address of server `which`, 1 or 2, of cluster `i`: in 10.128.0.0/9, apart from the records of the zone. */
export const serverAddress = (i: number, which: number): string => `10.${128 + (i >>> 8)}.${i & 255}.${which}`
