import {
  ANSWER_TIME_BOUNDS,
  COUNTED_QTYPES,
  type CounterReading,
  ECS_FAMILIES,
  REASONS,
  type Scalar,
} from '../model/counters.ts'
import type { Status } from '../model/status.ts'
import { counter, type Definition, histogram, type Sample } from './definition.ts'
import { rcodeName, SHOWN_RCODES } from './rcode.ts'

/** What the workers count: each of them has one reading, a series is the sum over the workers. */
export const QUERIES: readonly Definition[] = [
  counter('queries_total', ['transport'], 'DNS queries received, by transport.', status =>
    perWorker(status, counters => [
      { labels: { transport: 'udp' }, value: counters.scalars.queriesUdp },
      { labels: { transport: 'tcp' }, value: counters.scalars.queriesTcp },
      { labels: { transport: 'tls' }, value: counters.scalars.queriesTls },
    ]),
  ),
  counter(
    'queries_by_type_total',
    ['type'],
    'DNS queries received, by query type; rare types count as other.',
    status =>
      perWorker(status, counters => TYPE_NAMES.map(type => ({ labels: { type }, value: counters.qtypes[type] ?? 0 }))),
  ),
  counter('responses_total', ['rcode'], 'DNS responses sent, by response code.', status =>
    perWorker(status, counters =>
      counters.rcodes
        .map((value, rcode) => ({ labels: { rcode: rcodeName(rcode) }, value, rcode }))
        .filter(({ value, rcode }) => value > 0 || SHOWN_RCODES.has(rcode))
        .map(({ labels, value }) => ({ labels, value })),
    ),
  ),
  counter('decisions_total', ['reason'], 'Routed answers, by the reason why the cluster was taken.', status =>
    perWorker(status, counters => REASONS.map(reason => ({ labels: { reason }, value: counters.reasons[reason] }))),
  ),
  scalar('edns_queries_total', 'ednsQueries', 'Queries that carried EDNS.'),
  scalar('ecs_queries_total', 'ecsQueries', 'Queries that carried EDNS Client Subnet.'),
  scalar(
    'ecs_unroutable_total',
    'ecsUnroutable',
    "Queries whose client subnet locates nobody: the resolver's own address was used.",
  ),
  counter(
    'ecs_scopes_total',
    ['family', 'scope'],
    'Answers with an ECS option, by its family (ipv4, ipv6; none where no address was given) and the scope sent, in bits.',
    status =>
      perWorker(status, counters =>
        ECS_FAMILIES.flatMap(({ name }, i) =>
          counters.scopes[i]!.map((value, scope) => ({ labels: { family: name, scope: String(scope) }, value })),
        ).filter(({ value }) => value > 0),
      ),
  ),
  scalar(
    'truncated_responses_total',
    'truncated',
    'Responses sent with TC set because they did not fit, or to a client without cookies while cookies are required.',
  ),
  scalar(
    'ignored_messages_total',
    'ignored',
    'Messages that got no answer: too short, a response, or from source port 0.',
  ),
  scalar('malformed_queries_total', 'formErr', 'Queries that could not be read and were answered FORMERR.'),
  scalar(
    'internal_errors_total',
    'internalErrors',
    'Queries on which the answer path failed (the client saw SERVFAIL); every one is a bug.',
  ),
  scalar(
    'dropped_datagrams_total',
    'badDatagramsDropped',
    'Datagrams dropped because the same one had crashed a worker twice.',
  ),
  counter(
    'cookie_queries_total',
    ['cookie'],
    'Queries with a DNS cookie: good (a server cookie of ours), bad (one that is not, or too old), new (none yet).',
    status =>
      perWorker(status, counters => [
        { labels: { cookie: 'good' }, value: counters.scalars.cookiesGood },
        { labels: { cookie: 'bad' }, value: counters.scalars.cookiesBad },
        { labels: { cookie: 'new' }, value: counters.scalars.cookiesNew },
      ]),
  ),
  counter(
    'rate_limited_responses_total',
    ['action'],
    'Responses over the rate limit: dropped, slipped (sent truncated instead), or spared by a dry run.',
    status =>
      perWorker(status, counters => [
        { labels: { action: 'dropped' }, value: counters.scalars.rateDropped },
        { labels: { action: 'slipped' }, value: counters.scalars.rateSlipped },
        { labels: { action: 'spared' }, value: counters.scalars.rateSpared },
      ]),
  ),
  histogram(
    'answer_seconds',
    ['role'],
    ANSWER_TIME_BOUNDS,
    'Time from the octets of a query to those of its answer, of one query in 97, by role of the worker (query: UDP; tcp: TCP and TLS).',
    function* (status) {
      for (const { name, role, counters } of status.workers)
        if (counters !== null) yield { labels: { role }, ...counters.answerTimes, source: name }
    },
  ),
  scalar('answer_cache_hits_total', 'cacheHits', 'Questions whose answer, or whose service, was remembered.'),
  scalar('answer_cache_misses_total', 'cacheMisses', 'Questions that had to be looked up in the zones.'),
  scalar(
    'answer_cache_stored_total',
    'cacheStored',
    'Answers that were taken into the cache: asked a second time, and whole.',
  ),
  scalar('send_errors_total', 'sendErrors', 'Responses that the kernel refused to send.'),
  scalar(
    'receive_dropped_total',
    'receiveDropped',
    'UDP datagrams that found the receive buffer full; told only by batched UDP. Above 0: more workers, or a larger buffer.',
  ),
  scalar('received_bytes_total', 'bytesIn', 'Bytes of DNS messages received, without IP, UDP and TCP headers.'),
  scalar('sent_bytes_total', 'bytesOut', 'Bytes of DNS messages sent, without IP, UDP and TCP headers.'),
  scalar('tcp_connections_total', 'tcpConnections', 'TCP connections accepted, those of DNS over TLS included.'),
  scalar('tcp_refused_total', 'tcpRefused', 'TCP connections closed at once because too many were open.'),
  scalar('tcp_timeouts_total', 'tcpTimeouts', 'TCP connections closed because the client was idle or too slow.'),
  scalar(
    'tcp_evicted_total',
    'tcpEvicted',
    'TCP connections closed to make room: the longest idle for a new one, or those that hold most memory.',
  ),
  scalar('tls_failures_total', 'tlsFailed', 'TLS connections that ended before their handshake did.'),
]

const TYPE_NAMES = [...COUNTED_QTYPES.map(([, name]) => name), 'other']

function scalar(name: string, key: Scalar, help: string): Definition {
  return counter(name, [], help, status =>
    perWorker(status, counters => [{ labels: {}, value: counters.scalars[key] }]),
  )
}

function* perWorker(status: Status, read: (counters: CounterReading) => readonly Sample[]): Iterable<Sample> {
  for (const worker of status.workers) {
    if (worker.counters === null) continue
    for (const sample of read(worker.counters)) yield { ...sample, source: worker.name }
  }
}
