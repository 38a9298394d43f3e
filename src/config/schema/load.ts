import type { z } from 'zod'
import { labelValue, loadUrl, metricName } from '../kind/load.ts'
import { choice } from '../kind/name.ts'
import { decimal, duration } from '../kind/number.ts'
import { group, option, table } from '../option.ts'

/** Where the load of a cluster, or of one server of it, is read. */
export const loadSchema = group({
  prometheus: option(
    group({
      url: option(
        loadUrl,
        'Page in the Prometheus text format. With a word in braces it is read at every server, else once for all of them.',
      ),
      metric: option(metricName, 'The metric; its series are added up.'),
      labels: option(
        table(labelValue, 'label: value, such as { device: eth0 }'),
        'Only series with all of these labels.',
        {},
      ),
      kind: option(
        choice(['counter', 'gauge']),
        'counter: its growth per second is the load; gauge: it is the load. Left out: counter when its name ends in _total, else gauge.',
      ).optional(),
      factor: option(
        decimal(1e-9, 1e9),
        "Multiplies the figure into the capacity's unit: 8 for octets where the capacity is in bit/s.",
        1,
      ),
    }),
    'From a metric of an exporter. Either this or `stubStatus`.',
  ).optional(),
  stubStatus: option(
    group({
      url: option(
        loadUrl,
        'Location with `stub_status`. Read are the open connections where the capacity is in conn, the requests per second where it is in rps.',
      ),
    }),
    'From nginx (ngx_http_stub_status_module).',
  ).optional(),
  interval: option(
    duration('500ms', '20s', '5s'),
    'Time between two readings. By the leader of the fleet alone; a report older than 30 s is stale.',
    '5s',
  ),
  timeout: option(duration('100ms', '20s', '2s'), 'A page that is not there after this long is a failure.', '2s'),
})

export type LoadEntry = z.output<typeof loadSchema>
