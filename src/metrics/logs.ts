import { QUERY_LOGS } from '../model/query-logs.ts'
import { counter, type Definition } from './definition.ts'

/** The logs of queries. */
export const LOGS: readonly Definition[] = [
  counter(
    'log_records_total',
    ['log', 'outcome'],
    'Records of the logs of queries (queries, decisions, dnstap): written, or lost for want of room or of a reader.',
    ({ logs }) =>
      QUERY_LOGS.flatMap(log => [
        { labels: { log, outcome: 'written' }, value: logs[log].written },
        { labels: { log, outcome: 'lost' }, value: logs[log].lost },
      ]),
  ),
]
