import type { Millis } from '../base/brand.ts'

/**
 * What people change, and what the audit trail calls it; `drain-end`: a drain was over, as who gave it had said. Loads and what probers measure are no
 * decisions of people: they are not in it.
 */
export const AUDIT_ACTIONS = [
  'drain',
  'drain-end',
  'restore',
  'rtt-import',
  'demand-import',
  'demand-withdraw',
  'reload',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

export const AUDIT_OUTCOMES = ['done', 'refused', 'failed'] as const
/** `refused`: by a rule, nothing was changed; `failed`: something was away or broke, and a part may have been changed. */
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number]

/** Who asks for a change, and from where. */
export interface Caller {
  /** `ops@host`, as the account of the caller says; '' where nobody says. */
  readonly by: string
  /** `cli`, `http 192.0.2.1`, `signal`. */
  readonly from: string
}

/** One change of state that somebody asked for. */
export interface AuditEntry extends Caller {
  readonly at: Millis
  readonly action: AuditAction
  /** The cluster; '' where the action is about none. */
  readonly subject: string
  /** For people: `to 50 % over 2 min, for 2 h: switch upgrade`. */
  readonly what: string
  readonly outcome: AuditOutcome
  /** Why it was refused or failed; '' when it was done. */
  readonly why: string
}

/** The store keeps about so many, the newest: 2 MB at most. */
export const AUDIT_KEPT = 5_000
/** Characters of a text in an entry; what is longer is cut. */
export const AUDIT_TEXT = 300
