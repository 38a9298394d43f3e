import type { StatusRange } from '../../model/health-checks.ts'
import { bad, good, kind } from '../option.ts'

const RANGE = /^([2-5][0-9]{2})(?:-([2-5][0-9]{2}))?$/

/** Statuses of a whole reply: `200`, `200-299`, or a list of such. */
export const statuses = kind<readonly StatusRange[]>({
  legal: 'a status from 200 to 599, a range such as 200-299, or a list of them such as [200, 300-399]',
  json: {
    anyOf: [
      { type: 'integer', minimum: 200, maximum: 599 },
      { type: 'string', pattern: RANGE.source },
      {
        type: 'array',
        minItems: 1,
        items: {
          anyOf: [
            { type: 'integer', minimum: 200, maximum: 599 },
            { type: 'string', pattern: RANGE.source },
          ],
        },
      },
    ],
  },
  read: raw => {
    const items: readonly unknown[] = Array.isArray(raw) ? raw : [raw]
    const ranges = items.flatMap(item => rangeOf(item) ?? [])
    if (items.length === 0) return bad('is empty')
    return ranges.length === items.length ? good(ranges) : bad('is not a status or a list of them')
  },
})

function rangeOf(raw: unknown): StatusRange | null {
  const match = typeof raw === 'string' || Number.isInteger(raw) ? RANGE.exec(String(raw)) : null
  if (match === null) return null
  const first = Number(match[1])
  const last = match[2] === undefined ? first : Number(match[2])
  return last < first ? null : { first, last }
}
