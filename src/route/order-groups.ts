import { hashText } from '../base/hash.ts'

/** Names with equal hash modulo this share their orders: a bound on the tables that nobody will notice. */
export const ORDER_GROUPS = 256

export function orderGroup(cdnName: string): number {
  return hashText(cdnName) % ORDER_GROUPS
}

/** The groups of some services, each once, in the order in which tables hold them. */
export function orderGroups(services: readonly { readonly cdnName: string }[]): number[] {
  return [...new Set(services.map(service => orderGroup(service.cdnName)))]
}
