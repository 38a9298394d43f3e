import type { CheckedStatus, DownServer, FamilyStatus } from '../../model/health-status.ts'

/**
 * What there is to say of a cluster's health, in a line: `3 of 4 down (timeout, by 2 of 3 monitors, for 40 s)`, `unknown: no verdict yet`;
 * null: all its servers are up, and warm.
 */
export function healthWords(checked: CheckedStatus | null, now: number): string | null {
  if (checked === null) return null
  const lines = checked.families.flatMap(status => {
    const last = checked.down.find(({ family }) => family === status.family)
    const line = familyWords(status, last, now)
    return line === null ? [] : [{ family: status.family, line }]
  })
  if (lines.length === 0) return null
  const same = lines.length === checked.families.length && lines.every(({ line }) => line === lines[0]!.line)
  return same ? lines[0]!.line : lines.map(({ family, line }) => `IPv${family}: ${line}`).join('; ')
}

function familyWords(status: FamilyStatus, last: DownServer | undefined, now: number): string | null {
  const { health, up, down, unknown, warming, ramp } = status
  if (health === 'unknown') return 'unknown: no verdict yet'
  const parts = [
    ...(down === 0 || last === undefined ? [] : [`${down} of ${up + down + unknown} down (${lastWords(last, now)})`]),
    ...(unknown === 0 ? [] : [`${unknown} unknown`]),
    ...(ramp === null ? [] : [`slow start at ${ramp} %`]),
    ...(warming === 0 || ramp !== null ? [] : [`${warming} in slow start`]),
  ]
  return parts.length === 0 ? null : parts.join(', ')
}

function lastWords({ cause, since, voices: [agreeing, speaking] }: DownServer, now: number): string {
  return `${cause}, by ${agreeing} of ${speaking} monitors, for ${ageText(now - since)}`
}

function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
