import { DRAIN_ALL, type LiveHalf, STATE_DOWN } from '../../model/live-table.ts'
import { NO_CLUSTER, type Rows, SLOTS } from '../rows.ts'
import type { Fallback } from '../tables.ts'

/** What share reads of the services whose names are targets. */
export interface ShareTables {
  readonly targets: { readonly rows: Rows; owner(service: number, target: number): number }
  readonly clusterCount: number
  map(service: number): { readonly fallback: Fallback }
  families(service: number): number
}

/**
 * The target for a block, from its row: the first that can serve. Of another CDN nothing is known, so it always can; a name of our own cannot
 * while none of its service's clusters can take anyone. If none can, the first stays: an answer is never empty.
 */
export function share(tables: ShareTables, live: LiveHalf, service: number, row: number): number {
  const { rows } = tables.targets
  for (let slot = 0; slot < SLOTS; slot++) {
    const target = rows.slot(row, slot)
    if (target === NO_CLUSTER) break
    const owner = tables.targets.owner(service, target)
    if (owner < 0 || serves(tables, live, owner)) return target
  }
  return rows.slot(row, 0)
}

/**
 * One of the service's clusters is up, or degraded, and not drained: of those that serve anyone, or, where there are none such, of those that
 * serve only networks of their own. The same for all clients, so that it has no part in the scope.
 */
export function serves(tables: ShareTables, live: LiveHalf, service: number): boolean {
  const { fallback } = tables.map(service)
  const families = tables.families(service)
  const from = fallback.at[tables.clusterCount]!
  const to = fallback.at[tables.clusterCount + 1]!
  for (let i = from; i < to; i++) if (isUp(live, fallback.clusters[i]!, families)) return true
  if (to > from) return false
  const { lastResort } = fallback
  for (let i = 0; i < lastResort.length; i++) if (isUp(live, lastResort[i]!, families)) return true
  return false
}

function isUp(live: LiveHalf, cluster: number, families: number): boolean {
  return (
    live.state[cluster] !== STATE_DOWN && live.drain[cluster]! < DRAIN_ALL && (live.families[cluster]! & families) !== 0
  )
}
