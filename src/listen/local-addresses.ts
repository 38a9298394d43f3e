import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { type AddressBytes, familyOf, formatAddress, high32, parseAddress } from '../base/ip.ts'

/** Addresses of each interface of the machine, as `os.networkInterfaces` gives them. */
export type Interfaces = Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, 'address'>[] | undefined>>

interface Address {
  /** Literal, with its interface where it is link-local: `fe80::1%eth0`. */
  readonly address: string
  readonly port: number
}

/**
 * Puts in the place of `0.0.0.0` and `::` every address of that family which this machine has now, loopback included: with a socket for each
 * of them a reply leaves from the address the query came to (RFC 2181 section 4). What is written beside a wildcard stays as it is written and
 * is not listened on twice. A family without addresses comes to nothing; so does an interface without carrier, whose addresses the system
 * does not tell.
 */
export function expandWildcards<T extends Address>(
  addresses: readonly T[],
  interfaces: Interfaces = networkInterfaces(),
): T[] {
  const local = localAddresses(interfaces)
  const taken = new Set(addresses.map(endpointKey))
  return addresses.flatMap(each => {
    const family = wildcardFamily(each.address)
    if (family === null) return [each]
    return local
      .filter(address => isOfFamily(address, family))
      .map(address => ({ ...each, address }))
      .filter(endpoint => !taken.has(endpointKey(endpoint)) && taken.add(endpointKey(endpoint)))
  })
}

/** Without the addresses that a wildcard among them covers: beside it a TCP socket on one of them cannot be bound. */
export function underWildcards<T extends Address>(addresses: readonly T[]): T[] {
  const covers = (wildcard: T, { address, port }: T): boolean => {
    const family = wildcardFamily(wildcard.address)
    return family !== null && wildcard.port === port && isOfFamily(address, family)
  }
  return addresses.filter(
    each => wildcardFamily(each.address) !== null || !addresses.some(other => covers(other, each)),
  )
}

function localAddresses(interfaces: Interfaces): string[] {
  return Object.entries(interfaces).flatMap(([name, infos = []]) => infos.map(({ address }) => withZone(address, name)))
}

/** fe80::/10 means nothing without its interface (RFC 4007 section 6). */
function withZone(text: string, interfaceName: string): string {
  const address = bytesOf(text)
  const linkLocal = address?.length === 16 && high32(address) >>> 22 === 0xfe80 >>> 6
  return linkLocal ? `${text}%${interfaceName}` : text
}

function wildcardFamily(text: string): 4 | 6 | null {
  const address = bytesOf(text)
  return address?.every(octet => octet === 0) ? familyOf(address) : null
}

function isOfFamily(text: string, family: 4 | 6): boolean {
  const address = bytesOf(text)
  return address !== null && familyOf(address) === family
}

/** The same for every spelling of an address. */
function endpointKey({ address: text, port }: Address): string {
  const address = bytesOf(text)
  const zone = text.split('%')[1] ?? ''
  return `${address === null ? text : formatAddress(address)}%${zone} ${port}`
}

function bytesOf(text: string): AddressBytes | null {
  return parseAddress(text.split('%')[0]!)
}
