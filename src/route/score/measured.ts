import type { Millis } from '../../base/brand.ts'
import { MEASUREMENT_LIFETIME_MS, type Measurement } from '../../model/measurement.ts'

/** Evidence halves in weight every ten minutes. */
const RTT_HALF_LIFE_MS = 10 * 60_000
/** Losses come in bursts and end sooner. */
const LOSS_HALF_LIFE_MS = 5 * 60_000
/** Even a perfectly steady RTT is known to a millisecond at best. */
export const LEAST_SIGMA_MS = 1
/** A loss of 0.1 in 100 before anything is known: no evidence, no penalty. */
const LOSS_PRIOR = { lost: 0.1, sent: 100 }

/** A measurement as the estimate uses it at one moment. */
export interface Weighed {
  readonly rttMs: number
  /** 1 / sigma^2, ms^-2: sigma = rttvar/sqrt(n) + 1 ms when fresh, and sigma^2 doubles with every half-life. */
  readonly precision: number
  /** Smoothed mean deviation, ms. */
  readonly jitterMs: number
  /** Loss as it counts, 0.001 (nothing known) .. 1. */
  readonly loss: number
  /** 2^(-age / 10 min), 0..1. */
  readonly freshness: number
}

type Figures = Pick<Measurement, 'rttMs' | 'rttVarMs' | 'loss' | 'samples' | 'measuredAt' | 'source'>

/** What a measurement is worth at `asOf`; null when it is older than a day. One from the future counts as new. */
export function weigh(measurement: Figures, asOf: Millis): Weighed | null {
  const age = Math.max(0, asOf - measurement.measuredAt)
  if (age > MEASUREMENT_LIFETIME_MS) return null
  const sigma = measurement.rttVarMs / Math.sqrt(Math.max(1, measurement.samples)) + LEAST_SIGMA_MS
  const freshness = 2 ** (-age / RTT_HALF_LIFE_MS)
  // What edges see are connections that came about.
  const sent = measurement.source === 'passive' ? 0 : measurement.samples * 2 ** (-age / LOSS_HALF_LIFE_MS)
  return {
    rttMs: measurement.rttMs,
    precision: freshness / (sigma * sigma),
    jitterMs: measurement.rttVarMs,
    loss: (measurement.loss * sent + LOSS_PRIOR.lost) / (sent + LOSS_PRIOR.sent),
    freshness,
  }
}

/** Two measurements of one path as one, by inverse variance. `seen`: of edges, which know nothing of loss. */
export function joinWeighed(probed: Weighed, seen: Weighed): Weighed {
  const precision = probed.precision + seen.precision
  const mean = (a: number, b: number): number => (a * probed.precision + b * seen.precision) / precision
  return {
    rttMs: mean(probed.rttMs, seen.rttMs),
    precision,
    jitterMs: mean(probed.jitterMs, seen.jitterMs),
    loss: probed.loss,
    freshness: Math.max(probed.freshness, seen.freshness),
  }
}

/** Mathis et al. 1997: throughput falls with RTT * sqrt(loss). 1 = no penalty. */
export function lossFactor(loss: number): number {
  return 1 + 10 * Math.sqrt(Math.max(0, loss - 0.001))
}
