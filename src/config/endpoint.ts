import type { Endpoint } from './kind/address.ts'

/** `127.0.0.1:53`, `[::1]:53`. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
