import type { DrainWish } from '../model/drain.ts'
import type { DrainIntent } from '../model/signals.ts'

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** `2 min`, `1.5 h`, `40 s`. To the second: an hour that began a few milliseconds ago is an hour, not 60 minutes. */
export function describeSpan(ms: number): string {
  const span = Math.round(ms / 1000) * 1000
  const [unit, size] = UNITS.find(([, each]) => span >= each) ?? ['s', 1000]
  return `${Number((span / size).toFixed(1))} ${unit}`
}

/** `over 2 min`, `at once`. */
export const describeRamp = (rampMs = 0): string => (rampMs > 0 ? `over ${describeSpan(rampMs)}` : 'at once')

/** `to 50 % over 2 min, for 2 h: switch upgrade`. */
export function describeDrain({ percent, rampMs, until, reason }: DrainWish, now: number): string {
  const end = until === undefined ? 'until restored' : `for ${describeSpan(Math.max(0, until - now))}`
  return `to ${percent} % ${describeRamp(rampMs)}, ${end}${reason === '' ? '' : `: ${reason}`}`
}

/** `was to 50 % for 2 h, by ops@host; comes back over 2 min`. */
export function describeEnd({ percent, since, until = since, by, rampMs }: DrainIntent): string {
  const who = by === '' ? '' : `, by ${by}`
  return `was to ${percent} % for ${describeSpan(until - since)}${who}; comes back ${describeRamp(rampMs)}`
}
