import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { basename, dirname, resolve } from 'node:path'
import { type Cluster, withoutChecks } from '../model/cluster.ts'
import type { Deployment, Override } from '../model/deployment.ts'
import type { ExternalRtts } from '../model/estimates.ts'
import type { Service } from '../model/service.ts'
import { accessOf, tokenSource } from './access.ts'
import { buildHealth } from './build-health.ts'
import { buildProbe } from './build-probe.ts'
import { buildQueryLogs } from './build-query-logs.ts'
import type { Config } from './config.ts'
import { definedOnly } from './defined.ts'
import { loadPulls } from './load-pulls.ts'
import type { ClusterEntry } from './schema/cluster.ts'
import type { ConfigEntries } from './schema/schema.ts'
import type { ServiceEntry } from './schema/service.ts'

/** Turns valid entries into the configuration: tiers and `all` become ids, paths absolute against `file` (itself absolute). */
export function buildConfig(
  entries: ConfigEntries,
  overrides: readonly Override[],
  estimates: ExternalRtts | undefined,
  file: string,
  text: string,
): Config {
  const absolute = (path: string): string => resolve(dirname(file), path)
  const { zones, listen, http, geo } = entries
  const access = accessOf({ short: listen.http, long: http.listen, token: http.token }, entries.store, file)
  const pulls = loadPulls(entries.clusters)
  const deployment: Deployment = {
    zones: zones.map(zone => definedOnly({ file: absolute(zone.file), origin: zone.origin })),
    clusters: entries.clusters.map(cluster => buildCluster(cluster, absolute)),
    services: entries.services.map(service => buildService(service, entries.clusters)),
    geo: { city: paths(geo.city).map(absolute), asn: paths(geo.asn).map(absolute), overrides },
    ...(estimates === undefined ? {} : { estimates }),
    ...(pulls.length === 0 ? {} : { loadPulls: pulls }),
  }
  const { workers, ecs, udp, tcp, load, passive, probe, monitor, log, chaos, cookies, tls, rateLimit } = entries
  const node = entries.node ?? ownName()
  return {
    file,
    node,
    listen: { dns: listen.dns, http: access.http, freebind: listen.freebind },
    http: { token: access.token, readToken: tokenSource(http.readToken, file), rateLimit: http.rateLimit },
    store: entries.store,
    state: absolute(entries.state),
    geo: deployment.geo,
    deployment,
    ...{ workers, ecs, udp, tcp, load, passive, probe },
    log: { level: log.level, format: log.format, repeats: log.repeats },
    queryLogs: buildQueryLogs(log, node, absolute),
    monitor: { ...monitor, name: monitor.name ?? null, place: monitor.place ?? null },
    probe: buildProbe(probe, absolute),
    chaos: { version: chaos.version ?? null, id: chaos.id ?? null },
    cookies: { ...cookies, secrets: cookies.secrets === undefined ? null : absolute(cookies.secrets) },
    tls: tls === undefined ? null : { ...tls, certificate: absolute(tls.certificate), key: absolute(tls.key) },
    rateLimit: rateLimit.perSecond === 0 ? null : rateLimit,
    text,
    hash: hashOf(deployment, entries),
  }
}

const ownName = (): string =>
  hostname()
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 64) || 'localhost'

const paths = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value

function buildCluster(entry: ClusterEntry, absolute: (path: string) => string): Cluster {
  const { id, tier, location, asns, serves, capacity, target, content, bias, upThreshold, servers, health } = entry
  return definedOnly({
    id,
    tier,
    location: definedOnly(location),
    asns: tier === 'embedded' ? asns : [],
    serves,
    capacity,
    target,
    content,
    biasMs: bias,
    upThreshold,
    servers: servers.map(({ id, ipv4, ipv6, weight }) => definedOnly({ id, ipv4, ipv6, weight })),
    health: health && buildHealth(health, absolute),
  })
}

function buildService(service: ServiceEntry, clusters: readonly ClusterEntry[]): Service {
  const chosen = service.clusters === 'all' ? null : new Set(service.clusters)
  const ids = clusters
    .filter(({ id, tier }) => chosen === null || chosen.has(id) || chosen.has(tier))
    .map(({ id }) => id)
  const order = new Set(service.order)
  return definedOnly({
    id: service.id,
    hostnames: service.hostnames,
    cdnName: service.cdnName,
    content: service.content,
    policy: service.policy,
    clusters: ids,
    only: service.only,
    weights: service.weights,
    order: [...order, ...ids.filter(id => !order.has(id))],
    answers: service.answers,
    ttl: service.ttl,
    https: service.https,
    targets: service.targets?.map(target => definedOnly(target)),
    whenAllDown: service.whenAllDown,
    ...(service.failOpenBelow === 0 ? {} : { failOpenBelow: service.failOpenBelow }),
  })
}

/** Differs between two nameservers of a fleet exactly when they would compile different maps from the same geo data and measurements. */
function hashOf({ zones, clusters, services, geo, estimates }: Deployment, { ecs, load }: ConfigEntries): string {
  const names = zones.map(zone => zone.origin ?? basename(zone.file))
  const parts = JSON.stringify([names, withoutChecks(clusters), services, geo.overrides, ecs, load, estimates])
  return createHash('sha256').update(parts).digest('hex').slice(0, 16)
}
