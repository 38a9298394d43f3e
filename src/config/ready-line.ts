import type { Config } from './config.ts'
import { formatEndpoint } from './endpoint.ts'

/** What a nameserver that answers says of itself: where it listens, and a `dig` to try. `origin`: of some zone that it serves. */
export function readyLine(config: Config, version: string, origin: string | undefined): string {
  const { node, listen, tls, deployment } = config
  const first = listen.dns[0]
  const name = deployment.services[0]?.hostnames[0] ?? origin ?? '.'
  const server = first === undefined ? '' : `@${first.address} -p ${first.port} `
  const where = [
    `DNS on ${listen.dns.map(formatEndpoint).join(', ')}`,
    ...(tls === null || tls.listen.length === 0 ? [] : [`TLS on ${tls.listen.map(formatEndpoint).join(', ')}`]),
    ...(listen.http === null ? [] : [`HTTP on http://${formatEndpoint(listen.http)}`]),
  ]
  const asked = name.replace(/^\*\./, 'www.').replace(/\.$/, '')
  return `kingcdn ${version} (${node}) is ready: ${where.join(', ')}. Try: dig ${server}${asked} +subnet=168.126.63.0/24`
}
