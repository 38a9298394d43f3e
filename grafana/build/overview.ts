import { CLUSTER, dashboard, NODE, RUNBOOK } from './dashboard.ts'
import { series, stat, table, text, timeline } from './panel.ts'
import { RATE } from './rates.ts'
import { CLUSTER_STATE, STATES } from './states.ts'

const FIRING = 'ALERTS{alertname=~"Kingcdn.+"}'
/** The tables of ALERTS name the alert; a text fragment finds its section. */
const SECTION = `${RUNBOOK}#:~:text=\${__value.text}`

export const OVERVIEW = dashboard({
  uid: 'kingcdn-overview',
  title: 'KingCDN / Overview',
  description: 'Is anything wrong, where, since when, and what next: one screen.',
  variables: ['node', 'cluster'],
  sections: [
    {
      title: 'Is anything wrong?',
      lines: [
        [
          4,
          stat(
            'Pages',
            'short',
            `count(${FIRING.replace('}', ',alertstate="firing",severity="page"}')}) or vector(0)`,
            [
              'Alerts that fire and are worth a call at night: clients are or will soon be served badly.',
              '0.',
              'Look below for which; its section in the runbook has the commands.',
            ],
            { limits: [[1, 'red']] },
          ),
          stat(
            'Tickets',
            'short',
            `count(${FIRING.replace('}', ',alertstate="firing",severity="ticket"}')}) or vector(0)`,
            ['Alerts that fire and can wait for daylight.', '0.', 'Look below for which.'],
            { limits: [[1, 'yellow']] },
          ),
          stat(
            'Nameservers not answering',
            'short',
            'count(up{job="kingcdn"} == 0) or vector(0)',
            [
              'Nameservers whose metrics endpoint Prometheus cannot reach.',
              '0.',
              'Is the process up? `systemctl status kingcdn`, then its log. The others serve meanwhile.',
            ],
            { limits: [[1, 'red']], leads: 'kingcdn-dns' },
          ),
          stat(
            'Clusters not up',
            'short',
            `sum(max by (cluster, state) (kingcdn_cluster_state{${NODE},${CLUSTER},state=~"down|degraded"}))`,
            [
              'Clusters that the fleet holds for down or degraded.',
              '0.',
              '`kingcdn status` names the servers that are down and why.',
            ],
            { limits: [[1, 'red']], leads: 'kingcdn-clusters' },
          ),
          stat(
            'SERVFAIL',
            'percentunit',
            `sum(rate(kingcdn_responses_total{${NODE},rcode="SERVFAIL"}${RATE})) / sum(rate(kingcdn_responses_total{${NODE}}${RATE}))`,
            [
              'Share of all responses that say SERVFAIL: a zone that is not loaded, a service without a usable cluster, or a bug.',
              'Below 0.1 %.',
              '`kingcdn status` names zones and services.',
            ],
            {
              limits: [
                [0.001, 'yellow'],
                [0.05, 'red'],
              ],
              decimals: 2,
              graph: true,
              leads: 'kingcdn-dns',
            },
          ),
          stat(
            'Not by first choice',
            'percentunit',
            `1 - sum(rate(kingcdn_decisions_total{${NODE},reason=~"first-choice|override"}${RATE})) / sum(rate(kingcdn_decisions_total{${NODE}}${RATE}))`,
            [
              'Share of the routed answers that name another cluster than the best for that client.',
              'A few percent while clusters shed at their peak.',
              'Routing shows the reasons.',
            ],
            {
              limits: [
                [0.2, 'yellow'],
                [0.5, 'red'],
              ],
              decimals: 1,
              graph: true,
              leads: 'kingcdn-routing',
            },
          ),
          stat(
            'Oldest plan',
            's',
            `max(kingcdn_plan_age_seconds{${NODE}})`,
            [
              'Age of the plan that the most backward nameserver serves. The plan carries verdicts, drains and shed levels.',
              'Below 15 s.',
              'Nobody leads, or the store is away: `kingcdn status`, line `leader` and line `store`.',
            ],
            {
              limits: [
                [30, 'yellow'],
                [120, 'red'],
              ],
              leads: 'kingcdn-dns',
            },
          ),
          stat(
            'Store',
            'none',
            `min(kingcdn_store_up{${NODE}})`,
            [
              'Whether all nameservers reach the shared store.',
              'up.',
              'Names keep resolving from the last plan. Bring Redis back within ten minutes, before measurements age.',
            ],
            {
              words: [
                [0, 'away', 'red'],
                [1, 'up', 'green'],
              ],
              leads: 'kingcdn-dns',
            },
          ),
        ],
        [
          9,
          table(
            'Where, since when, what next',
            [
              ['alertname', 'Alert (opens the runbook)', SECTION],
              ['severity', 'Severity'],
              ['node', 'Nameserver'],
              ['cluster', 'Cluster'],
              ['service', 'Service'],
              ['instance', 'Scraped at'],
            ],
            [
              {
                expr: 'max by (alertname, severity, node, cluster, service, instance) (ALERTS_FOR_STATE{alertname=~"Kingcdn.+"}) * 1000',
                name: 'Since',
                unit: 'dateTimeFromNow',
              },
            ],
            [
              'Every alert that fires or is about to. A click on its name opens its section of the runbook. The time is when it began to be true.',
              'Empty.',
              'Pages first, the oldest of them first: what came later often follows from it.',
            ],
            { w: 16 },
          ),
          text(
            'At three in the morning',
            [
              '1. Read the table from the oldest page on.',
              '2. Its section of the runbook says what clients see, which commands to run, and how to know that it is over.',
              '3. On any nameserver: `kingcdn status`. Alarms stand first.',
              '4. Who changed what: `kingcdn audit --since 6h`.',
              '5. Why a client goes where it goes: `kingcdn explain <name> --client <address> --live`.',
              '',
              'Red vertical lines in all graphs are pages. Links above keep time and variables.',
            ].join('\n'),
            8,
          ),
        ],
        [
          8,
          series(
            'Queries',
            'reqps',
            [[`sum by (node) (rate(kingcdn_queries_total{${NODE}}${RATE}))`, '{{node}}']],
            [
              'DNS queries per second that each nameserver receives, all transports.',
              'Follows the day; nameservers of one name set see similar shares.',
              'A line that falls while others rise: resolvers have turned away from that nameserver. All fall: look at the network before the servers.',
            ],
            { stack: true, leads: 'kingcdn-dns' },
          ),
          series(
            'Load of the fullest clusters',
            'percentunit',
            [[`topk(8, max by (cluster) (kingcdn_cluster_load_ratio{${NODE},${CLUSTER}}))`, '{{cluster}}']],
            [
              'Reported load as a share of capacity, of the eight fullest.',
              'At most the target of the cluster, mostly 75 %.',
              'Above 95 % nothing in reach has room: add capacity, or raise targets elsewhere.',
            ],
            {
              limits: [
                [0.75, 'yellow'],
                [0.95, 'red'],
              ],
              leads: 'kingcdn-clusters',
            },
          ),
          timeline(
            'Clusters',
            [[CLUSTER_STATE(`${NODE},${CLUSTER}`), '{{cluster}}']],
            [
              'Health of every cluster as the fleet holds it.',
              'up. Clusters without health checks are up as long as nobody says otherwise.',
              '`kingcdn cluster list`; Clusters shows by which family and cause.',
            ],
            { words: STATES, leads: 'kingcdn-clusters' },
          ),
        ],
      ],
    },
  ],
})
