import { CLUSTER, dashboard, NODE, SERVICE } from './dashboard.ts'
import { series, stat, table } from './panel.ts'
import { RATE } from './rates.ts'

const PAIR = `${NODE},${SERVICE},${CLUSTER}`
const PLANNED = `max by (service, cluster) (kingcdn_service_planned_ratio{${PAIR}})`
const ANSWERS = (by: string, matchers: string) =>
  `sum by (${by}) (rate(kingcdn_routed_answers_total{${matchers}}${RATE}))`
const ANSWERED = `${ANSWERS('service, cluster', PAIR)} / on (service) group_left () (${ANSWERS('service', `${NODE},${SERVICE}`)} > 0)`
const DECISIONS = `kingcdn_decisions_total{${NODE}`
const shareOf = (reasons: string) =>
  `sum(rate(${DECISIONS},reason=~"${reasons}"}${RATE})) / sum(rate(${DECISIONS}}${RATE}))`

export const ROUTING = dashboard({
  uid: 'kingcdn-routing',
  title: 'KingCDN / Routing',
  description: 'Which clients are sent where, and why: planned beside answered, reasons, scopes, evidence, moves.',
  variables: ['node', 'service', 'cluster'],
  sections: [
    {
      title: 'At a glance',
      lines: [
        [
          4,
          stat(
            'Routed answers',
            'reqps',
            `sum(rate(${DECISIONS}}${RATE}))`,
            [
              'Answers per second for which a cluster was chosen.',
              'Follows the queries.',
              'None while there are queries: do CDN names resolve? `kingcdn explain <name> --live`.',
            ],
            { graph: true },
          ),
          stat(
            'First choice',
            'percentunit',
            shareOf('first-choice|override'),
            [
              'Share of the routed answers that name the best cluster for the client.',
              'Above 80 %, less while clusters shed.',
              'Reasons are below.',
            ],
            {
              base: 'red',
              limits: [
                [0.5, 'yellow'],
                [0.8, 'green'],
              ],
              decimals: 1,
              graph: true,
            },
          ),
          stat(
            'Clients at unknown places',
            'percentunit',
            shareOf('unlocated'),
            [
              'Share of the routed answers whose client nobody can place: all clusters share them by weight.',
              'Below 2 %.',
              'Is the geo data there and recent? `kingcdn check` says; `kingcdn_snapshot_places` counts.',
            ],
            {
              limits: [
                [0.02, 'yellow'],
                [0.2, 'red'],
              ],
              decimals: 1,
              graph: true,
            },
          ),
          stat(
            'Nothing usable',
            'reqps',
            `sum(rate(${DECISIONS},reason=~"when-all-down|servfail|last-good"}${RATE}))`,
            [
              'Answers per second of services without a usable cluster: what `whenAllDown` says.',
              '0.',
              'Clusters of the service are down or drained: Clusters, then the runbook, KingcdnAllClustersDown.',
            ],
            { limits: [[0.001, 'red']], leads: 'kingcdn-clusters' },
          ),
          stat(
            'Demand that moved in 10 minutes',
            'percentunit',
            `max(sum by (service) (abs(${PLANNED} - ${PLANNED} offset 10m)) / 2)`,
            [
              'Largest share of the demand of a service whose planned cluster is another than ten minutes ago.',
              'A few percent: load and measurements move some.',
              'More without a drain or failure: `kingcdn audit --since 1h`, then Clusters for verdicts that flap.',
            ],
            {
              limits: [
                [0.1, 'yellow'],
                [0.3, 'red'],
              ],
              decimals: 1,
            },
          ),
        ],
      ],
    },
    {
      title: 'Planned and answered',
      lines: [
        [
          9,
          series(
            'Planned share (dashed) beside answered',
            'percentunit',
            [
              [ANSWERED, '{{service}} {{cluster}}'],
              [PLANNED, '{{service}} {{cluster}} planned'],
            ],
            [
              'Share of each service that goes to each cluster: as map and plan have it by demand, and as it is answered. Answers lag by TTLs and count resolvers, not viewers.',
              'Both lines close, the answered one noisier.',
              'Far apart for long: the demand known is not that which asks (Resolvers and measurement, demand), or one nameserver serves an old map.',
            ],
            { max: 1, dashed: 'planned$', w: 14 },
          ),
          table(
            'Now',
            [
              ['service', 'Service'],
              ['cluster', 'Cluster'],
            ],
            [
              { expr: PLANNED, name: 'Planned', unit: 'percentunit' },
              { expr: ANSWERED, name: 'Answered', unit: 'percentunit' },
              { expr: ANSWERS('service, cluster', PAIR), name: 'Answers/s', unit: 'reqps' },
            ],
            [
              'The same as figures. Pairs beyond the first thousand count as `other`.',
              'Planned and answered alike.',
              'Compare the largest differences with the demand that is known.',
            ],
            { sort: 'Answers/s', w: 10 },
          ),
        ],
        [
          8,
          series(
            'Answers by cluster',
            'reqps',
            [[`sum by (cluster) (rate(kingcdn_cluster_answers_total{${NODE},${CLUSTER}}${RATE}))`, '{{cluster}}']],
            [
              'Routed answers that named the cluster.',
              'Follows the day at each place.',
              'A step: something moved; see the reasons beside.',
            ],
            { stack: true, leads: 'kingcdn-clusters' },
          ),
          series(
            'Answers by service',
            'reqps',
            [[ANSWERS('service', PAIR), '{{service}}']],
            [
              'Routed answers by service.',
              'Follows its audience.',
              'A service that falls to nothing: does its name still lead here? `kingcdn explain <hostname>`.',
            ],
            { stack: true },
          ),
          series(
            'CNAMEs by target',
            'reqps',
            [
              [
                `sum by (service, target) (rate(kingcdn_target_answers_total{${NODE},${SERVICE}}${RATE}))`,
                '{{service}} {{target}}',
              ],
            ],
            [
              'Content hostnames that several CDNs share: which one clients were sent to.',
              'As the weights in `targets` say. Empty without such services.',
              'Compare with the weights; a hostname of a country follows `countries`.',
            ],
            { stack: true },
          ),
        ],
      ],
    },
    {
      title: 'Why',
      lines: [
        [
          8,
          series(
            'Reasons',
            'reqps',
            [[`sum by (reason) (rate(${DECISIONS}}${RATE}))`, '{{reason}}']],
            [
              'Routed answers by the reason why the cluster was taken (docs/metrics.md lists all).',
              'Mostly first-choice.',
              'shed: load; drained: an operator; down, degraded, warming: health; unlocated: geo data.',
            ],
            { stack: true },
          ),
          series(
            'Not by first choice',
            'percentunit',
            [
              [
                `sum by (reason) (rate(${DECISIONS},reason!~"first-choice|override"}${RATE})) / ignoring (reason) group_left () sum(rate(${DECISIONS}}${RATE}))`,
                '{{reason}}',
              ],
            ],
            [
              'The same without the first choice, as shares of all.',
              'Some shed at the peak, else near 0.',
              'The reason that grows says where to look.',
            ],
            { stack: true },
          ),
        ],
        [
          8,
          series(
            'What the first choice stands on',
            'percentunit',
            [[`avg by (evidence) (kingcdn_demand_evidence_ratio{${NODE}})`, '{{evidence}}']],
            [
              'Share of the demand by what the RTT of its first choice stands on: own RTT, RTTs of its network (prefix, metro), interpolation, distance (prior), nothing (unlocated), the operator (override).',
              'own and interpolated prevail where probers run; prior alone without measurements.',
              'own and interpolated shrink: probers or edges no longer report; see Resolvers and measurement.',
            ],
            { stack: true, max: 1, leads: 'kingcdn-measurement' },
          ),
          series(
            'ECS scopes sent',
            'reqps',
            [[`sum by (family, scope) (rate(kingcdn_ecs_scopes_total{${NODE}}${RATE}))`, '{{family}} /{{scope}}']],
            [
              'Answers with a client subnet, by the scope sent: how widely a resolver may share the answer.',
              'Many short scopes: resolvers keep answers for large blocks.',
              'All at /24 (/56) means that caches hold an answer for every block: is a weighted policy or a fine map the cause?',
            ],
            { stack: true },
          ),
          series(
            'Client subnet',
            'reqps',
            [
              [`sum(rate(kingcdn_ecs_queries_total{${NODE}}${RATE}))`, 'with a client subnet'],
              [`sum(rate(kingcdn_ecs_unroutable_total{${NODE}}${RATE}))`, 'whose subnet locates nobody'],
            ],
            [
              'Queries that tell for which client they are asked, and those whose subnet is of no use.',
              'The second is a small part of the first.',
              'Private addresses as client subnets are a resolver that tells its own inside: `geo.overrides` can place it.',
            ],
          ),
        ],
        [
          7,
          series(
            'Demand that moved',
            'percentunit',
            [[`sum by (service) (abs(${PLANNED} - ${PLANNED} offset 10m)) / 2`, '{{service}}']],
            [
              'Share of the demand of each service whose planned cluster differs from that of ten minutes ago.',
              'A few percent.',
              'See the live epoch beside: verdicts, drains or levels; a new map: measurements, demand, configuration.',
            ],
            { limits: [[0.3, 'red']] },
          ),
          series(
            'Changes of the live table',
            'ops',
            [[`rate(kingcdn_live_epoch{${NODE}}${RATE})`, '{{node}}']],
            [
              'Changes per second of verdicts, drains and shed levels, as counted by the epoch of the live table.',
              'Below 0.2: a step of levels every ten seconds at most.',
              'More: servers flap; Clusters shows which.',
            ],
            { leads: 'kingcdn-clusters' },
          ),
          series(
            'New maps in 10 minutes',
            'short',
            [
              [`changes(kingcdn_snapshot_generation{${NODE}}[10m])`, '{{node}}'],
              [`increase(kingcdn_snapshot_refused_total{${NODE}}[10m])`, '{{node}} refused'],
            ],
            [
              'Maps that came into force, and maps that the acceptance gate refused.',
              'Some while measurements come in; none refused.',
              'Refused: `kingcdn status` says what would have moved; `kingcdn reload --force` takes it.',
            ],
            {},
          ),
        ],
      ],
    },
  ],
})
