import { lookup } from 'node:dns/promises'
import { openListening } from './accept.ts'
import { refused } from './bind-error.ts'

/**
 * The socket of the HTTP API, which a later process may share; null where Node has to open it. `address`: a literal, or `localhost`. Rejects when it
 * cannot be bound, with what to do about it.
 */
export async function openHttpSocket(
  { address, port }: { readonly address: string; readonly port: number },
  beside: boolean,
): Promise<number | null> {
  const { address: host } = await lookup(address.replace(/^\[(.*)\]$/, '$1'))
  try {
    return openListening('http', { host, port, beside })
  } catch (error) {
    throw refused((error as Error).message)
  }
}
