import { NODE, type Section } from './dashboard.ts'
import { heatmap, series } from './panel.ts'
import { RATE, rate, rates } from './rates.ts'

const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (le, role) (rate(kingcdn_answer_seconds_bucket{${NODE}}${RATE})))`

/** What comes in, what goes out, and how long it takes. */
export const QUERIES: Section = {
  title: 'Queries and responses',
  lines: [
    [
      8,
      series(
        'Queries by type',
        'reqps',
        [[rate('kingcdn_queries_by_type_total', 'type'), '{{type}}']],
        [
          'Queries by type; rare types count as other.',
          'A and AAAA, then HTTPS.',
          'Much ANY, TXT or DNSKEY: somebody tries to amplify.',
        ],
        { stack: true },
      ),
      series(
        'Responses by code',
        'reqps',
        [[rate('kingcdn_responses_total', 'rcode'), '{{rcode}}']],
        [
          'Responses by response code.',
          'NOERROR, some NXDOMAIN.',
          'SERVFAIL: zones or services. REFUSED: names that are not ours. NXDOMAIN in masses: random subdomains.',
        ],
        { stack: true },
      ),
      series(
        'Queries by zone',
        'reqps',
        [[`topk(10, ${rate('kingcdn_zone_queries_total', 'zone')})`, '{{zone}}']],
        [
          'The ten zones asked most; `other` is outside of all zones.',
          'Your popular zones.',
          'One zone that jumps: a flood against it, or a premiere.',
        ],
        { stack: true },
      ),
    ],
    [
      8,
      series(
        'Queries by transport',
        'reqps',
        [[rate('kingcdn_queries_total', 'transport'), '{{transport}}']],
        [
          'Queries over UDP, TCP and TLS.',
          'TCP a few percent.',
          'Much TCP: answers are truncated or slipped, see below.',
        ],
        { stack: true },
      ),
      heatmap('Answer time', 's', `sum by (le) (increase(kingcdn_answer_seconds_bucket{${NODE}}${RATE}))`, [
        'Time from the octets of a query to those of its answer, of one query in 97.',
        'A band at some microseconds.',
        'A second band above a millisecond: something stops the workers; CPU below.',
      ]),
      series(
        'Answer time, quantiles',
        's',
        [
          [quantile(0.5), '{{role}} p50'],
          [quantile(0.9), '{{role}} p90'],
          [quantile(0.99), '{{role}} p99'],
        ],
        [
          'The same as quantiles, UDP (query) and streams (tcp) apart. The last bucket ends at 10 ms.',
          'p50 of some microseconds, p99 below 100 us.',
          'p99 at 10 ms means 10 ms or more.',
        ],
        { limits: [[0.005, 'red']] },
      ),
    ],
    [
      7,
      rates(
        'EDNS and truncation',
        [
          ['kingcdn_edns_queries_total', 'with EDNS'],
          ['kingcdn_ecs_queries_total', 'with a client subnet'],
          ['kingcdn_truncated_responses_total', 'truncated'],
        ],
        [
          'What queries carry, and responses that did not fit.',
          'Nearly all have EDNS; few are truncated.',
          'Many truncated: large answers to small buffers; see the type.',
        ],
      ),
      rates(
        'Hostile and lost',
        [
          ['kingcdn_malformed_queries_total', 'malformed'],
          ['kingcdn_ignored_messages_total', 'ignored'],
          ['kingcdn_dropped_datagrams_total', 'crashed a worker before'],
          ['kingcdn_receive_dropped_total', 'buffer full'],
          ['kingcdn_send_errors_total', 'not sent'],
        ],
        [
          'What could not be read, got no answer, or was lost on the way in or out.',
          'Near 0.',
          'malformed, ignored: scanners. buffer full: more workers. not sent: firewall or route on this machine.',
        ],
      ),
      series(
        'Rate limit',
        'ops',
        [[rate('kingcdn_rate_limited_responses_total', 'action'), '{{action}}']],
        [
          'Responses over the limit: dropped, sent truncated instead (slipped), or spared by a dry run.',
          'Near 0.',
          'docs/rate-limiting.md: who is limited, and how to except a resolver.',
        ],
        { stack: true },
      ),
      series(
        'Cookies',
        'ops',
        [[rate('kingcdn_cookie_queries_total', 'cookie'), '{{cookie}}']],
        [
          'Queries with a DNS cookie: good, bad, or a client cookie alone (new).',
          'good and new.',
          'Many bad: forged, or the nameservers of one address do not share secrets.',
        ],
        { stack: true },
      ),
    ],
    [
      7,
      rates(
        'TCP and TLS',
        [
          ['kingcdn_tcp_connections_total', 'opened'],
          ['kingcdn_tcp_refused_total', 'refused'],
          ['kingcdn_tcp_timeouts_total', 'idle or slow'],
          ['kingcdn_tcp_evicted_total', 'made room'],
          ['kingcdn_tls_failures_total', 'TLS failed'],
        ],
        [
          'Connections opened, and how they were closed by us.',
          'Few refused or evicted.',
          'refused: `tcp.connections` is too small, or somebody holds connections.',
        ],
      ),
      series(
        'Memory of answers',
        'ops',
        [
          [rate('kingcdn_answer_cache_hits_total'), 'remembered'],
          [rate('kingcdn_answer_cache_misses_total'), 'looked up'],
          [rate('kingcdn_answer_cache_stored_total'), 'taken in'],
        ],
        [
          'Questions answered from memory, looked up in the zones, and answers taken in.',
          'Mostly remembered.',
          'Looked up grows with NXDOMAIN: random names.',
        ],
        { stack: false },
      ),
      series(
        'Traffic',
        'Bps',
        [
          [rate('kingcdn_received_bytes_total'), 'received'],
          [rate('kingcdn_sent_bytes_total'), 'sent'],
        ],
        [
          'Bytes of DNS messages without headers.',
          'Sent is two or three times what is received.',
          'Much more: amplification; is the rate limit on?',
        ],
      ),
      series(
        'HTTP API',
        'ops',
        [[rate('kingcdn_http_requests_total', 'outcome'), '{{outcome}}']],
        [
          'Calls of the HTTP API by outcome: ok, or the code of the error.',
          'ok.',
          'unauthorized: wrong or old tokens, or somebody guesses. too-many-requests: a script without a pause.',
        ],
        { stack: true },
      ),
    ],
  ],
}
