import type { Name } from '../wire/name.ts'

/** What the services of the configuration lay over the zones' own data. Owners may be wildcards (`*.video.example.`). */
export type Overlay =
  /** The owner is answered with a CNAME, the same for everyone. */
  | { readonly kind: 'alias'; readonly owner: Name; readonly target: Name; readonly ttl: number }
  /** Queries for one of `types` at the owner are the service's to answer; data of other types stays what the zone says. */
  | {
      readonly kind: 'routed'
      readonly owner: Name
      readonly id: number
      readonly types: readonly number[]
      /** RDATA of its HTTPS record up to the address hints, where HTTPS is one of the types. */
      readonly binding?: Uint8Array
    }
  /** The owner is answered with a CNAME to one of `targets`: which one is for the service to choose. */
  | {
      readonly kind: 'shared'
      readonly owner: Name
      readonly id: number
      readonly targets: readonly Name[]
      readonly ttl: number
    }
