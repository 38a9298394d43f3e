import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client'
import type { Status } from '../model/status.ts'
import { answerPairs, answerTargets, plannedShares, zoneQueries } from './bounded.ts'
import { CLUSTERS } from './clusters.ts'
import type { Definition, Labels } from './definition.ts'
import { EDGES } from './edges.ts'
import { HEALTH } from './health.ts'
import { HTTP } from './http.ts'
import { Ledger } from './ledger.ts'
import { LOGS } from './logs.ts'
import { QUERIES } from './queries.ts'
import { STATE } from './state.ts'
import { ToldHistogram } from './told-histogram.ts'

export interface Metrics {
  /** The Prometheus text format of this moment. Rejects only if `source` throws. */
  scrape(): Promise<{ readonly contentType: string; readonly body: string }>
}

/** What prom-client says of the process and we do not show: gauges named `_total` against Prometheus' naming rules, and needless detail. */
const PROCESS_LEFT_OUT = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
  'nodejs_heap_space_size_total_bytes',
  'nodejs_heap_space_size_used_bytes',
  'nodejs_heap_space_size_available_bytes',
  'nodejs_eventloop_lag_min_seconds',
  'nodejs_eventloop_lag_mean_seconds',
  'nodejs_eventloop_lag_stddev_seconds',
  'nodejs_eventloop_lag_p50_seconds',
  'nodejs_eventloop_lag_p90_seconds',
  'process_heap_bytes',
]

/**
 * Metrics that are put together on scrape, from one status each time: nothing on the query road knows of them. Every series carries the
 * label `node`. The counters never go backwards while this object lives, even when a worker starts again at zero.
 */
export function createMetrics(source: () => Status): Metrics {
  return collect(definitions(), source, ({ node }) => ({ node }))
}

/** The same of any other program's status; `labels`: what every series carries. */
export function collect<S>(all: readonly Definition<S>[], source: () => S, labels: (status: S) => Labels): Metrics {
  const registry = new Registry()
  const ledger = new Ledger()
  const metrics = all.map(definition => ({ definition, fill: filler(definition, registry, ledger) }))
  collectDefaultMetrics({ register: registry })
  for (const name of PROCESS_LEFT_OUT) registry.removeSingleMetric(name)
  return {
    async scrape() {
      const status = source()
      registry.setDefaultLabels(labels(status))
      for (const { fill } of metrics) fill(status)
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
  }
}

/** Every metric of our own, in the order of the exposition. */
export function definitions(): readonly Definition[] {
  return [
    ...QUERIES,
    zoneQueries(),
    answerPairs(),
    plannedShares(),
    answerTargets(),
    ...CLUSTERS,
    ...HEALTH,
    ...EDGES,
    ...STATE,
    ...HTTP,
    ...LOGS,
  ]
}

function filler<S>(definition: Definition<S>, registry: Registry, ledger: Ledger): (status: S) => void {
  const { name, help } = definition
  if (definition.kind === 'histogram') {
    const histogram = new ToldHistogram(name, help, definition.bounds, ledger)
    registry.registerMetric(histogram as unknown as Metric)
    return status => {
      for (const sample of definition.read(status)) histogram.tell(sample)
    }
  }
  const { kind, read } = definition
  const options = { name, help, labelNames: [...definition.labels], registers: [registry] }
  if (kind === 'gauge') {
    const gauge = new Gauge(options)
    return status => {
      gauge.reset()
      // reset() leaves a gauge without labels at 0; what is not known must be absent.
      if (definition.labels.length === 0) gauge.remove()
      for (const { labels, value } of read(status)) gauge.set(labels, value)
    }
  }
  const counter = new Counter(options)
  return status => {
    for (const { labels, value, source } of read(status)) {
      counter.inc(labels, ledger.step(`${name} ${source ?? ''} ${Object.values(labels).join(' ')}`, value))
    }
  }
}
