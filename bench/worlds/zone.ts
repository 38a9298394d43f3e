import { each, writeText } from './text.ts'
import { ORIGIN, recordLabel } from './world.ts'

const HEAD = `$ORIGIN ${ORIGIN}.
$TTL 300
@ SOA ns1 hostmaster SERIAL 7200 3600 1209600 60
@ NS ns1
ns1 A 192.0.2.1
`

export interface ZoneText {
  readonly records: number
  /** Lines behind the records. */
  readonly more?: Iterable<string>
  readonly serial?: number
}

/** Writes the zone of a world in master-file form. */
export function writeZone(file: string, { records, more = [], serial = 1 }: ZoneText): void {
  writeText(file, lines(records, more, serial))
}

function* lines(records: number, more: Iterable<string>, serial: number): Generator<string> {
  yield HEAD.replace('SERIAL', String(serial))
  yield* each(records, i => `${recordLabel(i)} A 10.${i >>> 16}.${(i >>> 8) & 255}.${i & 255}\n`)
  yield* more
}
