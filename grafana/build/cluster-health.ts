import { CLUSTER, NODE, type Section } from './dashboard.ts'
import { series, timeline } from './panel.ts'
import { RATE } from './rates.ts'
import { CLUSTER_STATE, FAMILY_STATE, STATES } from './states.ts'

const M = `${NODE},${CLUSTER}`
const by = (metric: string) => `max by (cluster) (${metric}{${M}})`

/** Verdicts, what checks find, and who checks. */
export const CLUSTER_HEALTH: Section = {
  title: 'Health',
  lines: [
    [
      8,
      timeline(
        'Health',
        [[CLUSTER_STATE(M), '{{cluster}}']],
        ['Health of each cluster, over all its families.', 'up.', '`kingcdn status` names the servers.'],
        { words: STATES },
      ),
      timeline(
        'Health by address family',
        [[FAMILY_STATE(M), '{{cluster}} IPv{{family}}']],
        [
          'Health of each checked cluster, IPv4 and IPv6 each by itself.',
          'up.',
          'One family alone down: routes or firewall of that family; answers of the other go on.',
        ],
        { words: STATES },
      ),
      series(
        'Servers down',
        'short',
        [[`max by (cluster, family) (kingcdn_servers{${M},state="down"})`, '{{cluster}} IPv{{family}}']],
        ['Servers held for down.', '0.', '`kingcdn status` names them, with cause and votes.'],
        { limits: [[1, 'red']] },
      ),
    ],
    [
      8,
      series(
        'Failed checks by cause',
        'ops',
        [[`sum by (outcome) (rate(kingcdn_health_checks_total{${M},outcome!~"ok|unjudged"}${RATE}))`, '{{outcome}}']],
        [
          'Health checks by these nameservers that failed, by cause (docs/health.md). Checks of `kingcdn monitor` are not in it.',
          '0.',
          'refused: nobody listens; timeout: network or overload; certificate, status, body: the server itself says what is wrong.',
        ],
        { stack: true },
      ),
      series(
        'Failed checks by cluster',
        'percentunit',
        [
          [
            `sum by (cluster, family) (rate(kingcdn_health_checks_total{${M},outcome!~"ok|unjudged"}${RATE})) / sum by (cluster, family) (rate(kingcdn_health_checks_total{${M}}${RATE}))`,
            '{{cluster}} IPv{{family}}',
          ],
        ],
        [
          'Share of the checks of a cluster that fail, as seen from these nameservers.',
          '0.',
          'All clusters at once: it is this machine that sees nothing, not they that are down.',
        ],
        { max: 1 },
      ),
      series(
        'Time of a check',
        's',
        [
          [
            `histogram_quantile(0.95, sum by (le, cluster, family) (rate(kingcdn_health_check_seconds_bucket{${M}}${RATE})))`,
            '{{cluster}} IPv{{family}} p95',
          ],
        ],
        [
          '19 of 20 good checks by these nameservers take less.',
          'Round trip and some milliseconds.',
          'Grows towards `timeout`: the servers are slow, clients feel it too.',
        ],
        {},
      ),
    ],
    [
      7,
      series(
        'In their slow start',
        'short',
        [[`max by (cluster, family) (kingcdn_servers_warming{${M}})`, '{{cluster}} IPv{{family}}']],
        [
          'Servers that have come back and take their clients little by little.',
          '0, or some minutes after a return.',
          'For long: they go up and down; see those held.',
        ],
        {},
      ),
      series(
        'Slow start of clusters',
        'percentunit',
        [[by('kingcdn_cluster_ramp_ratio'), '{{cluster}}']],
        [
          'Share of its clients that a cluster that came back takes already. Absent outside of a slow start.',
          'Empty.',
          'Nothing to do: it ends by itself.',
        ],
        { max: 1 },
      ),
      series(
        'Held down for flapping',
        'short',
        [[`max by (cluster, family) (kingcdn_servers_held{${M}})`, '{{cluster}} IPv{{family}}']],
        [
          'Servers that monitors call up and that are held down because they flap.',
          '0.',
          'Find out why the server falls again and again; it is let in when it has been quiet (docs/verdicts.md).',
        ],
        { limits: [[1, 'orange']] },
      ),
      series(
        'Monitors',
        'short',
        [[`max by (state) (kingcdn_monitors{${NODE}})`, '{{state}}']],
        [
          'Monitors that are heard (fresh), of these those that see nothing by a family (blind), and those that fell silent.',
          'All fresh.',
          'blind: the network of the monitor. silent: is `kingcdn monitor` running there?',
        ],
        {},
      ),
    ],
    [
      7,
      series(
        'Load readings',
        'ops',
        [[`sum by (cluster, outcome) (rate(kingcdn_load_pulls_total{${M}}${RATE}))`, '{{cluster}} {{outcome}}']],
        [
          'Readings of the pages named in `load`; only the leader reads.',
          'All ok.',
          'failed: `kingcdn status` says what was wrong with the page.',
        ],
        {},
      ),
      series(
        'Pages of load that fail',
        'short',
        [[`max by (cluster) (kingcdn_load_pull_targets{${M},state="failing"})`, '{{cluster}}']],
        ['Addresses of `load` whose last reading failed.', '0.', 'Fetch the page by hand from the leader: `curl`.'],
        { limits: [[1, 'red']] },
      ),
      series(
        'Clusters in a wrong place',
        'short',
        [[by('kingcdn_cluster_misplaced'), '{{cluster}}']],
        [
          'Clusters whose location in the configuration contradicts the measurements: an RTT is shorter than light would take.',
          'Empty.',
          'Put right `location` of the cluster and `kingcdn reload`; until then its RTTs say nothing of others.',
        ],
        {},
      ),
    ],
  ],
}
