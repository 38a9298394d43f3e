import { CLUSTERS } from './clusters.ts'
import { DNS } from './dns.ts'
import { MEASUREMENT } from './measurement.ts'
import { OVERVIEW } from './overview.ts'
import { ROUTING } from './routing.ts'

/** Every dashboard by the name of its file in grafana/dashboards/. */
export const DASHBOARDS = {
  overview: OVERVIEW,
  routing: ROUTING,
  clusters: CLUSTERS,
  measurement: MEASUREMENT,
  dns: DNS,
}

export const toText = (dashboard: object): string => `${JSON.stringify(dashboard, null, 2)}\n`
