/** Loss is forgotten by half in this time (ROUTING section 4). */
const LOSS_HALF_LIFE_MS = 5 * 60 * 1000
const REMEMBERED = 9
/** A sample above this multiple of the median of the last nine is taken for an accident ... */
const OUTLIER = 3
/** ... unless so many come in a row. */
const BELIEVED_IN_A_ROW = 3

/** RTT and loss of one path, smoothed as TCP does (RFC 6298 section 2). */
export interface Smoothed {
  /** Samples taken into `srtt`; 0 = never answered. */
  readonly samples: number
  readonly srttMs: number
  readonly rttVarMs: number
  /** Probes and losses that still count, decayed to `at`. */
  readonly sent: number
  readonly lost: number
  readonly at: number
  /** The last samples, oldest first, at most nine. */
  readonly recent: readonly number[]
  readonly outliersInARow: number
}

export const UNMEASURED: Smoothed = {
  samples: 0,
  srttMs: 0,
  rttVarMs: 0,
  sent: 0,
  lost: 0,
  at: 0,
  recent: [],
  outliersInARow: 0,
}

/** Takes one probe into account. `rttMs` null: no answer in time. `at`: ms. */
export function observe(before: Smoothed, rttMs: number | null, at: number): Smoothed {
  const keep = 2 ** (-Math.max(0, at - before.at) / LOSS_HALF_LIFE_MS)
  const counted = {
    ...before,
    at,
    sent: before.sent * keep + 1,
    lost: before.lost * keep + (rttMs === null ? 1 : 0),
  }
  if (rttMs === null) return counted
  const recent = [...before.recent.slice(1 - REMEMBERED), rttMs]
  if (isOutlier(before, rttMs)) return { ...counted, recent, outliersInARow: before.outliersInARow + 1 }
  const settled = { ...counted, recent, outliersInARow: 0, samples: before.samples + 1 }
  if (before.samples === 0) return { ...settled, srttMs: rttMs, rttVarMs: rttMs / 2 }
  return {
    ...settled,
    srttMs: before.srttMs + (rttMs - before.srttMs) / 8,
    rttVarMs: before.rttVarMs + (Math.abs(rttMs - before.srttMs) - before.rttVarMs) / 4,
  }
}

/** Lost / sent, 0..1. */
export function lossOf(path: Smoothed): number {
  return path.sent === 0 ? 0 : Math.min(1, path.lost / path.sent)
}

function isOutlier(path: Smoothed, rttMs: number): boolean {
  if (path.recent.length < REMEMBERED || path.outliersInARow >= BELIEVED_IN_A_ROW - 1) return false
  const sorted = [...path.recent].sort((a, b) => a - b)
  return rttMs > OUTLIER * sorted[sorted.length >> 1]!
}
