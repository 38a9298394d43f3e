/** What the RTT of a block's first choice stands on most (docs/estimates.md). Index = class of a profile in plan/demand-evidence.ts. */
export const DEMAND_EVIDENCE = [
  /** Its own RTT. */
  'own',
  /** RTTs of the same network of the AS database. */
  'prefix',
  /** RTTs of the same AS number in the same half-degree cell. */
  'metro',
  /** RTTs of places around and of the clusters to each other. */
  'interpolated',
  /** Distance, border and regions. */
  'prior',
  /** Nobody knows where it is. */
  'unlocated',
  /** The operator has fixed the order. */
  'override',
] as const
export type DemandEvidence = (typeof DEMAND_EVIDENCE)[number]

/** Shares of the demand, 0..1, that add up to 1. */
export type EvidenceShares = Readonly<Record<DemandEvidence, number>>
