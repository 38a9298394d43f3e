import { CLUSTER_HEALTH } from './cluster-health.ts'
import { CLUSTER, dashboard, NODE } from './dashboard.ts'
import { series, stat, table } from './panel.ts'
import { RATE } from './rates.ts'
import { CLUSTER_STATE, STATES } from './states.ts'

const M = `${NODE},${CLUSTER}`
const by = (metric: string) => `max by (cluster) (${metric}{${M}})`

export const CLUSTERS = dashboard({
  uid: 'kingcdn-clusters',
  title: 'KingCDN / Clusters',
  description: 'What each cluster carries, may carry and sheds; its health, and what operators want of it.',
  variables: ['node', 'cluster'],
  sections: [
    {
      title: 'At a glance',
      lines: [
        [
          4,
          stat(
            'Down',
            'short',
            `sum(max by (cluster) (kingcdn_cluster_state{${M},state="down"}))`,
            [
              'Clusters that the fleet holds for down.',
              '0.',
              'Their clients are served by their next clusters: watch the load of those.',
            ],
            { limits: [[1, 'red']] },
          ),
          stat(
            'Degraded',
            'short',
            `sum(max by (cluster) (kingcdn_cluster_state{${M},state="degraded"}))`,
            [
              'Clusters with fewer usable servers than `upThreshold`.',
              '0.',
              '`kingcdn status` names the servers that are down and why.',
            ],
            { limits: [[1, 'orange']] },
          ),
          stat(
            'Servers down',
            'short',
            `sum(max by (cluster, family, state) (kingcdn_servers{${M},state="down"}))`,
            [
              'Servers that are held for down, each address family by itself.',
              '0.',
              '`kingcdn status`, table of servers that are down: cause, since when, how many monitors say so.',
            ],
            { limits: [[1, 'orange']] },
          ),
          stat(
            'Drained',
            'short',
            `count(${by('kingcdn_cluster_drain_target_ratio')} > 0) or vector(0)`,
            [
              'Clusters that an operator wants to be drained, in whole or in part.',
              'As many as there is work under way.',
              '`kingcdn cluster list` says by whom, why and until when.',
            ],
            { limits: [[1, 'blue']] },
          ),
          stat(
            'Load not known',
            'short',
            `sum(${by('kingcdn_cluster_load_stale')})`,
            [
              'Clusters whose last load report is too old to act on, or that never reported.',
              '0.',
              'Is the reporter of the edge, or the page of `load`, there? docs/edges.md.',
            ],
            { limits: [[1, 'yellow']] },
          ),
          stat(
            'Monitors',
            'short',
            `min(kingcdn_monitors{${NODE},state="fresh"})`,
            [
              'Monitors that are heard.',
              'All that you run: three places make a majority that one blind place cannot turn.',
              'None: verdicts stand still. `kingcdn status` names those that are silent or blind.',
            ],
            { base: 'yellow', limits: [[1, 'green']] },
          ),
          stat(
            'Verdicts',
            'none',
            `max(kingcdn_monitor_quorum_lost{${NODE}})`,
            [
              'Whether enough monitors are heard for verdicts to change.',
              'by majority.',
              'Frozen: start the missing monitors; until then a dead server stays in the answers.',
            ],
            {
              words: [
                [0, 'by majority', 'green'],
                [1, 'frozen', 'red'],
              ],
            },
          ),
          stat(
            'Services that fail open',
            'short',
            `sum(max by (service, family) (kingcdn_service_fail_open{${NODE}})) or vector(0)`,
            [
              'Services that do not go by health, since too little of them is healthy (`failOpenBelow`).',
              '0.',
              'Either very much is down, or the checks are wrong: runbook, KingcdnFailOpen.',
            ],
            { limits: [[1, 'red']] },
          ),
        ],
      ],
    },
    {
      title: 'Load',
      lines: [
        [
          9,
          series(
            'Load (targets dashed)',
            'percentunit',
            [
              [by('kingcdn_cluster_load_ratio'), '{{cluster}}'],
              [by('kingcdn_cluster_target_ratio'), '{{cluster}} target'],
            ],
            [
              'Reported load as a share of capacity, beside the soft limit.',
              'At or below the target.',
              'Above the target clients spill to their next cluster; above 95 % nothing in reach has room.',
            ],
            { dashed: 'target$', limits: [[0.95, 'red']] },
          ),
          series(
            'Load that the allocation settles (dashed) beside the real one',
            'percentunit',
            [
              [by('kingcdn_cluster_load_ratio'), '{{cluster}}'],
              [by('kingcdn_cluster_planned_ratio'), '{{cluster}} planned'],
            ],
            [
              'What the allocation expects each cluster to carry once clients have followed, and what it carries.',
              'Close after some TTLs.',
              'Far apart for long: demand known is not that which loads (Resolvers and measurement, demand).',
            ],
            { dashed: 'planned$' },
          ),
        ],
        [
          8,
          series(
            'Shed (floor dashed)',
            'percentunit',
            [
              [by('kingcdn_cluster_shed_ratio'), '{{cluster}}'],
              [by('kingcdn_cluster_floor_ratio'), '{{cluster}} floor'],
            ],
            [
              'Share of its shed ranks that the load control turns away from the cluster, and the part that the allocation asks for.',
              '0, or a steady share at the peak.',
              'Swings: is the load report late? Near 100 %: the cluster is far too small for its catchment.',
            ],
            { dashed: 'floor$', max: 1 },
          ),
          series(
            'Drained (goal dashed)',
            'percentunit',
            [
              [by('kingcdn_cluster_drain_ratio'), '{{cluster}}'],
              [by('kingcdn_cluster_drain_target_ratio'), '{{cluster}} goal'],
            ],
            [
              'Share of its client blocks that the operator turns away, and where a gradual drain is going.',
              '0 outside of works.',
              '`kingcdn cluster list`; `kingcdn cluster restore <id>` ends it.',
            ],
            { dashed: 'goal$', max: 1 },
          ),
          series(
            'Age of the load report',
            's',
            [[`min by (cluster) (kingcdn_cluster_load_age_seconds{${M}})`, '{{cluster}}']],
            [
              'Time since the cluster last said what it carries.',
              'Below 15 s.',
              'After 30 s it is stale and its capacity counts as smaller. Reporter or page of `load`: docs/edges.md.',
            ],
            {
              limits: [
                [30, 'yellow'],
                [60, 'red'],
              ],
            },
          ),
        ],
        [
          9,
          table(
            'Clusters now',
            [['cluster', 'Cluster']],
            [
              { expr: CLUSTER_STATE(M), name: 'State', unit: 'none', words: STATES },
              {
                expr: by('kingcdn_cluster_load_ratio'),
                name: 'Load',
                unit: 'percentunit',
                limits: [
                  [0.75, 'yellow'],
                  [0.95, 'red'],
                ],
              },
              { expr: by('kingcdn_cluster_target_ratio'), name: 'Target', unit: 'percentunit' },
              { expr: by('kingcdn_cluster_planned_ratio'), name: 'Planned', unit: 'percentunit' },
              {
                expr: by('kingcdn_cluster_shed_ratio'),
                name: 'Shed',
                unit: 'percentunit',
                limits: [
                  [0.01, 'yellow'],
                  [0.9, 'red'],
                ],
              },
              { expr: by('kingcdn_cluster_floor_ratio'), name: 'Floor', unit: 'percentunit' },
              {
                expr: by('kingcdn_cluster_drain_ratio'),
                name: 'Drained',
                unit: 'percentunit',
                limits: [[0.01, 'blue']],
              },
              { expr: by('kingcdn_cluster_servers'), name: 'Servers', unit: 'short' },
              {
                expr: `sum by (cluster) (rate(kingcdn_cluster_answers_total{${M}}${RATE}))`,
                name: 'Answers/s',
                unit: 'reqps',
              },
            ],
            [
              'All of it as figures, a row for each cluster.',
              'Green.',
              'Sort by a column with a click on its heading.',
            ],
            { sort: 'Load', w: 16 },
          ),
          table(
            'Drains that end by themselves',
            [['cluster', 'Cluster']],
            [
              {
                expr: `${by('kingcdn_cluster_drain_end_time_seconds')} * 1000`,
                name: 'Begins to end',
                unit: 'dateTimeFromNow',
              },
            ],
            [
              'Clusters whose drain has an end (`--for`).',
              'Empty outside of works.',
              'Not done yet: `kingcdn cluster drain <id> --for 2h` once more moves the end.',
            ],
            { w: 8 },
          ),
        ],
      ],
    },
    CLUSTER_HEALTH,
  ],
})
