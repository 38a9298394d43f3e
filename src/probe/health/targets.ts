import type { HealthChecks, MonitorSettings } from '../../model/health-checks.ts'
import type { Address } from './check.ts'

/** One server by one address family: what is checked, judged and told by itself. */
export interface Target {
  readonly cluster: string
  readonly server: string
  readonly at: Address
  readonly checks: HealthChecks
}

/** Sets a target apart from all others of the same deployment. */
export const keyOf = ({ server, at }: Pick<Target, 'server' | 'at'>): string => `${server}/${at.family}`

/** Every server of every cluster by every family that it has and that is checked, in the order of the configuration. */
export function targetsOf(clusters: MonitorSettings['clusters']): Target[] {
  return clusters.flatMap(({ id: cluster, servers, health: checks }) =>
    servers.flatMap(({ id: server, ipv4, ipv6 }) =>
      checks.families.flatMap(family => {
        const text = family === 4 ? ipv4 : ipv6
        return text === undefined ? [] : [{ cluster, server, at: { text, family }, checks }]
      }),
    ),
  )
}
