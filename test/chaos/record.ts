import type { Blow, Role } from './members.ts'

/** All times in ms since the load began. */
export interface Downtime {
  readonly name: string
  readonly role: Role
  readonly blow: Blow
  /** Roles of all who were struck at this moment, sorted; itself among them. */
  readonly together: readonly Role[]
  /** When the blow fell. */
  readonly from: number
  /** When it did its work again; null: it is down yet. */
  to: number | null
}

export type Outcome =
  /** Names of the edges whose addresses were given. */
  | { readonly kind: 'answer'; readonly edges: readonly string[] }
  /** Nothing came within a second. */
  | { readonly kind: 'silence' }
  /** What came is no answer to the question, or one that must not be. */
  | { readonly kind: 'wrong'; readonly what: string }

/** One datagram to one nameserver, and what came of it. */
export interface Attempt {
  readonly server: string
  readonly sentAt: number
  readonly endedAt: number
  readonly outcome: Outcome
}

export interface Query {
  /** Client block that it was asked for. */
  readonly block: string
  /** The first, and a second and third where the one before was met with silence; each with another server if there is one. */
  readonly attempts: readonly Attempt[]
}

export interface ChaosRecord {
  readonly queries: readonly Query[]
  /** To servers that are not asked at present, to see whether they are back: their silence says nothing. */
  readonly knocks: readonly Attempt[]
  readonly downtimes: readonly Downtime[]
  /** Names of all edges. */
  readonly edges: readonly string[]
}
