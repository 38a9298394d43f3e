import type { z } from 'zod'
import { POLICIES } from '../../model/service.ts'
import { whenAllDown } from '../kind/address.ts'
import { cdnName, choice, contentClass, country, hostname, id, protocolId } from '../kind/name.ts'
import { decimal, flag, integer, seconds, share } from '../kind/number.ts'
import { either, good, group, kind, list, option, table } from '../option.ts'

export const clusterOrTier = id
export const clusterList = list(clusterOrTier, 'all, or a list of cluster ids and tiers', 1)
const all = kind<'all'>({ legal: 'all', json: { const: 'all' }, read: () => good('all' as const) })

const clusterChoice = either<typeof all | typeof clusterList>(raw => (raw === 'all' ? all : clusterList), {
  legal: 'all, or a list of cluster ids and tiers',
  json: { anyOf: [{ const: 'all' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] },
})

export const onlySchema = group({
  countries: option(list(country, 'country codes', 1), 'Only clusters that stand in these countries.'),
})

export const httpsSchema = group({
  alpn: option(
    list(protocolId, 'protocol ids of ALPN, such as [h2, h3]', 1),
    'What its servers speak beside HTTP/1.1.',
  ),
  port: option(integer(1, 65535), 'Port that they listen on, TCP and UDP; 443 goes unsaid in the record.', 443),
  noDefaultAlpn: option(flag, 'They do not speak HTTP/1.1: clients that speak nothing of `alpn` stay away.', false),
})

export const targetSchema = group({
  cname: option(
    cdnName,
    'Name that the hostnames are answered with: the `cdnName` of a service, or a name at another CDN. Several entries may have one name, for different countries.',
  ),
  weight: option(
    decimal(0, 1_000_000),
    'Share of the clients, relative to the other targets they may get; 0: nobody, and with `countries` nobody there.',
    1,
  ),
  countries: option(
    list(country, 'country codes', 1),
    'Only for clients in these countries, before the entry of the same name that is for everybody. Left out: for everybody, also those whose country is unknown.',
  ).optional(),
})

export const targetList = list(targetSchema, 'targets, each with a cname', 1)

export const serviceSchema = group({
  id: option(id, 'Its name in `explain`, logs and metrics; unique.'),
  hostnames: option(
    list(hostname, 'host names of the customer'),
    'Content hostnames: answered with a CNAME to `cdnName`. May be empty: then the customer points at the CDN name itself.',
    [],
  ),
  cdnName: option(cdnName, 'Name in the domain of the CDN: answered with addresses, never with a CNAME.'),
  content: option(contentClass, 'Content class it serves. Left out: every cluster holds it.').optional(),
  policy: option(
    choice(POLICIES),
    'How a cluster is chosen: geo distance only; rtt measured round trip; isp-first own network, then exchange, then core; ' +
      'rtt-spill round trip, spilling under load; weighted by `weights`; failover by `order`.',
    'rtt-spill',
  ),
  clusters: option(clusterChoice, 'Which clusters may serve it.', 'all'),
  only: option(onlySchema, 'Hard constraint: survives even "all down".').optional(),
  weights: option(
    table(decimal(0, 1_000_000), 'a mapping of cluster id to weight'),
    'Policy weighted: share by cluster id; a cluster left out has 1.',
    {},
  ),
  order: option(
    list(id, 'cluster ids, best first', 1),
    'Policy failover: cluster ids, first is best. Left out: the order of the file.',
  ).optional(),
  answers: option(integer(1, 8), 'Addresses per reply.', 2),
  ttl: option(
    group({
      cname: option(seconds(30, 86400), 'TTL of the CNAME from a content hostname.', 300),
      address: option(
        seconds(10, 3600),
        'TTL of the addresses: how long a changed decision takes to reach clients.',
        30,
      ),
    }),
    'How long resolvers keep the answers.',
    {},
  ),
  https: option(
    httpsSchema,
    'Its names have HTTPS records too (RFC 9460), with the addresses as hints. Left out: HTTPS is no type of theirs.',
  ).optional(),
  targets: option(
    targetList,
    'Several CDNs: the hostnames are answered with a CNAME to one of these names, shared among the clients by weight. Left out: all go to `cdnName`.',
  ).optional(),
  whenAllDown: option(
    whenAllDown,
    'What is answered when none of its clusters is usable. Never overrides `only` or a drain.',
    'all',
  ),
  failOpenBelow: option(
    share(true),
    "Fail open: while less than this share of its clusters' capacity is healthy, answers do not go by health. 0: only when nothing is, see `whenAllDown`.",
    '0%',
  ),
})

export type ServiceEntry = z.output<typeof serviceSchema>
