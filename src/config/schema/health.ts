import type { z } from 'zod'
import { DNS_CHECK_RCODES, DNS_CHECK_TYPES, LONGEST_HISTORY } from '../../model/health-checks.ts'
import { statuses } from '../kind/http.ts'
import { choice, domain, hostField, nodeName, path, serverName, text, urlPath } from '../kind/name.ts'
import { duration, flag, integer } from '../kind/number.ts'
import { group, list, option } from '../option.ts'

const port = integer(1, 65535)

const httpSchema = group({
  path: option(urlPath, 'Path asked for, with GET.', '/healthz'),
  port: option(port, 'TCP port. Default 80, with `tls` 443.').optional(),
  tls: option(flag, 'Ask over TLS.', false),
  status: option(statuses, 'Status that counts as healthy. A redirect is not followed.', 200),
  body: option(
    text('1 to 1024 characters', /^[\s\S]{1,1024}$/u, 'is not such a text'),
    'Text that the first 64 KiB of the body must contain.',
  ).optional(),
  host: option(hostField, "Host field, as it is sent. Default: the server's address.").optional(),
  sni: option(
    serverName,
    'With `tls`: name that is asked for (SNI) and that the certificate must have. Default: that of `host`; without one the ' +
      "certificate must have the server's address.",
  ).optional(),
  verify: option(
    flag,
    'With `tls`: check the certificate: who vouches for it, its name, its dates. Off: any will do.',
    true,
  ),
  ca: option(path, "With `tls`: PEM file of the authorities to trust instead of the system's.").optional(),
  validFor: option(
    duration('0s', '365d', '7d'),
    'With `tls`: for so long yet the certificate of the server must be valid.',
    '0s',
  ),
})

const dnsSchema = group({
  port: option(port, 'UDP port.', 53),
  name: option(domain, 'Name asked for.'),
  type: option(choice(DNS_CHECK_TYPES), 'Type asked for.', 'SOA'),
  rcode: option(choice(DNS_CHECK_RCODES), 'Response code that counts as healthy.', 'NOERROR'),
})

export const healthSchema = group({
  http: option(httpSchema, 'Check by an HTTP request.').optional(),
  tcp: option(group({ port: option(port, 'TCP port.') }), 'Check by opening a TCP connection.').optional(),
  dns: option(dnsSchema, 'Check by a DNS query over UDP.').optional(),
  families: option(
    list(choice(['ipv4', 'ipv6']), 'families: ipv4, ipv6', 1),
    'Families that are checked, of those a server has, each by itself.',
    ['ipv4', 'ipv6'],
  ),
  interval: option(duration('500ms', '10m', '2s'), 'Time between two checks of one server and family.', '2s'),
  timeout: option(duration('100ms', '1m', '1s'), 'Limit on a whole check, from the connection to the body.', '1s'),
  fall: option(
    group({
      failures: option(integer(1, LONGEST_HISTORY), 'A server is down after so many failures ...', 3),
      of: option(integer(1, LONGEST_HISTORY), '... among the last so many checks.', 5),
    }),
    'When a server is down.',
    {},
  ),
  rise: option(integer(1, 100), 'A server is up after so many good checks in a row.', 10),
})

export type HealthEntry = z.output<typeof healthSchema>

export const monitorSchema = group({
  enabled: option(flag, 'Run the checks of `clusters[].health` in `serve`. Off: only `kingcdn monitor` does.', true),
  name: option(
    nodeName,
    'Its name among the monitors of the fleet, unique. Default: `node`; of `kingcdn monitor`: `node` and `-monitor`.',
  ).optional(),
  place: option(nodeName, 'Where it stands. Monitors of one place have one voice together.').optional(),
  noticeBlindness: option(
    flag,
    'While nearly all servers of three clusters or more fail since one moment, take it that the monitor sees nothing, not that they are down.',
    true,
  ),
  perSecond: option(integer(1, 100_000, 'checks per second'), 'Checks that may begin in a second.', 5000),
  concurrency: option(
    integer(1, 60_000, 'checks'),
    'Checks that may be under way at once, a socket or two each.',
    4096,
  ),
})
