import type { Family } from '../../base/ip.ts'
import type { Server } from '../../model/cluster.ts'

export const FAMILIES = [4, 6] as const
/** As verdicts name them. */
export const NAME = { 4: 'v4', 6: 'v6' } as const

export const hasFamily = (server: Server, family: Family): boolean =>
  (family === 4 ? server.ipv4 : server.ipv6) !== undefined

/** What `read` has of each family; undefined is left out. */
export function byFamily<T>(read: (family: Family) => T | undefined): { readonly v4?: T; readonly v6?: T } {
  const [v4, v6] = FAMILIES.map(read)
  return { ...(v4 === undefined ? {} : { v4 }), ...(v6 === undefined ? {} : { v6 }) }
}
