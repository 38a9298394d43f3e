import { type Millis, millis } from '../base/brand.ts'
import { LONGEST_RAMP_MS } from '../model/drain.ts'

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const LONGEST_MS = 365 * 86_400_000

export const DURATION_LEGAL = 'a duration from 1s to 365d, such as 90s, 30m, 2h, 7d'

/** `90s`, `30m`, `2h`, `7d`; null for anything else, for zero and for more than a year. */
export function parseDuration(text: string): Millis | null {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(s|m|h|d)$/.exec(text.trim())
  if (match === null) return null
  const value = Math.round(Number(match[1]) * UNIT_MS[match[2]!]!)
  return value >= 1000 && value <= LONGEST_MS ? millis(value) : null
}

export const RAMP_LEGAL = '0, or a duration up to 24h, such as 30s, 2m, 1h'

/** ms of a ramp; `0`: at once. null for what is none. */
export function parseRamp(text: string): number | null {
  if (/^0[smhd]?$/.test(text.trim())) return 0
  const ms = parseDuration(text)
  return ms !== null && ms <= LONGEST_RAMP_MS ? ms : null
}
