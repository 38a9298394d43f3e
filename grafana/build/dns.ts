import { dashboard, NODE } from './dashboard.ts'
import { MACHINES, NODE_STATE } from './dns-node.ts'
import { QUERIES } from './dns-queries.ts'
import { stat } from './panel.ts'
import { RATE, rate } from './rates.ts'

export const DNS = dashboard({
  uid: 'kingcdn-dns',
  title: 'KingCDN / DNS server',
  description: 'What the nameservers do: queries, answers, time, limits, their map and store, their machines.',
  variables: ['node'],
  sections: [
    {
      title: 'At a glance',
      lines: [
        [
          4,
          stat(
            'Queries',
            'reqps',
            rate('kingcdn_queries_total'),
            [
              'DNS queries per second, all transports.',
              'Follows the day.',
              'A drop of one nameserver: resolvers turned away from it. Of all: the network before them.',
            ],
            { graph: true },
          ),
          stat(
            'p99 of the answer time',
            's',
            `histogram_quantile(0.99, sum by (le) (rate(kingcdn_answer_seconds_bucket{${NODE},role="query"}${RATE})))`,
            [
              '99 of 100 answers over UDP take less from octets to octets. Time in the network and in socket buffers is not in it.',
              'Below 100 us.',
              'Above a millisecond: is the machine short of CPU? Answers have the highest priority.',
            ],
            {
              limits: [
                [0.001, 'yellow'],
                [0.005, 'red'],
              ],
              graph: true,
            },
          ),
          stat(
            'Lost in the receive buffer',
            'ops',
            rate('kingcdn_receive_dropped_total'),
            [
              'UDP datagrams per second that found the socket buffer full.',
              '0.',
              'More workers (`workers`), or a larger buffer: docs/udp.md.',
            ],
            {
              limits: [
                [0.1, 'yellow'],
                [10, 'red'],
              ],
            },
          ),
          stat(
            'Limited',
            'percentunit',
            `${rate('kingcdn_rate_limited_responses_total', '', 'action=~"dropped|slipped"')} / ${rate('kingcdn_queries_total')}`,
            [
              'Share of the queries whose response was dropped or slipped by the rate limit.',
              'Near 0.',
              'A flood with forged senders, or a large resolver behind one address: docs/rate-limiting.md.',
            ],
            {
              limits: [
                [0.05, 'yellow'],
                [0.3, 'red'],
              ],
              decimals: 1,
            },
          ),
          stat(
            'Answered from memory',
            'percentunit',
            `${rate('kingcdn_answer_cache_hits_total')} / (${rate('kingcdn_answer_cache_hits_total')} + ${rate('kingcdn_answer_cache_misses_total')})`,
            [
              'Share of the questions whose answer, or service, was remembered.',
              'Above 90 %.',
              'Low: names that do not exist are asked at random (a flood), or there are more names than memory.',
            ],
            { decimals: 1, graph: true },
          ),
          stat(
            'Internal errors, 1 h',
            'short',
            `sum(increase(kingcdn_internal_errors_total{${NODE}}[1h]))`,
            ['Queries on which the answer path failed: every one is a bug.', '0.', 'Report it with the log.'],
            { limits: [[0.5, 'red']] },
          ),
          stat(
            'Alarms',
            'short',
            `sum(kingcdn_alarms{${NODE}})`,
            ['Sentences that stand on top of `kingcdn status`.', '0.', 'Read them: `kingcdn status`.'],
            { limits: [[1, 'orange']] },
          ),
          stat(
            'TLS certificate ends',
            'dateTimeFromNow',
            `min(kingcdn_tls_certificate_end_time_seconds{${NODE}}) * 1000`,
            [
              'When the first certificate in force for DNS over TLS ends. Empty without one.',
              'In weeks.',
              'Put the new pair in place and `kingcdn reload`.',
            ],
            {},
          ),
        ],
      ],
    },
    QUERIES,
    NODE_STATE,
    MACHINES,
  ],
})
