import type { Family } from '../base/ip.ts'
import type { LiveHalf } from '../model/live-table.ts'
import type { Client, Routing } from './client.ts'
import type { RouteTables } from './tables.ts'

/**
 * Which servers this client gets, written into `out`. Synchronous, allocates nothing.
 * `service` is its number in the configuration, `family` that of the asked record type (A: 4, AAAA: 6).
 */
export function route(
  _tables: RouteTables,
  _live: LiveHalf,
  _service: number,
  _family: Family,
  _client: Client,
  _out: Routing,
): void {
  throw new Error('not built yet')
}
