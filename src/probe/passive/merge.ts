import { type Millis, millis } from '../../base/brand.ts'
import type { Prefix } from '../../base/prefix.ts'
import type { Measurement } from '../../model/measurement.ts'
import { observe, UNMEASURED } from '../smoothing.ts'
import type { Recent } from './memory.ts'

/** A row this old is no basis to go on from: three half-lives of evidence (ROUTING section 4). */
const FORGOTTEN_MS = 30 * 60_000
/** As a prober says it: more samples make no figure better than this. */
const MOST_SAMPLES = 100
/** Figures that the median of an outlier is taken over. */
const REMEMBERED = 9

export interface Merged {
  /** null: an outlier, the row stays as it is. */
  readonly row: Measurement | null
  readonly recent: Recent
}

/**
 * The row of a block after one more figure of its clients, by the smoothing of probes: one step of a moving average. So a batch weighs as much as a
 * probe, and the row as much as that of a prober, which stands beside it. `held`: what edges saw before.
 */
export function mergeFigure(
  figure: { readonly prefix: Prefix; readonly rttMs: number },
  cluster: string,
  held: Measurement | undefined,
  before: Recent | undefined,
  at: Millis,
): Merged {
  const row = held !== undefined && at - held.measuredAt <= FORGOTTEN_MS ? held : undefined
  const smoothed = row === undefined ? {} : { samples: row.samples, srttMs: row.rttMs, rttVarMs: row.rttVarMs }
  const after = observe({ ...UNMEASURED, ...smoothed, ...(before ?? remembered(row)) }, figure.rttMs, at)
  const recent = { recent: after.recent, outliersInARow: after.outliersInARow }
  if (after.outliersInARow > 0) return { row: null, recent }
  return {
    recent,
    row: {
      prefix: figure.prefix,
      cluster,
      rttMs: Math.max(0.001, after.srttMs),
      rttVarMs: after.rttVarMs,
      loss: 0,
      samples: Math.min(MOST_SAMPLES, after.samples),
      // A row of a clock that goes ahead of ours would stand until ours is there.
      measuredAt: millis(Math.max(at, row?.measuredAt ?? 0)),
      source: 'passive',
    },
  }
}

/** After a start nobody remembers the last figures: where the row rests on as many, it stands for them. */
function remembered(row: Measurement | undefined): Recent {
  const known = row !== undefined && row.samples >= REMEMBERED
  return { recent: known ? new Array<number>(REMEMBERED).fill(row.rttMs) : [], outliersInARow: 0 }
}
