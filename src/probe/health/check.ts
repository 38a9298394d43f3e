import type { Family } from '../../base/ip.ts'
import type { HealthCause } from '../../model/health.ts'

/** What one check says of a server. Of a reply, whatever it is, one of these comes and never an exception. */
export type CheckResult =
  /** `latencyMs`: from the first packet to the last octet waited for. */
  | { readonly kind: 'pass'; readonly latencyMs: number }
  | { readonly kind: 'fail'; readonly cause: HealthCause }
  /** Nothing: the fault was this machine's. `why` is for people. */
  | { readonly kind: 'unjudged'; readonly why: string }

/** The server that is asked: an address without a name, in canonical text. */
export interface Address {
  readonly text: string
  readonly family: Family
}

/** One way to ask. Resolves within about `limitMs`, never rejects, leaves nothing open. */
export type Check = (at: Address, limitMs: number) => Promise<CheckResult>
