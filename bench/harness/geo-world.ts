import { writeFileSync } from 'node:fs'
import { MmdbWriter } from '../../geo-data/mmdb-writer.ts'
import { clientSubnet, packed, query } from './messages.ts'
import { xorshift } from './xorshift.ts'

export const ORIGIN = 'geo.example'
/** Names that are answered by where the client is, all in the same way. */
export const SERVICES = ['www', 'video', 'live', 'shop'].map(label => `${label}.${ORIGIN}`)

export interface GeoSite {
  readonly id: string
  readonly lat: number
  readonly lon: number
  readonly country: string
  readonly continent: string
}

/** A world of clients and sites, for contenders that answer by the client's block. */
export interface GeoWorld {
  readonly sites: readonly GeoSite[]
  /** City database of {@link writeCityDatabase}. */
  readonly database: string
}

type Continent = 'AS' | 'EU' | 'NA' | 'SA' | 'AF' | 'OC'
const site = (id: string, lat: number, lon: number, country: string, continent: Continent): GeoSite => ({
  ...{ id, lat, lon, country, continent },
})

export const SITES: readonly GeoSite[] = [
  site('icn', 37.5, 127, 'KR', 'AS'),
  site('nrt', 35.6, 139.7, 'JP', 'AS'),
  site('sin', 1.35, 103.8, 'SG', 'AS'),
  site('bom', 19, 72.8, 'IN', 'AS'),
  site('lhr', 51.5, -0.1, 'GB', 'EU'),
  site('fra', 50.1, 8.7, 'DE', 'EU'),
  site('cdg', 48.8, 2.3, 'FR', 'EU'),
  site('mad', 40.4, -3.7, 'ES', 'EU'),
  site('arn', 59.3, 18, 'SE', 'EU'),
  site('waw', 52.2, 21, 'PL', 'EU'),
  site('jfk', 40.7, -74, 'US', 'NA'),
  site('ord', 41.9, -87.6, 'US', 'NA'),
  site('lax', 34, -118, 'US', 'NA'),
  site('sea', 47.6, -122, 'US', 'NA'),
  site('dfw', 32.8, -96.8, 'US', 'NA'),
  site('mia', 25.8, -80.2, 'US', 'NA'),
  site('yyz', 43.7, -79.4, 'CA', 'NA'),
  site('gru', -23.5, -46.6, 'BR', 'SA'),
  site('eze', -34.6, -58.4, 'AR', 'SA'),
  site('jnb', -26.2, 28, 'ZA', 'AF'),
  site('cai', 30, 31.2, 'EG', 'AF'),
  site('los', 6.5, 3.4, 'NG', 'AF'),
  site('syd', -33.9, 151.2, 'AU', 'OC'),
  site('akl', -36.8, 174.7, 'NZ', 'OC'),
]

/** Address that a peer answers with for site `i`; KingCDN has two for each. */
export const siteAddress = (i: number): string => `192.0.2.${i + 1}`

/** Sites of which each is the first of its country, for contenders that choose by country; [site, its number]. */
export function countrySites(sites: readonly GeoSite[]): [GeoSite, number][] {
  const first = new Map<string, [GeoSite, number]>()
  sites.forEach((each, i) => {
    if (!first.has(each.country)) first.set(each.country, [each, i])
  })
  return [...first.values()]
}

/** First octets with special-purpose blocks (RFC 6890): no client is there. */
const SPECIAL = new Set([10, 100, 127, 169, 172, 192, 198, 203])
const FIRST_OCTETS = Array.from({ length: 222 }, (_, i) => i + 1).filter(octet => !SPECIAL.has(octet))

/** A client's /24, its three octets. */
export type Block = readonly [number, number, number]

/** Random client blocks, the same for the same seed. */
export function clientBlocks(count: number, seed: number): Block[] {
  const random = xorshift(seed)
  return Array.from({ length: count }, () => [FIRST_OCTETS[random(FIRST_OCTETS.length)]!, random(256), random(256)])
}

/** One query for each block, with its ECS, the services in turn: a file for `dnsperf -B`. */
export function writeGeoQueries(file: string, blocks: readonly Block[]): void {
  const message = (block: Block, i: number) => query(SERVICES[i % SERVICES.length]!, i & 0xffff, clientSubnet(block))
  writeFileSync(file, packed(blocks.map(message)))
}

/** 2026-01-01; fixed, so that the file never changes by itself. */
const BUILT = 1767225600

/** Writes a city database in the GeoIP2 schema: every /16 lies within two degrees of one of the sites. Fixed seed. */
export function writeCityDatabase(file: string): void {
  const random = xorshift(7)
  const beside = (degrees: number): number => degrees + (random(4001) - 2000) / 1000
  const writer = new MmdbWriter({
    ...{ ipVersion: 6, type: 'GeoIP2-City', built: BUILT, description: 'Made up for a benchmark', recordSize: 28 },
  })
  for (const a of FIRST_OCTETS) {
    for (let b = 0; b < 256; b++) {
      const { lat, lon, country, continent } = SITES[random(SITES.length)]!
      const record = writer.record({
        continent: { code: continent },
        country: { iso_code: country },
        registered_country: { iso_code: country },
        location: { latitude: beside(lat), longitude: beside(lon) },
      })
      writer.insert(Uint8Array.of(a, b, 0, 0), 16, record)
    }
  }
  // IPv4-mapped addresses lead to the same records, as in the databases that are sold.
  writer.aliasOfV4(new Uint8Array(16).fill(255, 10, 12), 96)
  writeFileSync(file, writer.bytes())
}
