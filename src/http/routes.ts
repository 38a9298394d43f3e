import type { Clock } from '../base/clock.ts'
import type { ControlPort } from '../control/port.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { PassivePort } from '../model/passive.ts'
import { getAudit } from './audit.ts'
import { drain, load, restore } from './clusters.ts'
import { consolePage, consolePart } from './console.ts'
import { getDemand, putDemand, withdrawDemand } from './demand.ts'
import { explain } from './explain.ts'
import { demandQuery } from './fields.ts'
import { livez, readyz } from './health.ts'
import { openapi } from './openapi.ts'
import { putPassiveRtt } from './passive-rtt.ts'
import { getResolvers, putProber } from './probers.ts'
import { reload } from './reload.ts'
import { json } from './reply.ts'
import type { Call, Route } from './router.ts'
import { getRtt, putRtt } from './rtt.ts'

const KB = 1024
const SMALL = 64 * KB
const LARGE = { bodyLimit: 4 * KB * KB }
const VITAL = { pace: 'vitals' } as const
const FEED = { pace: 'feeds' } as const
const OPEN = { isOpen: true } as const

/** Everything the API can do. Changing calls are exactly the POSTs. */
export function routes(port: ControlPort, metrics: Metrics, clock: Clock, passive: PassivePort): readonly Route[] {
  type Handle = Route['handle']
  const get = (path: string, does: string, handle: Handle, more: Partial<Route> = {}): Route => ({
    ...{ method: 'GET', path, does, handle },
    ...more,
  })
  const v1 = (
    method: Route['method'],
    path: string,
    does: string,
    handle: Handle,
    more: Partial<Route> = {},
  ): Route => ({
    ...{ method, path, does, bodyLimit: SMALL },
    handle: (call: Call) => {
      demandQuery(call.query, [])
      return handle(call)
    },
    ...more,
  })
  const table: readonly Route[] = [
    get('/', 'the console page', () => consolePage(), OPEN),
    get('/console/<edition>/<file>', 'what the console page is made of', call => consolePart(call.params), OPEN),
    get(
      '/metrics',
      'metrics in the Prometheus text format',
      async () => {
        const { contentType, body } = await metrics.scrape()
        return { status: 200, type: contentType, body }
      },
      VITAL,
    ),
    get('/livez', 'the process is alive', livez, { ...VITAL, ...OPEN }),
    get('/readyz', 'a usable map is served; names the broken zones', () => readyz(port.status()), {
      ...VITAL,
      ...OPEN,
    }),
    v1('GET', '/v1/openapi.json', 'this API as an OpenAPI 3.1 document', () => json(openapi(table)), OPEN),
    get('/v1/explain', 'why a client gets the answer it gets', call => explain(port, call.query)),
    get('/v1/audit', 'who changed what, and what came of it', call => getAudit(port, clock, call.query)),
    v1('GET', '/v1/status', 'the running server at a glance', () => json(port.status())),
    v1('GET', '/v1/clusters', 'health, load, target, drain and shed level of every cluster', () =>
      json({ clusters: port.status().clusters }),
    ),
    v1('POST', '/v1/clusters/<id>/drain', 'turns clients away from a cluster', call => drain(port, clock, call)),
    v1('POST', '/v1/clusters/<id>/restore', 'ends a drain', call => restore(port, call)),
    v1('POST', '/v1/clusters/<id>/load', 'reports the load of a cluster', call => load(port, call), FEED),
    v1(
      'POST',
      '/v1/clusters/<id>/servers/<sid>/load',
      'reports the load of one server',
      call => load(port, call),
      FEED,
    ),
    v1(
      'POST',
      '/v1/clusters/<id>/rtt',
      "takes RTTs that a cluster's edges saw of their clients",
      call => putPassiveRtt(port, passive, clock, call),
      { ...FEED, bodyLimit: KB * KB },
    ),
    v1('GET', '/v1/rtt', 'exports the RTT table', () => getRtt(port)),
    v1('POST', '/v1/rtt', 'takes measurements', call => putRtt(port, clock, call), { ...FEED, ...LARGE }),
    v1('GET', '/v1/demand', 'exports the demand that is known', () => getDemand(port, clock)),
    v1('POST', '/v1/demand', 'reports demand', call => putDemand(port, clock, call), LARGE),
    v1('POST', '/v1/demand/withdraw', 'ends what was reported', call => withdrawDemand(port, call)),
    v1('GET', '/v1/resolvers', 'the resolvers that ask, for probers', () => getResolvers(port, clock)),
    v1('POST', '/v1/probers', 'says that a prober is there', async call => putProber(port, await call.body()), FEED),
    v1('POST', '/v1/reload', 'reloads configuration, zones and geo data', call => reload(port, call)),
  ]
  return table
}
