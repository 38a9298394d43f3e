import { NODE, type Section } from './dashboard.ts'
import { series, table } from './panel.ts'
import { RATE, rate } from './rates.ts'

/** What each nameserver serves from. */
export const NODE_STATE: Section = {
  title: 'Map, store, plan, logs',
  lines: [
    [
      7,
      series(
        'Map',
        'short',
        [
          [`max by (node) (kingcdn_snapshot_generation{${NODE}})`, '{{node}}'],
          [`min by (node) (kingcdn_worker_generation{${NODE},role=~"query|tcp"})`, '{{node}} slowest worker'],
        ],
        [
          'Generation of the map, and that of the slowest worker.',
          'Both lines on one another.',
          'A worker stays behind: it hangs; see restarts.',
        ],
      ),
      series(
        'Age and build time of the map',
        's',
        [
          [`max by (node) (kingcdn_snapshot_age_seconds{${NODE}})`, '{{node}} age'],
          [`max by (node) (kingcdn_snapshot_build_seconds{${NODE}})`, '{{node}} build'],
        ],
        [
          'Time since the map was built, and how long that took.',
          'Young while measurements come in.',
          'From disk or coarse for long: alarms in `kingcdn status` say why.',
        ],
      ),
      series(
        'Coarse, from disk, broken zones',
        'short',
        [
          [`sum(kingcdn_snapshot_coarse{${NODE}})`, 'coarse maps'],
          [`sum(kingcdn_snapshot_origin{${NODE},from="disk"})`, 'maps from disk'],
          [`sum(kingcdn_zones{${NODE},state="broken"})`, 'broken zones'],
        ],
        [
          'Nameservers that serve a stopgap, and zones that answer SERVFAIL.',
          '0.',
          '`kingcdn check` gives file, line and reason.',
        ],
        { limits: [[1, 'red']] },
      ),
      series(
        'Size of the map',
        'bytes',
        [[`max by (node) (kingcdn_snapshot_bytes{${NODE}})`, '{{node}}']],
        ['Map and zones that are served.', 'Steady.', 'Jumps with geo data or zones.'],
      ),
    ],
    [
      7,
      series(
        'Plan',
        's',
        [
          [`max by (node) (kingcdn_plan_age_seconds{${NODE}})`, '{{node}} plan'],
          [`max by (node) (kingcdn_store_lag_seconds{${NODE}})`, '{{node}} store lag'],
        ],
        [
          'Age of the plan that is served, and the time that a change takes to arrive by the store.',
          'Plan below 15 s, lag below 0.1 s.',
          'Plan grows at all: no leader. At one: it is cut off from the store.',
        ],
        { limits: [[120, 'red']] },
      ),
      series(
        'Store and leaders',
        'short',
        [
          [`sum(kingcdn_store_up{${NODE}})`, 'reach the store'],
          [`sum(kingcdn_leader{${NODE}})`, 'lead'],
          [`sum(increase(kingcdn_store_skipped_total{${NODE}}[10m]))`, 'values skipped in 10 min'],
        ],
        [
          'Nameservers that reach the store, that lead, and values that made no sense.',
          'All reach it, one leads, none skipped.',
          'Two lead: there are two stores. Skipped: the log names the kind of key.',
        ],
      ),
      series(
        'Fleet',
        'short',
        [
          [`min(kingcdn_fleet_nodes{${NODE}})`, 'heard of'],
          [`max(kingcdn_fleet_silent_nodes{${NODE}})`, 'silent'],
          [`max by (what) (kingcdn_fleet_mismatched_nodes{${NODE}})`, 'other {{what}}'],
        ],
        [
          'Nameservers that hear each other, that fell silent, and whose configuration or geo data differs.',
          'All heard, none silent, none other.',
          'Other for longer than a rollout: bring them to one state.',
        ],
      ),
      series(
        'Logs of queries',
        'ops',
        [[rate('kingcdn_log_records_total', 'log, outcome'), '{{log}} {{outcome}}']],
        [
          'Records of the logs of queries and of dnstap: written, or lost.',
          'None lost.',
          'Lost: a smaller `sample`, a faster disk, or a reader that reads (docs/logs.md).',
        ],
      ),
    ],
    [
      8,
      table(
        'Zones',
        [['zone', 'Zone']],
        [
          {
            expr: `min by (zone) (kingcdn_zone_loaded{${NODE}})`,
            name: 'Loaded',
            unit: 'none',
            words: [
              [0, 'broken', 'red'],
              [1, 'yes', 'green'],
            ],
          },
          { expr: `min by (zone) (kingcdn_zone_serial{${NODE}})`, name: 'Oldest serial', unit: 'none' },
          { expr: `max by (zone) (kingcdn_zone_serial{${NODE}})`, name: 'Newest serial', unit: 'none' },
          { expr: `max by (zone) (kingcdn_zone_records{${NODE}})`, name: 'Records', unit: 'short' },
          { expr: rate('kingcdn_zone_queries_total', 'zone'), name: 'Queries/s', unit: 'reqps' },
        ],
        [
          'Zones over all nameservers chosen.',
          'Loaded, both serials alike.',
          'Serials differ: a nameserver has another file; copy and `kingcdn reload`.',
        ],
        { sort: 'Queries/s' },
      ),
      table(
        'Nameservers',
        [
          ['node', 'Nameserver'],
          ['version', 'Version'],
        ],
        [
          { expr: `max by (node, version) (kingcdn_build_info{${NODE}})`, name: 'Runs', unit: 'short' },
          {
            expr: `max by (node) (kingcdn_start_time_seconds{${NODE}}) * 1000`,
            name: 'Started',
            unit: 'dateTimeFromNow',
          },
          {
            expr: `max by (node) (kingcdn_phase{${NODE},phase="serving"})`,
            name: 'Serves',
            unit: 'none',
            words: [
              [0, 'no', 'red'],
              [1, 'yes', 'green'],
            ],
          },
          { expr: `max by (node) (kingcdn_plan_sequence{${NODE}})`, name: 'Plan', unit: 'none' },
          {
            expr: `max by (node) (kingcdn_alarms{${NODE}})`,
            name: 'Alarms',
            unit: 'short',
            limits: [[1, 'orange']],
          },
        ],
        [
          'What runs where.',
          'One version outside of a rollout; plans within one of each other.',
          'A plan far behind: that nameserver is cut off from the store.',
        ],
        {},
      ),
    ],
  ],
}

/** The processes and their machines. */
export const MACHINES: Section = {
  title: 'Machines',
  lines: [
    [
      8,
      series(
        'CPU',
        'short',
        [[`sum by (node) (rate(process_cpu_seconds_total{${NODE}}${RATE}))`, '{{node}}']],
        [
          'CPU time per second of the whole process, all threads: 1 is one core.',
          'Follows the queries; the planner adds to it while it compiles.',
          'At the number of cores: answers go first, maps come late. More cores or nameservers.',
        ],
      ),
      series(
        'Memory',
        'bytes',
        [
          [`max by (node) (process_resident_memory_bytes{${NODE}})`, '{{node}} resident'],
          [`sum by (node) (kingcdn_worker_memory_bytes{${NODE}})`, '{{node}} heaps of threads'],
        ],
        [
          'Resident memory of the process, and what the threads hold by themselves.',
          'Steady after the first hour.',
          'Grows without end: a leak; keep the graph for the report.',
        ],
      ),
      series(
        'Event loop of the main thread',
        's',
        [[`max by (node) (nodejs_eventloop_lag_p99_seconds{${NODE}})`, '{{node}}']],
        [
          'Delay of the thread that holds store, plan and HTTP. It answers no queries.',
          'Below 50 ms.',
          'Above a second the lease may be lost: short of CPU, or very large tables.',
        ],
        { limits: [[1, 'red']] },
      ),
      series(
        'Worker restarts, 1 h',
        'short',
        [[`sum by (node, role) (increase(kingcdn_worker_restarts_total{${NODE}}[1h]))`, '{{node}} {{role}}']],
        [
          'Threads that died and were started again.',
          '0.',
          'The folder crash of `state` holds the last datagrams of a dead worker.',
        ],
        { limits: [[1, 'red']] },
      ),
      series(
        'Open files',
        'percentunit',
        [[`max by (node) (process_open_fds{${NODE}} / process_max_fds{${NODE}})`, '{{node}}']],
        [
          'Share of the file descriptors allowed that is in use.',
          'Below 50 %.',
          'Raise `LimitNOFILE`, or lower `tcp.connections`.',
        ],
        { max: 1, limits: [[0.8, 'red']] },
      ),
    ],
  ],
}
