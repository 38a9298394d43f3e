import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAddress } from '../src/base/ip.ts'
import { cidrs } from './cidrs.ts'
import { uint32 } from './mmdb-data.ts'
import { type DataOffset, MmdbWriter } from './mmdb-writer.ts'
import type { Built, SourcePackage, Step } from './output.ts'

/** first address, last address; AS number, organisation (quoted when it holds a comma). */
const ROW = /^([^,]+),([^,]+),(([0-9]+),(.*))$/

/** Turns the two lists of address ranges into one file in the schema of GeoLite2-ASN. */
export async function buildAsn(source: SourcePackage, stamp: string, step: Step): Promise<Built> {
  const description = `RouteViews, NRO and DB-IP (https://db-ip.com), CC BY 4.0: ${stamp}`
  const writer = new MmdbWriter({ ipVersion: 6, type: 'ASN', built: builtOf(source.version), description })
  const records = new Map<string, DataOffset>()
  let networks = 0
  for (const file of ['asn-ipv4.csv', 'asn-ipv6.csv']) {
    const rows = readFileSync(join(source.folder, file), 'utf8').split('\n')
    rows.forEach((row, i) => {
      if (i % 20_000 === 0) step(`${file} ${Math.round((100 * i) / rows.length)} %`)
      if (row.trim() !== '') networks += insertRow(writer, records, row.trim(), `${file}:${i + 1}`)
    })
  }
  step('writing')
  return { bytes: writer.bytes(), summary: `${networks} networks of ${records.size} operators` }
}

/** Returns how many prefixes the range took. `records` remembers what was written for a network operator. */
function insertRow(writer: MmdbWriter, records: Map<string, DataOffset>, row: string, where: string): number {
  const [, from, to, operator, asn, organisation] = ROW.exec(row) ?? []
  const first = parseAddress(from ?? '')
  const last = parseAddress(to ?? '')
  if (first === null || last === null || first.length !== last.length) throw new Error(`${where}: not a range: ${row}`)
  const record =
    records.get(operator!) ??
    writer.record({
      autonomous_system_number: uint32(Number(asn)),
      autonomous_system_organization: unquote(organisation!) || undefined,
    })
  records.set(operator!, record)
  const prefixes = cidrs(first, last)
  for (const { address, length } of prefixes) writer.insert(address, length, record)
  return prefixes.length
}

const unquote = (field: string): string => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)

/** The package's version ends in the moment of its making, YYYYMMDDHH (UTC). */
function builtOf(version: string): number {
  const [, year, month, day, hour] = /\.(\d{4})(\d{2})(\d{2})(\d{2})$/.exec(version) ?? []
  return year === undefined ? 0 : Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour)) / 1000
}
