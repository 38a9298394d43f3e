import type { Config, Endpoint } from './config.ts'
import { formatEndpoint } from './endpoint.ts'

/** What the answering threads take from the configuration as it stands. */
export function answeringOptions({ listen, tls, node, tcp, ecs }: Config) {
  return {
    addresses: listen.dns,
    tlsAddresses: tls?.listen ?? [],
    nsid: node,
    freebind: listen.freebind,
    tcp: {
      idleMs: tcp.idle,
      messageMs: tcp.message,
      perAddress: tcp.perAddress,
      connections: tcp.connections,
    },
    ecs: ecs.enabled,
  }
}

/** Where a nameserver listens, for people. `udp`: the addresses of its sockets, and how they are served. */
export function listenStatus(
  { listen, tls }: Config,
  udp: { readonly addresses: readonly Endpoint[]; readonly text: string },
  tlsNotAfter: number | null,
) {
  return {
    dns: listen.dns.map(formatEndpoint),
    tls: (tls?.listen ?? []).map(formatEndpoint),
    tlsNotAfter,
    http: listen.http === null ? null : formatEndpoint(listen.http),
    udp: udp.addresses.map(formatEndpoint),
    transport: udp.text,
  }
}
