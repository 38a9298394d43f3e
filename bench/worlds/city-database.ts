import { writeFileSync } from 'node:fs'
import { MmdbWriter } from '../../geo-data/mmdb-writer.ts'
import { NETWORK_COUNT, NETWORK_LENGTH, networkPlace, networkStart, PLACE_SPOTS } from './places.ts'

/** 2026-01-01; fixed, so that the file never changes by itself. */
const BUILT = 1767225600

/** Writes a city database in the GeoIP2 schema: 65,536 networks of the clients' space, each at one of 2,000 places. */
export function writeCityDatabase(file: string): void {
  const writer = new MmdbWriter({
    ipVersion: 6,
    type: 'GeoIP2-City',
    built: BUILT,
    description: 'Made up for a benchmark',
    recordSize: 28,
  })
  const records = PLACE_SPOTS.map(({ lat, lon, country, continent }) =>
    writer.record({
      city: { names: { en: country } },
      continent: { code: continent },
      country: { iso_code: country },
      location: { latitude: lat, longitude: lon },
    }),
  )
  for (let i = 0; i < NETWORK_COUNT; i++)
    writer.insert(Uint8Array.of(...networkStart(i), 0), NETWORK_LENGTH, records[networkPlace(i)]!)
  writer.aliasOfV4(new Uint8Array(16).fill(255, 10, 12), 96)
  writeFileSync(file, writer.bytes())
}
