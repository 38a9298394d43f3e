import type { z } from 'zod'
import { TIERS } from '../../model/cluster.ts'
import { address, asn, clientPrefix } from '../kind/address.ts'
import { choice, contentClass, country, id, serverId } from '../kind/name.ts'
import { decimal, duration, rate, share } from '../kind/number.ts'
import { group, list, option } from '../option.ts'
import { healthSchema } from './health.ts'
import { loadSchema } from './load.ts'

export const serverSchema = group({
  id: option(serverId, 'Its name in answers, logs and metrics; unique in the whole file.'),
  ipv4: option(address(4), 'Its IPv4 address. One of the two families is needed.').optional(),
  ipv6: option(address(6), 'Its IPv6 address.').optional(),
  weight: option(decimal(0.001, 1000), 'Share of the cluster relative to its siblings.', 1),
  load: option(loadSchema, "Where its load is read, in the place of the cluster's `load`.").optional(),
})

export const locationSchema = group({
  lat: option(decimal(-90, 90, 'degrees north'), 'Latitude.'),
  lon: option(decimal(-180, 180, 'degrees east'), 'Longitude.'),
  country: option(country, 'Country it stands in; `only` of a service asks for it.').optional(),
})

export const clusterSchema = group({
  id: option(id, 'Its name everywhere: answers of `explain`, metrics, measurements; unique.'),
  tier: option(
    choice(TIERS),
    'embedded: inside an ISP ("enter deep"); exchange: at an internet exchange ("bring home"); core: a data centre.',
  ),
  location: option(locationSchema, 'Where it stands.'),
  asns: option(list(asn, 'AS numbers of the networks it serves'), 'Embedded clusters: the ISPs they serve.', []),
  serves: option(
    list(clientPrefix, 'prefixes of clients, at most /24 or /56 long'),
    'Prefixes announced to it. Given, it serves only clients inside them or in its `asns`.',
    [],
  ),
  capacity: option(rate, 'Hard limit. Load is reported in the same unit.'),
  target: option(
    share(),
    'Soft limit as a share of the capacity: above it clients spill to their next cluster.',
    '75%',
  ),
  content: option(
    list(contentClass, 'content classes', 1),
    'Content classes pushed to it. Left out: everything, because it pulls what it lacks.',
  ).optional(),
  bias: option(
    duration('-1000ms', '1000ms', '5ms'),
    'Added to its score: above zero its catchment shrinks, below zero it grows.',
    '0ms',
  ),
  upThreshold: option(
    share(),
    'Share of its servers, by weight, that must be usable: below it the cluster counts as degraded.',
    '50%',
  ),
  servers: option(list(serverSchema, 'at least one server', 1), 'Its servers, in ring order.'),
  health: option(healthSchema, 'How its servers are checked (docs/health.md). Left out: not at all.').optional(),
  load: option(loadSchema, 'Where its load is read (docs/edges.md). Left out: its edges report it.').optional(),
})

export type ClusterEntry = z.output<typeof clusterSchema>
export type ServerEntry = z.output<typeof serverSchema>
