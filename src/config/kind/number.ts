import type { Millis } from '../../base/brand.ts'
import type { Capacity } from '../../model/cluster.ts'
import { bad, good, kind, type Reading, readWith } from '../option.ts'
import { parseDuration, parseRate, parseShare, parseSize } from '../units.ts'

export const flag = kind<boolean>({
  legal: 'true or false',
  json: { type: 'boolean' },
  read: raw => (typeof raw === 'boolean' ? good(raw) : bad('is not a switch')),
})

export function integer(min: number, max: number, unit = '') {
  return kind<number>({
    legal: `a whole number${unit && ` of ${unit}`} from ${min} to ${max}`,
    json: { type: 'integer', minimum: min, maximum: max },
    read: raw => (Number.isInteger(raw) ? within(raw as number, min, max) : bad('is not a whole number')),
  })
}

export function decimal(min: number, max: number, unit = '') {
  return kind<number>({
    legal: `a number${unit && ` of ${unit}`} from ${min} to ${max}`,
    json: { type: 'number', minimum: min, maximum: max },
    read: raw => (typeof raw === 'number' && !Number.isNaN(raw) ? within(raw, min, max) : bad('is not a number')),
  })
}

/** A share of a whole: `75%` or 0.75. Greater than zero unless `zero` says otherwise. */
export function share(zero = false) {
  return kind<number>({
    legal: `a share ${zero ? 'from 0' : 'above 0'} to 1, or in percent, such as 75%`,
    json: { type: ['number', 'string'], pattern: '^\\d+(\\.\\d+)?\\s?%$' },
    read: raw => {
      const value = parseShare(raw)
      if (value === null || Number.isNaN(value)) return bad('is not a share')
      return value < 0 || value > 1 || (value === 0 && !zero) ? bad('is out of range') : good(value)
    },
  })
}

/** `example` must lie in the range. Bounds in the operator's spelling. */
export function duration(min: string, max: string, example: string) {
  const low = parseDuration(min)!
  const high = parseDuration(max)!
  return kind<Millis>({
    legal: `a duration from ${min} to ${max}, such as ${example} (units ms, s, m, h, d)`,
    json: { type: 'string', pattern: `^${low < 0 ? '-?' : ''}\\d+(\\.\\d+)?(ms|s|m|h|d)$` },
    read: raw => {
      const value = typeof raw === 'string' ? parseDuration(raw) : null
      if (value === null) return bad('is not a duration')
      return value < low || value > high ? bad('is out of range') : good(value)
    },
  })
}

/** A TTL: whole seconds, as a bare number like in a zone file or as a duration. */
export function seconds(min: number, max: number) {
  return kind<number>({
    legal: `whole seconds from ${min} to ${max}, such as ${min * 2} or ${min * 2}s`,
    json: { type: ['integer', 'string'], minimum: min, maximum: max, pattern: '^\\d+(\\.\\d+)?(s|m|h|d)$' },
    read: raw => {
      const ms = typeof raw === 'string' ? parseDuration(raw) : null
      const value = ms === null ? raw : ms / 1000
      return Number.isInteger(value) ? within(value as number, min, max) : bad('is not a number of seconds')
    },
  })
}

export function size(min: string, max: string) {
  const low = parseSize(min)!
  const high = parseSize(max)!
  return kind<number>({
    legal: `a size from ${min} to ${max}, such as 4MiB (units B, KiB, MiB, GiB)`,
    json: { type: 'string', pattern: '^\\d+(B|KiB|MiB|GiB)$' },
    read: raw => {
      const value = typeof raw === 'string' ? parseSize(raw) : null
      if (value === null) return bad('is not a size')
      return value < low || value > high ? bad('is out of range') : good(value)
    },
  })
}

export const rate = kind<Capacity>({
  legal: 'try 40Gbps (bit/s; units bps, Kbps, Mbps, Gbps, Tbps), 50000rps or 20000conn',
  json: { type: 'string', pattern: '^\\d+(\\.\\d+)?(bps|Kbps|Mbps|Gbps|Tbps|rps|conns?)$' },
  read: raw => readWith(raw, parseRate, 'is not a rate'),
})

function within(value: number, min: number, max: number): Reading<number> {
  return value < min || value > max ? bad('is out of range') : good(value)
}
