import type { Millis } from '../base/brand.ts'

/** How much one resolver asks: an address that queries came from. What it stands for is its own leaf (/24 or /56). */
export interface ResolverCount {
  /** As base/ip `formatAddress` writes it. */
  readonly address: string
  /** Queries per second that were answered by routing, > 0. */
  readonly qps: number
}

/** The resolvers that one nameserver sees. */
export interface ResolverList {
  readonly at: Millis
  /** The heaviest, heaviest first, at most {@link MOST_RESOLVERS}; of one address one row. */
  readonly rows: readonly ResolverCount[]
}

/** What one nameserver tells of: 300 KB of text once a minute, and with ten or twenty nameservers as much as a prober takes. */
export const MOST_RESOLVERS = 10_000

/** Counts the resolvers of one nameserver. */
export interface ResolverCounter {
  /** Takes up what was answered since the last call. */
  collect(now: Millis): Promise<void>
  list(now: Millis): ResolverList
}

/** The lists of several nameservers as one, heaviest first: a resolver asks several of them. At most `most` rows. */
export function joinResolvers(lists: Iterable<ResolverList>, most: number): ResolverCount[] {
  const sums = new Map<string, number>()
  for (const { rows } of lists) for (const { address, qps } of rows) sums.set(address, (sums.get(address) ?? 0) + qps)
  return heaviest(
    Array.from(sums, ([address, qps]) => ({ address, qps })),
    most,
  )
}

/** The same order on every machine: equal ones by address. */
export function heaviest(rows: ResolverCount[], most: number): ResolverCount[] {
  rows.sort((a, b) => b.qps - a.qps || (a.address < b.address ? -1 : 1))
  return rows.slice(0, most)
}
