import { typeName } from '../wire/rdata/type.ts'
import { nodeText, type ParsedZone } from './parsed-zone.ts'
import type { ProblemList } from './problem-list.ts'
import { columnOf, lineOf } from './record-place.ts'

/** Tells a problem of an RRset, at the type of its first record: `<owner> <TYPE> <what>`. */
export function tell(
  severity: 'error' | 'warning',
  zone: ParsedZone,
  rrset: number,
  what: string,
  problems: ProblemList,
): void {
  const { rrsets, files } = zone
  const subject = `${nodeText(zone.tree, rrsets.node[rrset]!)} ${typeName(rrsets.type[rrset]!)}`
  const place = rrsets.place[rrset]!
  problems.add(severity, files[rrsets.file[rrset]!]!, lineOf(place), columnOf(place), `${subject} ${what}`)
}
