/** How a prober may ask a target. */
export const PROBE_METHODS = ['dns', 'tcp', 'icmp'] as const
export type ProbeMethod = (typeof PROBE_METHODS)[number]

/** Where a target comes from: another cluster's server, the targets file, or the resolvers that the nameservers see. */
export const TARGET_KINDS = ['mesh', 'file', 'resolver'] as const
export type TargetKind = (typeof TARGET_KINDS)[number]

/** Why targets are not probed by this prober. */
export const LEFT_OUT = ['opted-out', 'special-purpose', 'crowded', 'surplus', 'elsewhere'] as const
export type LeftOut = (typeof LEFT_OUT)[number]

/** What became of a probe: answered, lost, or thrown away because this process was late. */
export const PROBE_OUTCOMES = ['answered', 'lost', 'discarded'] as const
export type ProbeOutcome = (typeof PROBE_OUTCOMES)[number]

/** Silent targets that are named one by one. */
export const MOST_SILENT_SHOWN = 1_000

/** One target that never answered. */
export interface SilentTarget {
  readonly address: string
  readonly port: number
  /** Times that it was tried, and when it is tried again, Unix ms. */
  readonly tries: number
  readonly nextAt: number
}

/** One method's count of probes since the start. */
export type ProbeCounts = Readonly<Record<ProbeMethod, Readonly<Record<ProbeOutcome, number>>>>

/** What a prober says of itself at one moment. Times are Unix ms. */
export interface ProbeStatus {
  readonly version: string
  readonly cluster: string
  /** Its name among the probers of the cluster. */
  readonly prober: string
  readonly startedAt: number
  readonly now: number
  /** `probing`; `waiting` until probers that were there before have heard of this one; `cut-off` from the store: nothing is probed. */
  readonly phase: 'probing' | 'waiting' | 'cut-off'
  /** Names of the probers that share the targets, this one included. */
  readonly members: readonly string[]
  readonly store: string
  /** How far this machine's clock is ahead of the store's, ms; null before it was compared. */
  readonly clockLeadMs: number | null
  readonly targets: Readonly<Record<TargetKind, number>>
  readonly leftOut: Readonly<Record<LeftOut, number>>
  /** Blocks (prefixes) measured every `interval`, and of the tail. */
  readonly blocks: { readonly head: number; readonly tail: number }
  /** Targets that answered lately; that never did, though tried three times and more; that stopped. */
  readonly answering: number
  readonly silent: number
  readonly lost: number
  /** Those that never answered, at most {@link MOST_SILENT_SHOWN}. */
  readonly silentTargets: readonly SilentTarget[]
  readonly probes: ProbeCounts
  /** Packets sent since the start, those that may be sent in a second, and the share of it used lately. */
  readonly packets: number
  readonly budget: number
  readonly budgetUsed: number
  /** Rows written; those that wait for the store; those not written because the clock is wrong; writes that failed. */
  readonly rows: {
    readonly written: number
    readonly waiting: number
    readonly refused: number
    readonly failures: number
  }
  /** Methods in the order in which they are tried; `fault`: why one is left out. */
  readonly methods: readonly { readonly name: ProbeMethod; readonly fault: string | null }[]
}
