import { LEFT_OUT, PROBE_METHODS, PROBE_OUTCOMES, type ProbeStatus, TARGET_KINDS } from '../model/probe-status.ts'
import { counter, type Definition, gauge, one, states } from './definition.ts'
import { collect, type Metrics } from './metrics.ts'

/** What the prober shows at its own address. Every series carries the labels `cluster` and `prober`. */
export const PROBE: readonly Definition<ProbeStatus>[] = [
  gauge('probe_phase', ['phase'], '1 for the present phase (probing, waiting, cut-off), 0 for the others.', status =>
    states('phase', ['probing', 'waiting', 'cut-off'], status.phase),
  ),
  gauge('probe_members', [], 'Probers of this cluster that share the targets, this one included.', status =>
    one(status.members.length),
  ),
  gauge('probe_targets', ['kind'], 'Targets of this prober: other clusters, the targets file, resolvers.', status =>
    TARGET_KINDS.map(kind => ({ labels: { kind }, value: status.targets[kind] })),
  ),
  gauge(
    'probe_left_out_targets',
    ['why'],
    'Targets that are not probed by this prober: opted out, special-purpose addresses, too many of one block, too many in all, elsewhere (those of another prober).',
    status => LEFT_OUT.map(why => ({ labels: { why }, value: status.leftOut[why] })),
  ),
  gauge('probe_blocks', ['part'], 'Client blocks that are measured often (head), and seldom (tail).', status => [
    { labels: { part: 'head' }, value: status.blocks.head },
    { labels: { part: 'tail' }, value: status.blocks.tail },
  ]),
  gauge(
    'probe_answers',
    ['state'],
    'Targets that answer, that stopped answering (lost), and that never answered (silent).',
    status => [
      { labels: { state: 'answering' }, value: status.answering },
      { labels: { state: 'lost' }, value: status.lost },
      { labels: { state: 'silent' }, value: status.silent },
    ],
  ),
  counter(
    'probe_probes_total',
    ['method', 'outcome'],
    'Probes that were answered, lost, or discarded because this process was late.',
    status =>
      PROBE_METHODS.flatMap(method =>
        PROBE_OUTCOMES.map(outcome => ({ labels: { method, outcome }, value: status.probes[method][outcome] })),
      ),
  ),
  counter('probe_packets_total', [], 'Packets sent for probes.', status => one(status.packets)),
  gauge('probe_budget_packets', [], 'Packets per second that may be sent.', status => one(status.budget)),
  gauge('probe_budget_used_ratio', [], 'Share of the packet budget that was used in the last minute or so.', status =>
    one(status.budgetUsed),
  ),
  gauge(
    'probe_method_usable',
    ['method'],
    '1 for a configured method that can be used here, 0 for one that cannot.',
    status => status.methods.map(({ name, fault }) => ({ labels: { method: name }, value: Number(fault === null) })),
  ),
  counter(
    'probe_rows_total',
    ['outcome'],
    'Rows written to the store, and refused because the clock is wrong.',
    status => [
      { labels: { outcome: 'written' }, value: status.rows.written },
      { labels: { outcome: 'refused' }, value: status.rows.refused },
    ],
  ),
  gauge('probe_waiting_rows', [], 'Rows that wait for the store.', status => one(status.rows.waiting)),
  counter('probe_write_failures_total', [], 'Writes to the store that failed; their rows are offered again.', status =>
    one(status.rows.failures),
  ),
  gauge(
    'probe_clock_lead_seconds',
    [],
    "How far this clock is ahead of the store's; absent before the first word.",
    status => one(status.clockLeadMs === null ? null : status.clockLeadMs / 1000),
  ),
]

export function createProbeMetrics(source: () => ProbeStatus): Metrics {
  return collect(PROBE, source, ({ cluster, prober }) => ({ cluster, prober }))
}
