import type { CheckedCluster, HealthChecks, HttpCheck, MonitorSettings, TlsCheck } from '../model/health-checks.ts'
import type { Config } from './config.ts'
import { definedOnly } from './defined.ts'
import type { HealthEntry } from './schema/health.ts'

/** The checks of a cluster: families as numbers, the path of a CA file absolute, defaults that depend on other fields filled in. */
export function buildHealth(entry: HealthEntry, absolute: (path: string) => string): HealthChecks {
  const { http, tcp, dns, families, interval, timeout, fall, rise } = entry
  return definedOnly({
    http: http && buildHttp(http, absolute),
    tcp,
    dns,
    families: ([4, 6] as const).filter(family => families.includes(`ipv${family}`)),
    interval,
    timeout,
    rules: { fall, rise },
  })
}

type HttpEntry = NonNullable<HealthEntry['http']>

function buildHttp(entry: HttpEntry, absolute: (path: string) => string): HttpCheck {
  const { path, tls, port = tls ? 443 : 80, status, body, host } = entry
  return definedOnly({ path, port, status, body, host, tls: tls ? buildTls(entry, absolute) : null })
}

function buildTls({ host, sni, verify, ca, validFor }: HttpEntry, absolute: (path: string) => string): TlsCheck {
  return definedOnly({ name: sni ?? nameIn(host), verify, ca: ca === undefined ? undefined : absolute(ca), validFor })
}

/** The name in a Host field; undefined where that is an address, which SNI cannot carry (RFC 6066 section 3). */
function nameIn(host: string | undefined): string | undefined {
  const name = host?.replace(/:[0-9]+$/, '')
  return name === undefined || name.startsWith('[') || /^[0-9.]+$/.test(name) ? undefined : name
}

/** What the monitor inside `serve` goes by, or the one that runs alone: `alone`. `name`: what the operator calls it on the command line. */
export function monitorSettings({ node, monitor, deployment }: Config, alone: boolean, name?: string): MonitorSettings {
  const { perSecond, concurrency, place, noticeBlindness } = monitor
  return definedOnly({
    name: name ?? monitor.name ?? (alone ? `${node.slice(0, 64 - ALONE.length)}${ALONE}` : node),
    place: place ?? undefined,
    noticeBlindness,
    perSecond,
    concurrency,
    clusters: deployment.clusters.flatMap(({ id, servers, health }): readonly CheckedCluster[] =>
      health === undefined ? [] : [{ id, servers, health }],
    ),
  })
}

/** A server and a monitor beside it, on the same configuration, are two. */
const ALONE = '-monitor'
