import type { LoadUnit } from '../../model/cluster.ts'
import { error, type Issue, warning } from '../issues.ts'
import { namesServer, type UrlServer, urlFor } from '../kind/load.ts'
import type { Path } from '../path.ts'
import { loadSchema } from '../schema/load.ts'

type Raw = Readonly<Record<string, unknown>>

/** What is to be known of a cluster; `load` as it was read, undefined: not written. */
export interface LoadedCluster {
  readonly unit?: LoadUnit
  readonly load: unknown
  readonly servers: readonly LoadedServer[]
}

export interface LoadedServer extends Partial<UrlServer> {
  readonly load: unknown
}

/** Rules between a cluster's `load`, those of its servers and its capacity. Of fields that are wrong by themselves nothing more is said. */
export function checkLoad({ unit, load, servers }: LoadedCluster, path: Path): Issue[] {
  const url = urlOf(load)
  const perServer = url !== undefined && namesServer(url)
  const own = servers.filter(server => server.load !== undefined).length
  return [
    ...checkOne(load, unit, [...path, 'load']),
    ...servers.flatMap((server, i) => {
      const at = [...path, 'servers', i]
      if (server.load === undefined) return perServer ? checkAddress(url, server, at) : []
      return [
        ...checkOne(server.load, unit, [...at, 'load']),
        ...checkAddress(urlOf(server.load), server, [...at, 'load']),
      ]
    }),
    ...(own > 0 && url !== undefined && !perServer ? [error([...path, 'load'], TWICE)] : []),
    ...(own > 0 && load === undefined && own < servers.length
      ? [warning(path, `reads the load of ${own} of its ${servers.length} servers; the others have to report theirs`)]
      : []),
  ]
}

const TWICE =
  'is read for the whole cluster, and some of its servers have a load of their own; one of the two, or {ip} in this URL'

function checkOne(load: unknown, unit: LoadUnit | undefined, path: Path): Issue[] {
  if (!isMapping(load)) return []
  const sources = SOURCES.filter(source => load[source] !== undefined)
  return [
    ...(sources.length === 0 ? [error(path, 'names no source; prometheus or stubStatus')] : []),
    ...(sources.length > 1 ? [error(path, 'names two sources; either prometheus or stubStatus')] : []),
    ...checkTimes(load, path),
    ...checkUnit(load, unit, path),
  ]
}

const SOURCES = ['prometheus', 'stubStatus'] as const

function checkTimes(load: Raw, path: Path): Issue[] {
  const interval = loadSchema.shape.interval.safeParse(load.interval).data
  const timeout = loadSchema.shape.timeout.safeParse(load.timeout).data
  if (interval === undefined || timeout === undefined || timeout <= interval) return []
  const at = load.timeout === undefined ? 'interval' : 'timeout'
  return [
    error([...path, at], `the timeout of ${timeout} ms is longer than the interval of ${interval} ms; at most as long`),
  ]
}

function checkUnit(load: Raw, unit: LoadUnit | undefined, path: Path): Issue[] {
  if (unit !== 'bps') return []
  if (load.stubStatus !== undefined)
    return [
      error(
        [...path, 'stubStatus'],
        'knows connections and requests, and the capacity is in bit/s; a capacity in conn or rps, or prometheus',
      ),
    ]
  const prometheus = loadSchema.shape.prometheus.safeParse(load.prometheus).data
  if (prometheus === undefined || prometheus.factor !== 1 || !/byte|octet/.test(prometheus.metric)) return []
  return [
    warning(
      [...path, 'prometheus'],
      `${prometheus.metric} seems to count octets, and the capacity is in bit/s; factor: 8`,
    ),
  ]
}

function checkAddress(url: string | undefined, server: LoadedServer, path: Path): Issue[] {
  if (url === undefined || server.id === undefined || urlFor(url, { ...server, id: server.id }) !== null) return []
  return [error(path, `has no such address as ${url} asks for; the address, or a load of its own`)]
}

/** undefined: none, or not readable. */
function urlOf(load: unknown): string | undefined {
  if (!isMapping(load)) return undefined
  const { shape } = loadSchema
  return (shape.prometheus.safeParse(load.prometheus).data ?? shape.stubStatus.safeParse(load.stubStatus).data)?.url
}

const isMapping = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)
