import { PASSIVE_VERDICTS } from '../model/passive.ts'
import { counter, type Definition, gauge } from './definition.ts'

/** What comes from the edges. Bounded by the clusters of the configuration. */
export const EDGES: readonly Definition[] = [
  counter(
    'load_pulls_total',
    ['cluster', 'outcome'],
    'Readings of the load at the addresses of `load`, by outcome (ok, failed); only the leader reads.',
    ({ edges }) =>
      edges.pulled.flatMap(({ cluster, readings, failures }) => [
        { labels: { cluster, outcome: 'ok' }, value: readings },
        { labels: { cluster, outcome: 'failed' }, value: failures },
      ]),
  ),
  gauge(
    'load_pull_targets',
    ['cluster', 'state'],
    'Addresses that this nameserver reads the load of the cluster from, by how the last reading ended (ok, failing).',
    ({ edges }) =>
      edges.pulled.flatMap(({ cluster, targets, failing }) => [
        { labels: { cluster, state: 'ok' }, value: targets - failing },
        { labels: { cluster, state: 'failing' }, value: failing },
      ]),
  ),
  counter(
    'passive_samples_total',
    ['cluster', 'verdict'],
    'RTTs that edges of the cluster reported of their clients, by what became of them.',
    ({ edges }) =>
      edges.passive.flatMap(({ cluster, samples }) =>
        PASSIVE_VERDICTS.map(verdict => ({ labels: { cluster, verdict }, value: samples[verdict] })),
      ),
  ),
]
