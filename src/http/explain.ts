import { formatAddress, parseAddress } from '../base/ip.ts'
import type { ControlPort } from '../control/port.ts'
import { Failure } from './failure.ts'
import { demandQuery } from './fields.ts'
import { json, type Reply } from './reply.ts'

/** `?name=&client=&type=`: the trail of the decision for that client, from the map that is served. */
export async function explain(port: ControlPort, query: URLSearchParams): Promise<Reply> {
  const { name = '', client = '', type = 'A' } = demandQuery(query, ['name', 'client', 'type'])
  // 253 octets, each at most four characters long (\DDD), and the final dot.
  if (name === '' || name.length > 1013)
    throw new Failure('bad-request', 'name is missing or too long; legal: a domain name')
  if (!/^[A-Za-z][A-Za-z0-9]{0,15}$/.test(type))
    throw new Failure('bad-request', 'type is not a record type; legal: A, AAAA, HTTPS, CNAME and the like')
  return json(await port.explain(name, type.toUpperCase(), parseClient(client)))
}

/** An address, or an address and a prefix length (bits after it are ignored). An IPv4-mapped IPv6 address is the IPv4 one. */
export function parseClient(text: string): { readonly address: string; readonly length: number | null } {
  const match = /^([0-9a-fA-F.:]{2,45})(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(text)
  const address = match === null ? null : parseAddress(match[1]!)
  if (match === null || address === null) throw badClient(text)
  if (match[2] === undefined) return { address: formatAddress(address), length: null }
  const mapped = address.length === 4 && match[1]!.includes(':')
  const length = Number(match[2]) - (mapped ? 96 : 0)
  if (length < 0 || length > address.length * 8) throw badClient(text)
  return { address: formatAddress(address), length }
}

function badClient(text: string): Failure {
  const given = text === '' ? 'client is missing' : `client ${JSON.stringify(text.slice(0, 60))} is not an address`
  return new Failure('bad-request', `${given}; legal: 192.0.2.1, 192.0.2.0/24, 2001:db8::1, 2001:db8::/56`)
}
