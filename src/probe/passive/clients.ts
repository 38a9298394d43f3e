import { AddressSet } from '../../base/address-set.ts'
import { parseAddress } from '../../base/ip.ts'
import { formatPrefix, type Prefix, parsePrefix } from '../../base/prefix.ts'
import { specialPurposeBlock } from '../../base/special-purpose.ts'
import type { Deployment } from '../../model/deployment.ts'

/** Which blocks clients can be in. */
export class ClientBlocks {
  readonly #known: AddressSet
  readonly #servers: AddressSet

  /** `networks`: prefixes that the operator takes for clients in any case. */
  constructor({ clusters, geo }: Pick<Deployment, 'clusters' | 'geo'>, networks: readonly string[]) {
    const covered = [...geo.overrides.map(({ prefix }) => prefix), ...clusters.flatMap(({ serves }) => serves)]
    this.#known = new AddressSet([...networks, ...covered.map(formatPrefix)])
    const servers = clusters.flatMap(cluster =>
      cluster.servers.flatMap(({ ipv4, ipv6 }) => [ipv4 ?? [], ipv6 ?? []].flat()),
    )
    this.#servers = new AddressSet(servers.filter(text => parseAddress(text) !== null).map(leafText))
  }

  /**
   * null: clients may well be in this leaf. Connections between clusters (fills, checks) say nothing of clients, and a private address is that of a
   * customer only where the operator says where it is (ROUTING section 1).
   */
  objection(leaf: Prefix): 'special' | 'own' | null {
    const first = { ...leaf, hostHi: 0, hostLo: 0, port: 0 }
    if (this.#servers.has(first)) return 'own'
    return specialPurposeBlock(leaf) === null || this.#known.has(first) ? null : 'special'
  }
}

const leafText = (address: string): string => formatPrefix(parsePrefix(address)!)
