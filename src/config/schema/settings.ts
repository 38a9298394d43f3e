import { PROBE_METHODS } from '../../model/probe-status.ts'
import { addressOrPrefix, endpoint, store } from '../kind/address.ts'
import { choice, envName, line, nodeName, origin, path, text } from '../kind/name.ts'
import { duration, flag, integer, size } from '../kind/number.ts'
import { bad, either, good, group, kind, list, option } from '../option.ts'
import { monitorSchema } from './health.ts'
import { logSchema } from './log.ts'

/** The groups that say how this nameserver runs; none of them decides an answer. */

const off = kind<null>({ legal: 'off', json: { const: 'off' }, read: () => good(null) })
const httpEndpoint = either<typeof off | typeof endpoint>(raw => (raw === 'off' || raw === false ? off : endpoint), {
  legal: 'address:port, such as 127.0.0.1:9153, or off',
  json: { anyOf: [{ const: 'off' }, { const: false }, { type: 'string' }] },
})

export const listenSchema = group({
  dns: option(
    list(endpoint, 'addresses with ports, such as ["127.0.0.1:5300"]', 1),
    'Where DNS is answered, over UDP and TCP. 0.0.0.0 and [::] stand for each address that the machine has at the start: replies leave ' +
      'from the address that was asked.',
    ['127.0.0.1:5300', '[::1]:5300'],
  ),
  http: option(httpEndpoint, 'Metrics, health, explain, admin and console page. Default 127.0.0.1:9153.').optional(),
  freebind: option(
    flag,
    'Listen also on addresses that the machine does not have yet (IP_FREEBIND, Linux): for anycast addresses that come and go.',
    false,
  ),
})

const tokenSchema = group({
  file: option(
    path,
    'File with a token on each line: each will do, and the commands send the first. A reload reads it again.',
  ).optional(),
  env: option(envName, 'Environment variable that holds the token.').optional(),
})

/** Of one client. */
const callRate = integer(0, 1_000_000, 'calls per second')

export const httpSchema = group({
  listen: option(httpEndpoint, 'The same as `listen.http`; write one of the two.').optional(),
  token: option(
    tokenSchema,
    'Bearer token that changing calls must bring. Needed once the address is not loopback. Either `file` or `env`.',
  ).optional(),
  readToken: option(
    tokenSchema,
    'Bearer token that reading must bring, too: all but the health calls and the console page; that of changing calls will do as well. Either ' +
      '`file` or `env`. Left out: reading is open.',
  ).optional(),
  rateLimit: option(
    group({
      reads: option(callRate, 'Reading.', 100),
      feeds: option(callRate, 'What programs report every few seconds: loads, RTTs, probers that are there.', 500),
      changes: option(callRate, 'Drains, restores, demand, reloads.', 50),
    }),
    'How often one client (an IPv4 address, an IPv6 /64) may call, 0 = no limit; what makes ten seconds of it may come at once. Beyond, the answer is 429.',
    {},
  ),
})

const threads = kind<number | 'auto'>({
  legal: 'auto (cores - 1, at least 1) or a whole number from 1 to 256',
  json: { anyOf: [{ const: 'auto' }, { type: 'integer', minimum: 1, maximum: 256 }] },
  read: raw => {
    if (raw === 'auto') return good('auto')
    return Number.isInteger(raw) && (raw as number) >= 1 && (raw as number) <= 256
      ? good(raw as number)
      : bad('is not a number of threads')
  },
})

const interfaceName = text(
  'a name of a network interface, 1 to 15 characters, such as eth0',
  /^[^\s/:\0]{1,15}$/,
  'is not a name of an interface',
)

const files = list(path, 'paths of database files', 1)
const fileOrFiles = either<typeof path | typeof files>(raw => (typeof raw === 'string' ? path : files), {
  legal: 'a path or a list of paths',
  json: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] },
})

export const zoneSchema = group({
  file: option(path, 'Master file (RFC 1035).'),
  origin: option(origin, 'Name of the zone. Left out: from `$ORIGIN` or the owner of the SOA.').optional(),
})

export const tlsSchema = group({
  listen: option(
    list(endpoint, 'addresses with ports, such as ["192.0.2.53:853"]', 1),
    'Where DNS over TLS is answered.',
  ),
  certificate: option(path, 'PEM file: the certificate and those that vouch for it, its own first.'),
  key: option(path, 'PEM file with the private key of the certificate. A reload reads both again.'),
})

export const settings = {
  node: option(
    nodeName,
    'Name of this nameserver: NSID and metrics label. Default: the host name of the machine.',
  ).optional(),
  listen: option(listenSchema, 'Where it listens.', {}),
  http: option(httpSchema, 'The long form of `listen.http`.', {}),
  workers: option(
    threads,
    'Query worker threads; auto: cores - 1, at least 1. With `udp.transport: dgram` there is one.',
    'auto',
  ),
  store: option(store, 'Shared state: memory for one process, Redis for a fleet.', 'memory'),
  state: option(
    path,
    'Folder of the last good snapshot and of operator intent. One running server per folder.',
    './var',
  ),
  geo: option(
    group({
      city: option(fileOrFiles, 'City databases (GeoIP2, GeoLite2, DB-IP schema), asked in order.').optional(),
      asn: option(fileOrFiles, 'AS databases, asked in order.').optional(),
      overrides: option(path, 'File of what the operator knows better; see below.').optional(),
    }),
    'Where clients are. Without it every client is at an unknown place.',
    {},
  ),
  zones: option(
    list(zoneSchema, 'at least one zone: [{ file: zones/example.com.zone }]', 1),
    'Zones this server is authoritative for.',
  ),
  ecs: option(
    group({
      enabled: option(flag, 'Read EDNS Client Subnet (RFC 7871). Off: the resolver counts as the client.', true),
    }),
    'EDNS Client Subnet.',
    {},
  ),
  udp: option(
    group({
      transport: option(
        choice(['auto', 'batch', 'dgram', 'xdp']),
        'batch: many datagrams a system call, and each query worker with sockets of its own (Linux on x86-64 and arm64); dgram: ' +
          "Node's own sockets, one query worker; xdp: batch, and before it AF_XDP on `udp.interfaces`; auto: batch where it can be had.",
        'auto',
      ),
      interfaces: option(
        list(interfaceName, 'names of network interfaces, such as [eth0]'),
        'Ethernet interfaces that queries come in by, for `udp.transport: xdp`, which needs at least one.',
        [],
      ),
      maxPayload: option(integer(512, 4096, 'octets'), 'Largest UDP answer, whatever the client offers.', 1232),
      receiveBuffer: option(size('64KiB', '1GiB'), 'Receive buffer asked of the kernel for each socket.', '4MiB'),
    }),
    'UDP.',
    {},
  ),
  tcp: option(
    group({
      idle: option(duration('1s', '2m', '10s'), 'An idle connection is closed after this long.', '10s'),
      message: option(
        duration('500ms', '1m', '5s'),
        'A query that takes longer from its first octet to its last is cut off, connection and all; so is a TLS handshake.',
        '5s',
      ),
      connections: option(
        integer(1, 65536),
        'Open connections, all clients together. When all are taken, the longest idle one gives way to a new one.',
        4096,
      ),
      perAddress: option(
        integer(1, 65536),
        'Open connections of one client address (IPv6: one /64); the longest idle one gives way.',
        64,
      ),
    }),
    'DNS over TCP and TLS.',
    {},
  ),
  load: option(
    group({
      planInterval: option(duration('1s', '5m', '10s'), 'Time between two plans of the shed levels.', '10s'),
    }),
    'Load reports and spilling.',
    {},
  ),
  passive: option(
    group({
      perReporter: option(
        integer(1, 1_000_000, 'samples per second'),
        'What one reporter (an address that speaks for one cluster) may send on average; it may save up a minute of it.',
        500,
      ),
      networks: option(
        list(addressOrPrefix, 'addresses or prefixes, such as [10.0.0.0/8]'),
        'Private and other special-purpose networks whose clients count. Those of `serves` and of the overrides count in any case.',
        [],
      ),
    }),
    'RTTs that edges see on connections of their clients (docs/edges.md).',
    {},
  ),
  probe: option(
    group({
      interval: option(
        duration('1s', '1h', '30s'),
        'Time between two probes of a target: of the other clusters, and of resolvers whose blocks make up 90 % of the demand.',
        '30s',
      ),
      tailInterval: option(
        duration('1s', '1d', '5m'),
        'The same for the resolvers of all other blocks; at least `interval`.',
        '7m',
      ),
      silentInterval: option(
        duration('1s', '7d', '1h'),
        'A target that never answers is tried ever more seldom, but at least this often.',
        '1h',
      ),
      budget: option(
        integer(1, 100_000, 'packets per second'),
        'Packets that one prober sends, all kinds together: a DNS query or an ICMP echo is one, a TCP connection three.',
        200,
      ),
      timeout: option(duration('50ms', '30s', '2s'), 'Silence that counts as loss.', '2s'),
      methods: option(
        list(choice(PROBE_METHODS), 'methods: dns, tcp, icmp', 1),
        'Tried in this order until one answers, which is asked ever after: a DNS query, a TCP connection, an ICMP echo (where the system allows it).',
        ['dns', 'tcp', 'icmp'],
      ),
      port: option(integer(1, 65535), 'Port of the resolvers that is probed.', 53),
      specialPurpose: option(
        flag,
        'Probe addresses of special-purpose blocks (RFC 6890) as well: private networks, documentation, loopback.',
        false,
      ),
      optOut: option(list(addressOrPrefix, 'addresses or prefixes'), 'Addresses that are never probed.', []),
      optOutFile: option(
        path,
        'File with more of them, one a line; `#` begins a comment. Read again every minute.',
      ).optional(),
      http: option(endpoint, 'Metrics and status of the prober. `--http` goes before it; left out: none.').optional(),
    }),
    'The RTT prober (`kingcdn probe`).',
    {},
  ),
  monitor: option(monitorSchema, 'The health checks (docs/health.md).', {}),
  cookies: option(
    group({
      enabled: option(flag, 'Answer the COOKIE option. Off: it is ignored.', true),
      secrets: option(
        path,
        'File with the secrets, 32 hexadecimal digits a line: the first makes cookies, every one is accepted. Left out: the store ' +
          'keeps the secrets, the same for all nameservers that share it, and they change by themselves.',
      ).optional(),
      require: option(
        flag,
        'Answer UDP queries only with a good server cookie, others with BADCOOKIE. For the time of an attack: clients without ' +
          'cookies have to come over TCP.',
        false,
      ),
    }),
    'DNS cookies (RFC 7873, RFC 9018).',
    {},
  ),
  chaos: option(
    group({
      version: option(line, 'Text of `version.bind` and `version.server` in class CH. Left out: refused.').optional(),
      id: option(
        line,
        'Text of `id.server` and `hostname.bind` in class CH. Left out: refused; NSID says `node` in any case.',
      ).optional(),
    }),
    'What is told of this server in class CH (RFC 4892).',
    {},
  ),
  tls: option(tlsSchema, 'DNS over TLS (RFC 7858). Left out: none.').optional(),
  rateLimit: option(
    group({
      perSecond: option(
        integer(0, 1_000_000, 'responses per second'),
        'Equal responses to one client block (/24 or /56), by name for answers, by zone for names that do not exist; 0 = no limit.',
        200,
      ),
      slip: option(
        integer(0, 10),
        'Every n-th response over the rate leaves truncated instead of not at all; 0 = none.',
        1,
      ),
      exempt: option(list(addressOrPrefix, 'addresses or prefixes'), 'Clients that are never limited.', [
        '127.0.0.0/8',
        '::1',
      ]),
      dryRun: option(flag, 'Count, but suppress nothing.', false),
    }),
    'Response rate limiting over UDP. Clients with a good cookie are never limited.',
    {},
  ),
  log: option(logSchema, 'The log on standard error, and the logs of queries (docs/logs.md).', {}),
}
