import type { z } from 'zod'
import type { Prefix } from '../../base/prefix.ts'
import type { LoadUnit, Tier } from '../../model/cluster.ts'
import type { Policy, WhenAllDown } from '../../model/service.ts'
import type { Endpoint } from '../kind/address.ts'
import { clusterSchema, locationSchema, serverSchema } from '../schema/cluster.ts'
import { clusterList, onlySchema, serviceSchema, targetSchema } from '../schema/service.ts'
import { httpSchema, listenSchema, settings, tlsSchema, zoneSchema } from '../schema/settings.ts'

/**
 * What can be read of a file that may be wrong in places: every field that is valid by itself. References are checked on this, so that one
 * wrong value never hides the problems of the others. Lists keep their indexes: what is wrong is undefined.
 */
export interface Draft {
  readonly dns: readonly (Endpoint | undefined)[]
  readonly http: HttpDraft
  readonly store: string
  readonly zones: readonly { readonly file?: string; readonly origin?: string }[]
  /** Where DNS over TLS is answered. */
  readonly tls: readonly (Endpoint | undefined)[]
  readonly clusters: readonly ClusterDraft[]
  readonly services: readonly ServiceDraft[]
}

export interface HttpDraft {
  /** `listen.http`; null: off. */
  readonly short?: Endpoint | null
  /** `http.listen`. */
  readonly long?: Endpoint | null
  readonly token?: { readonly file?: string | undefined; readonly env?: string | undefined }
  readonly readToken?: HttpDraft['token']
  /** True when the key was written, legal or not. */
  readonly hasToken: boolean
}

export interface ServerDraft {
  readonly id?: string
  readonly ipv4?: string
  readonly ipv6?: string
  /** True when a key of an address was written, legal or not. */
  readonly hasAddress: boolean
  /** As it was read; undefined: not written. */
  readonly load: unknown
}

export interface ClusterDraft {
  readonly id?: string
  readonly tier?: Tier
  readonly country?: string
  readonly asns: readonly (number | undefined)[]
  readonly serves: readonly (Prefix | undefined)[]
  /** True when asns or serves say something, legal or not. */
  readonly namesNetworks: boolean
  /** undefined: everything, or not readable. */
  readonly content?: readonly (string | undefined)[]
  readonly servers: readonly ServerDraft[]
  readonly unit?: LoadUnit
  /** As they were read; undefined: not written. */
  readonly health: unknown
  readonly load: unknown
}

export interface ServiceDraft {
  readonly id?: string
  readonly hostnames: readonly (string | undefined)[]
  readonly cdnName?: string
  readonly content?: string
  readonly policy?: Policy
  /** undefined: not readable. */
  readonly clusters?: 'all' | readonly (string | undefined)[]
  readonly countries?: readonly (string | undefined)[]
  readonly weights: Readonly<Record<string, number | undefined>>
  readonly order?: readonly (string | undefined)[]
  readonly whenAllDown?: WhenAllDown
  /** undefined: none were written. */
  readonly targets?: readonly TargetDraft[]
}

export interface TargetDraft {
  readonly cname?: string
  readonly weight?: number
  /** undefined: for everybody. Those that can be read. */
  readonly countries?: readonly (string | undefined)[]
}

type Raw = Readonly<Record<string, unknown>>

export function draftOf(value: unknown): Draft {
  const raw = record(value)
  const listen = record(raw.listen)
  const http = record(raw.http)
  return {
    dns: items(listenSchema.shape.dns, listen.dns),
    http: {
      ...present('short', field(listenSchema.shape.http, listen.http)),
      ...present('long', field(httpSchema.shape.listen, http.listen)),
      ...present('token', field(httpSchema.shape.token, http.token)),
      ...present('readToken', field(httpSchema.shape.readToken, http.readToken)),
      hasToken: http.token !== undefined,
    },
    store: field(settings.store, raw.store) ?? 'memory',
    zones: rows(raw.zones).map(zone => ({
      ...present('file', field(zoneSchema.shape.file, zone.file)),
      ...present('origin', field(zoneSchema.shape.origin, zone.origin)),
    })),
    tls: raw.tls === undefined ? [] : items(tlsSchema.shape.listen, record(raw.tls).listen),
    clusters: rows(raw.clusters).map(clusterDraft),
    services: rows(raw.services).map(serviceDraft),
  }
}

function clusterDraft(raw: Raw): ClusterDraft {
  const { shape } = clusterSchema
  return {
    ...present('id', field(shape.id, raw.id)),
    ...present('tier', field(shape.tier, raw.tier)),
    ...present('country', field(locationSchema.shape.country, record(raw.location).country)),
    asns: items(shape.asns, raw.asns),
    serves: items(shape.serves, raw.serves),
    namesNetworks: !isEmpty(raw.asns) || !isEmpty(raw.serves),
    ...(Array.isArray(raw.content) ? { content: items(shape.content, raw.content) } : {}),
    servers: rows(raw.servers).map(server => ({
      ...present('id', field(serverSchema.shape.id, server.id)),
      ...present('ipv4', field(serverSchema.shape.ipv4, server.ipv4)),
      ...present('ipv6', field(serverSchema.shape.ipv6, server.ipv6)),
      hasAddress: 'ipv4' in server || 'ipv6' in server,
      load: server.load,
    })),
    ...present('unit', field(shape.capacity, raw.capacity)?.unit),
    health: raw.health,
    load: raw.load,
  }
}

function serviceDraft(raw: Raw): ServiceDraft {
  const { shape } = serviceSchema
  const listed = Array.isArray(raw.clusters) ? items(clusterList, raw.clusters) : field(shape.clusters, raw.clusters)
  const countries = record(raw.only).countries
  return {
    ...present('id', field(shape.id, raw.id)),
    hostnames: items(shape.hostnames, raw.hostnames),
    ...present('cdnName', field(shape.cdnName, raw.cdnName)),
    ...present('content', field(shape.content, raw.content)),
    ...present('policy', field(shape.policy, raw.policy)),
    ...present('clusters', listed),
    ...(Array.isArray(countries) ? { countries: items(onlySchema.shape.countries, countries) } : {}),
    weights: Object.fromEntries(Object.entries(record(raw.weights)).map(([id, weight]) => [id, numberOf(weight)])),
    ...(Array.isArray(raw.order) ? { order: items(shape.order, raw.order) } : {}),
    ...present('whenAllDown', field(shape.whenAllDown, raw.whenAllDown)),
    ...(raw.targets === undefined ? {} : { targets: rows(raw.targets).map(targetDraft) }),
  }
}

function targetDraft(raw: Raw): TargetDraft {
  const { shape } = targetSchema
  return {
    ...present('cname', field(shape.cname, raw.cname)),
    ...present('weight', field(shape.weight, raw.weight)),
    ...(raw.countries === undefined ? {} : { countries: items(shape.countries, raw.countries) }),
  }
}

const numberOf = (raw: unknown): number | undefined => (typeof raw === 'number' ? raw : undefined)

/** The value of one field by its own schema (its default when absent); undefined when it is wrong. */
function field<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> | undefined {
  const result = schema.safeParse(raw)
  return result.success ? result.data : undefined
}

/** The items of a list that are right by themselves, at their places. `schema` is the list's. */
function items<T>(schema: z.ZodType<readonly T[] | undefined>, raw: unknown): (T | undefined)[] {
  if (!Array.isArray(raw)) return [...(field(schema, raw) ?? [])]
  return raw.map(item => field(schema, [item])?.[0])
}

const record = (value: unknown): Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {}

const isEmpty = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0)

/** The mappings of a list; anything else in it counts as an empty one, so that indexes stay. */
const rows = (value: unknown): Raw[] => (Array.isArray(value) ? value.map(record) : [])

function present<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T })
}
