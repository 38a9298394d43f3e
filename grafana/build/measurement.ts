import { CLUSTER, dashboard, NODE, PROBER } from './dashboard.ts'
import { series, stat, table, timeline } from './panel.ts'
import { RATE } from './rates.ts'

const P = `${CLUSTER},${PROBER}`
const one = (metric: string, matchers = P) => `max by (cluster, prober) (${metric}{${matchers}})`
const NAME = '{{cluster}} {{prober}}'
const PHASE: readonly (readonly [number, string, string])[] = [
  [1, 'probing', 'green'],
  [2, 'waiting', 'yellow'],
  [3, 'cut off', 'red'],
]
const PHASES = `max by (cluster, prober) (${['probing', 'waiting', 'cut-off'].map((phase, i) => `kingcdn_probe_phase{${P},phase="${phase}"} * ${i + 1}`).join(' or ')})`
const OWN = `avg(sum by (node) (kingcdn_demand_evidence_ratio{${NODE},evidence=~"own|prefix|metro|interpolated"}))`

export const MEASUREMENT = dashboard({
  uid: 'kingcdn-measurement',
  title: 'KingCDN / Resolvers and measurement',
  description: 'What is known of the clients: how far they are (probers, edges), and how much they ask.',
  variables: ['node', 'cluster', 'prober'],
  sections: [
    {
      title: 'At a glance',
      lines: [
        [
          4,
          stat(
            'Newest measurement',
            's',
            `max(kingcdn_rtt_newest_age_seconds{${NODE}})`,
            [
              'Age of the newest RTT that the most backward nameserver knows.',
              'Below a minute where probers run.',
              'No prober writes: the table of probers below.',
            ],
            {
              limits: [
                [120, 'yellow'],
                [600, 'red'],
              ],
            },
          ),
          stat(
            'Measured blocks',
            'short',
            `max(kingcdn_rtt_prefixes{${NODE}})`,
            [
              'Client blocks with at least one measurement.',
              'Grows to what probers and edges see, then stays.',
              'Falls: rows age away, since nobody measures them any more.',
            ],
            { graph: true },
          ),
          stat(
            'Demand on evidence',
            'percentunit',
            OWN,
            [
              'Share of the demand whose first choice stands on RTTs: its own, those of its network, or interpolated.',
              'Above 60 % where probers run.',
              'Falls: who has stopped to measure? The panels below.',
            ],
            {
              base: 'red',
              limits: [
                [0.3, 'yellow'],
                [0.6, 'green'],
              ],
              decimals: 0,
              graph: true,
              leads: 'kingcdn-routing',
            },
          ),
          stat(
            'Demand known',
            'percentunit',
            `min(kingcdn_demand_known_ratio{${NODE}})`,
            [
              'Share of all queries that come from blocks whose demand the map knows.',
              'Above 80 % after some hours.',
              'Low for long: very many small blocks, or counting is off (`demand`).',
            ],
            { base: 'yellow', limits: [[0.5, 'green']], decimals: 0 },
          ),
          stat(
            'Probers',
            'short',
            `sum(kingcdn_probe_phase{${P},phase="probing"}) or vector(0)`,
            ['Probers that probe.', 'All that you run, one or more per cluster.', 'See their phase below.'],
            {},
          ),
          stat(
            'Probers not answering',
            'short',
            'count(up{job="kingcdn-probe"} == 0) or vector(0)',
            ['Probers whose page Prometheus cannot reach.', '0.', 'Is `kingcdn probe` running there?'],
            { limits: [[1, 'red']] },
          ),
        ],
      ],
    },
    {
      title: 'Probers',
      lines: [
        [
          8,
          timeline(
            'Phase',
            [[PHASES, NAME]],
            [
              'What each prober does: probing; waiting for something to probe; cut off from its network, so that it believes no loss.',
              'probing.',
              'cut off: the network of that machine. waiting: does a nameserver publish resolvers?',
            ],
            { words: PHASE },
          ),
          series(
            'Budget used',
            'percentunit',
            [[one('kingcdn_probe_budget_used_ratio'), NAME]],
            [
              'Share of the packets allowed per second (`probe.budget`) that was used in the last minute.',
              'Below 80 %.',
              'At 100 % the targets that matter least are asked more seldom: raise `probe.budget`, or run one more prober at the cluster.',
            ],
            { max: 1, limits: [[0.95, 'red']] },
          ),
          series(
            'Targets',
            'short',
            [[`sum by (state) (kingcdn_probe_answers{${P}})`, '{{state}}']],
            [
              'Targets that answer, that stopped answering (lost), and that never answered (silent).',
              'Some third of resolvers is silent; few are lost.',
              'Many lost at once at one prober: its network. At all: ours, or a provider.',
            ],
            { stack: true },
          ),
        ],
        [
          8,
          series(
            'Answered',
            'percentunit',
            [
              [
                `sum by (cluster, prober, method) (rate(kingcdn_probe_probes_total{${P},outcome="answered"}${RATE})) / (sum by (cluster, prober, method) (rate(kingcdn_probe_probes_total{${P}}${RATE})) > 0)`,
                `${NAME} {{method}}`,
              ],
            ],
            [
              'Share of the probes that were answered, by method.',
              'Above 80 % for the method that answered first.',
              'One method alone at 0: a firewall; see usable methods.',
            ],
            { max: 1 },
          ),
          series(
            'Discarded because late',
            'ops',
            [[`sum by (cluster, prober) (rate(kingcdn_probe_probes_total{${P},outcome="discarded"}${RATE}))`, NAME]],
            ['Probes thrown away because this process was late to look.', '0.', 'The machine is short of CPU.'],
            {},
          ),
          series(
            'Coverage',
            'short',
            [
              [`sum by (part) (kingcdn_probe_blocks{${P}})`, '{{part}}'],
              [`sum by (why) (kingcdn_probe_left_out_targets{${P}})`, 'left out: {{why}}'],
            ],
            [
              'Client blocks measured often (head) and seldom (tail), and targets left out, by why.',
              'head holds 90 % of the demand.',
              'crowded or surplus grow: more is known than one prober takes; run one more.',
            ],
            {},
          ),
        ],
        [
          8,
          series(
            'Rows written',
            'ops',
            [
              [
                `sum by (cluster, prober, outcome) (rate(kingcdn_probe_rows_total{${P}}${RATE}))`,
                `${NAME} {{outcome}}`,
              ],
            ],
            [
              'Measurements written to the store, and refused because the clock of the prober is wrong.',
              'None refused.',
              'Set the clock (NTP).',
            ],
            {},
          ),
          series(
            'Rows that wait',
            'short',
            [
              [one('kingcdn_probe_waiting_rows'), NAME],
              [`increase(kingcdn_probe_write_failures_total{${P}}[10m])`, `${NAME} failures in 10 min`],
            ],
            [
              'Rows that wait for the store, and writes that failed.',
              'Near 0.',
              'The store is away or full; rows are offered again.',
            ],
            {},
          ),
          series(
            'Clock',
            's',
            [[`kingcdn_probe_clock_lead_seconds{${P}}`, NAME]],
            [
              'How far the clock of the prober is ahead of the store.',
              'Within a second.',
              'More than a minute ahead, or ten behind, it writes nothing. Set the clock (NTP).',
            ],
            { min: -1, limits: [[60, 'red']] },
          ),
          table(
            'Probers now',
            [
              ['cluster', 'Cluster'],
              ['prober', 'Prober'],
            ],
            [
              { expr: PHASES, name: 'Phase', unit: 'none', words: PHASE },
              { expr: one('kingcdn_probe_members'), name: 'Share with', unit: 'short' },
              { expr: `sum by (cluster, prober) (kingcdn_probe_targets{${P}})`, name: 'Targets', unit: 'short' },
              {
                expr: `sum by (cluster, prober) (rate(kingcdn_probe_packets_total{${P}}${RATE}))`,
                name: 'Packets/s',
                unit: 'pps',
              },
              { expr: one('kingcdn_probe_budget_packets'), name: 'Allowed/s', unit: 'pps' },
              {
                expr: `min by (cluster, prober) (kingcdn_probe_method_usable{${P}})`,
                name: 'Methods',
                unit: 'none',
                words: [
                  [0, 'not all usable', 'yellow'],
                  [1, 'all usable', 'green'],
                ],
              },
            ],
            [
              'All probers as figures.',
              'probing, all methods usable.',
              'icmp is not usable without CAP_NET_RAW or `net.ipv4.ping_group_range`; dns and tcp go on.',
            ],
            { sort: 'Packets/s' },
          ),
        ],
      ],
    },
    {
      title: 'RTT table and what edges see',
      lines: [
        [
          8,
          series(
            'Rows and blocks',
            'short',
            [
              [`max by (node) (kingcdn_rtt_rows{${NODE}})`, '{{node}} rows'],
              [`max by (node) (kingcdn_rtt_prefixes{${NODE}})`, '{{node}} blocks'],
            ],
            [
              'Measurements (block, cluster) and blocks in the RTT table of each nameserver.',
              'The same at all of them.',
              'They differ: one is cut off from the store.',
            ],
            {},
          ),
          series(
            'Age',
            's',
            [
              [`max by (node) (kingcdn_rtt_newest_age_seconds{${NODE}})`, '{{node}} newest'],
              [`max by (node) (kingcdn_rtt_oldest_age_seconds{${NODE}})`, '{{node}} oldest'],
            ],
            [
              'Age of the newest and of the oldest row.',
              'Newest below a minute.',
              'Newest grows by a second per second: nobody writes.',
            ],
            {},
          ),
          series(
            'Samples of edges',
            'ops',
            [[`sum by (verdict) (rate(kingcdn_passive_samples_total{${NODE},${CLUSTER}}${RATE}))`, '{{verdict}}']],
            [
              'RTTs that edges reported of connections of their clients, by what became of them (docs/edges.md).',
              'Nearly all accepted.',
              'limited: the reporter sends too much. refused: the batch makes no sense. own, special: what the edge takes for clients are none.',
            ],
            { stack: true },
          ),
          series(
            'Rows of unknown clusters',
            'ops',
            [[`sum by (node) (rate(kingcdn_rtt_unknown_cluster_rows_total{${NODE}}${RATE}))`, '{{node}}']],
            [
              'Measurements that name a cluster which is not configured.',
              '0.',
              'A prober with an old configuration; the log names the cluster.',
            ],
            {},
          ),
        ],
        [
          8,
          series(
            'What the first choice stands on',
            'percentunit',
            [[`avg by (evidence) (kingcdn_demand_evidence_ratio{${NODE}})`, '{{evidence}}']],
            [
              'Share of the demand by what its first choice stands on.',
              'own and interpolated prevail.',
              'prior grows: probers have stopped, or places are distrusted.',
            ],
            { stack: true, max: 1, leads: 'kingcdn-routing' },
          ),
          series(
            'Stock of the estimates',
            'short',
            [
              [`max by (kind) (kingcdn_estimate_rows{${NODE}})`, '{{kind}}'],
              [`max by (why) (kingcdn_distrusted_profiles{${NODE}})`, 'distrusted: {{why}}'],
            ],
            [
              'Measured places and clusters that RTTs of all others are interpolated from; kinds of blocks whose place is not believed.',
              'Places grow with the measured blocks; few are distrusted.',
              'Many distrusted: is the geo data old, or a cluster in the wrong place?',
            ],
            {},
          ),
        ],
      ],
    },
    {
      title: 'Demand and resolvers',
      lines: [
        [
          8,
          series(
            'Demand known',
            'percentunit',
            [[`max by (node) (kingcdn_demand_known_ratio{${NODE}})`, '{{node}}']],
            [
              'Share of all queries whose blocks are known.',
              'Above 80 %, the same at all.',
              'Low: many small blocks. Reports can add to it: `kingcdn demand import`.',
            ],
            { max: 1 },
          ),
          series(
            'Blocks',
            'short',
            [[`max by (source) (kingcdn_demand_blocks{${NODE}})`, '{{source}}']],
            [
              'Client blocks with known demand: counted by the nameservers, or reported.',
              'Steady.',
              'Counted falls to 0: nameservers do not publish; is the store up?',
            ],
            { stack: true },
          ),
          series(
            'Age of the demand',
            's',
            [[`max by (node) (kingcdn_demand_age_seconds{${NODE}})`, '{{node}}']],
            [
              'Age of the demand that the map was compiled from.',
              'Up to some hours: a survey is made where the demand has become another.',
              'Older than a day: does a leader exist?',
            ],
            {},
          ),
          series(
            'Resolvers that are probed',
            'short',
            [[`sum by (cluster, kind) (kingcdn_probe_targets{${P}})`, '{{cluster}} {{kind}}']],
            [
              'Targets by kind: resolvers that the nameservers see, servers of other clusters (mesh), the targets file.',
              'resolver follows who asks; mesh is one per other cluster.',
              'resolver 0: nobody asks with enough queries, or all are opted out.',
            ],
            { stack: true },
          ),
        ],
      ],
    },
  ],
})
