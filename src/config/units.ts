import { type Millis, millis } from '../base/brand.ts'
import type { Capacity } from '../model/cluster.ts'

const DURATION = /^(-?)(\d+(?:\.\d+)?)(ms|s|m|h|d)$/
const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `2s`, `1.5h`, `-5ms`: one number and one of the units ms, s, m, h, d. null for anything else. */
export function parseDuration(text: string): Millis | null {
  const match = DURATION.exec(text)
  if (match === null) return null
  const value = Number(match[2]) * DURATION_MS[match[3]!]!
  return Number.isFinite(value) ? millis(match[1] === '-' ? -value : value) : null
}

const RATE = /^(\d+(?:\.\d+)?)(bps|Kbps|Mbps|Gbps|Tbps|rps|conns?)$/
const BITS: Readonly<Record<string, number>> = { bps: 1, Kbps: 1e3, Mbps: 1e6, Gbps: 1e9, Tbps: 1e12 }

/** `40Gbps` (bit/s, decimal multiples), `50000rps`, `20000conn`. null when it is none of these or is zero. */
export function parseRate(text: string): Capacity | null {
  const match = RATE.exec(text)
  if (match === null) return null
  const number = Number(match[1])
  if (!Number.isFinite(number) || number <= 0) return null
  const unit = match[2]!
  const bits = BITS[unit]
  if (bits !== undefined) return { unit: 'bps', value: number * bits }
  return { unit: unit === 'rps' ? 'rps' : 'conns', value: number }
}

const SIZE = /^(\d+)(B|KiB|MiB|GiB)$/
const SIZE_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

/** `4MiB`: whole bytes in binary multiples. null for anything else. */
export function parseSize(text: string): number | null {
  const match = SIZE.exec(text)
  return match === null ? null : Number(match[1]) * SIZE_BYTES[match[2]!]!
}

const PERCENT = /^(\d+(?:\.\d+)?)\s?%$/

/** `75%` or a plain number 0..1, as a share. null for anything else; the range is the caller's to check. */
export function parseShare(value: unknown): number | null {
  if (typeof value === 'number') return value
  const match = typeof value === 'string' ? PERCENT.exec(value) : null
  return match === null ? null : Number(match[1]) / 100
}
