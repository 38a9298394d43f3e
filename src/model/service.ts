export const POLICIES = ['geo', 'rtt', 'isp-first', 'rtt-spill', 'weighted', 'failover'] as const
export type Policy = (typeof POLICIES)[number]

/** What a service answers when none of its clusters is usable. Never overrides `only` or operator intent. */
export type WhenAllDown =
  | { readonly kind: 'all' }
  | { readonly kind: 'last-good' }
  | { readonly kind: 'backup'; readonly cluster: string }
  | { readonly kind: 'static'; readonly address: string }
  | { readonly kind: 'servfail' }

/** What an HTTPS record of the service says beside its addresses (RFC 9460 section 7). */
export interface HttpsBinding {
  /** Protocol ids of ALPN, 1 to 32 printable characters of ASCII each; at least one. */
  readonly alpn: readonly string[]
  /** Where its servers listen, 1..65535; 443 goes unsaid. */
  readonly port: number
  /** True: they do not speak HTTP/1.1 over TLS. */
  readonly noDefaultAlpn: boolean
}

/** One of several names that share a content hostname, or what it weighs for some countries. */
export interface Target {
  /** Lower case with final dot. Several may have the same name: no two of them for everybody, and no two for the same country. */
  readonly cname: string
  /** Share relative to the others, >= 0; 0 = nobody. */
  readonly weight: number
  /** Only for clients in these countries; undefined: for everybody, but those for whom another of the same name is. */
  readonly countries?: readonly string[]
}

export interface Service {
  /** [a-z0-9-]{1,63}, unique. */
  readonly id: string
  /** Content hostnames, lower case with final dot; `*.` at the front is a wildcard. */
  readonly hostnames: readonly string[]
  /** The name in the CDN's domain, lower case with final dot. */
  readonly cdnName: string
  /** Content class it serves; undefined: any cluster holds it. */
  readonly content?: string
  readonly policy: Policy
  /** Ids of its clusters, in the order of the configuration (`all` and tiers are resolved by the loader). Never empty. */
  readonly clusters: readonly string[]
  /** Hard constraint: only clusters that stand in these countries; undefined: none. */
  readonly only?: { readonly countries: readonly string[] }
  /** policy `weighted`: share by cluster id, >= 0; a missing id has 1. */
  readonly weights: Readonly<Record<string, number>>
  /** policy `failover`: cluster ids, first is best. */
  readonly order: readonly string[]
  /** Addresses per reply, 1..8. */
  readonly answers: number
  /** Seconds. */
  readonly ttl: { readonly cname: number; readonly address: number }
  /** Answers HTTPS records too; undefined: HTTPS is no type of its names. */
  readonly https?: HttpsBinding
  /** Names that share the content hostnames by weight; undefined: all go to `cdnName`. For every client at least one weighs more than 0. */
  readonly targets?: readonly Target[]
  readonly whenAllDown: WhenAllDown
  /** While less than this share of its clusters' capacity is healthy, answers do not go by health, 0..1; undefined: 0. */
  readonly failOpenBelow?: number
}
