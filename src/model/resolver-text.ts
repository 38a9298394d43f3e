import { millis } from '../base/brand.ts'
import { formatAddress, parseAddress } from '../base/ip.ts'
import { MOST_RESOLVERS, type ResolverCount, type ResolverList } from './resolver.ts'

/**
 * A list of resolvers as text, for the store:
 *
 *   list = "resolvers" SP at *( LF address SP qps )
 *
 * at: Unix ms; qps: decimal, six digits of it. Heaviest first.
 */
export const MAX_RESOLVERS_OCTETS = 1024 * 1024

const MOST_QPS = 1e12

export function packResolvers({ at, rows }: ResolverList): string {
  return `resolvers ${at}${rows.map(({ address, qps }) => `\n${address} ${Number(qps.toPrecision(6))}`).join('')}`
}

/** null when it is no list: a part of one is never taken. */
export function readResolvers(text: string): ResolverList | null {
  if (text.length > MAX_RESOLVERS_OCTETS) return null
  const [head, ...lines] = text.split('\n', MOST_RESOLVERS + 2)
  const at = /^resolvers (\d{1,16})$/.exec(head!)?.[1]
  if (at === undefined || lines.length > MOST_RESOLVERS) return null
  const rows = new Map<string, ResolverCount>()
  for (const line of lines) {
    const row = readRow(line)
    if (row === null || rows.has(row.address)) return null
    rows.set(row.address, row)
  }
  return { at: millis(Number(at)), rows: [...rows.values()] }
}

function readRow(line: string): ResolverCount | null {
  const [text, figure, ...rest] = line.split(' ')
  const bytes = parseAddress(text!)
  if (bytes === null || rest.length > 0 || !/^\d{1,16}(\.\d{1,20})?(e-?\d{1,2})?$/.test(figure ?? '')) return null
  const qps = Number(figure)
  return qps > 0 && qps <= MOST_QPS ? { address: formatAddress(bytes), qps } : null
}
