import { formatEndpoint } from '../endpoint.ts'
import { error, type Issue, warning } from '../issues.ts'
import type { Endpoint } from '../kind/address.ts'
import type { Path } from '../path.ts'
import { usedTwice } from './clusters.ts'
import type { Draft, HttpDraft } from './draft.ts'

/** Rules between the settings of one nameserver: sockets, token, zones. */
export function checkNode(draft: Draft): Issue[] {
  const listed = (endpoints: Draft['dns'], ...path: string[]) =>
    endpoints.flatMap((endpoint, i) => (endpoint ? [{ endpoint, path: [...path, i] as Path }] : []))
  const dns = [...listed(draft.dns, 'listen', 'dns'), ...listed(draft.tls, 'tls', 'listen')]
  return [
    ...usedTwice(
      dns
        .filter(({ endpoint }) => endpoint.port !== 0)
        .map(({ endpoint, path }) => ({ path, value: formatEndpoint(endpoint) })),
    ),
    ...listed(draft.dns, 'listen', 'dns')
      .filter(({ endpoint }) => isWildcard(endpoint))
      .map(({ endpoint, path }) =>
        warning(
          path,
          `"${formatEndpoint(endpoint)}" stands for the addresses that the machine has at the start; one that it gets later is not answered over UDP`,
        ),
      ),
    ...checkHttp(
      draft,
      dns.map(({ endpoint }) => endpoint),
    ),
    ...usedTwice(draft.zones.map((zone, i) => ({ path: ['zones', i, 'file'], value: zone.file }))),
    ...usedTwice(draft.zones.map((zone, i) => ({ path: ['zones', i, 'origin'], value: zone.origin }))),
  ]
}

function checkHttp({ http }: Draft, dns: readonly Endpoint[]): Issue[] {
  const issues: Issue[] = []
  const path = http.long === undefined ? ['listen', 'http'] : ['http', 'listen']
  const endpoint = http.long ?? http.short
  if (http.long !== undefined && http.short !== undefined)
    issues.push(error(path, 'stands in listen.http too; write one of the two'))
  if (endpoint && endpoint.port !== 0 && dns.some(other => formatEndpoint(other) === formatEndpoint(endpoint)))
    issues.push(
      error(path, `"${formatEndpoint(endpoint)}" is also in listen.dns or tls.listen, which take TCP; another port`),
    )
  if (endpoint && !isLoopback(endpoint) && !http.hasToken)
    issues.push(
      warning(
        path,
        `"${formatEndpoint(endpoint)}" is not loopback and http.token is not set: changing calls will be refused`,
      ),
    )
  return [...issues, ...checkToken('token', http.token), ...checkToken('readToken', http.readToken)]
}

function checkToken(key: 'token' | 'readToken', token: HttpDraft['token']): Issue[] {
  if (token === undefined || (token.file === undefined) !== (token.env === undefined)) return []
  return [error(['http', key], `has ${token.file === undefined ? 'neither' : 'both'} of file and env; one of them`)]
}

const isWildcard = ({ address }: Endpoint): boolean => address === '0.0.0.0' || address === '::'
const isLoopback = ({ address }: Endpoint): boolean => address.startsWith('127.') || address === '::1'
