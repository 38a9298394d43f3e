import type { Point } from '../base/earth.ts'
import type { Place } from '../model/place.ts'
import { CONTINENTS, COUNTRIES } from './countries.ts'

/**
 * What a database record says, in any of three schemas; every field may be missing or of the wrong type.
 *
 *             GeoIP2, GeoLite2, DB-IP                       flat
 *   country   country.iso_code                              country_code
 *   continent continent.code                                continent_code
 *   point     location.latitude, location.longitude         latitude, longitude (numbers or decimal text)
 *   radius    location.accuracy_radius (km)                 accuracy_radius
 *   city      city (a map), subdivisions (a list)           city, state1 (text)
 *   network   autonomous_system_number, _organization       asn (4766, "4766", "AS4766"), as_name
 */
export interface Network {
  /** 1..2^32-1 (RFC 6793). */
  readonly asn: number
  readonly organisation?: string
}

/** From this radius on (km) a point says no more than the country does. */
const VAGUE_KM = 500

/** The place, coordinates rounded to a tenth of a degree (11 km at most); null when the record says nothing usable. */
export function placeOf(record: unknown, from: string): Place | null {
  const country = countryOf(record)
  const known = country === undefined ? undefined : COUNTRIES[country]
  const continent = continentOf(record) ?? known?.continent
  const point = pointOf(record)
  if (point !== null) {
    const radiusKm = Math.max(
      0,
      decimal(at(record, 'location', 'accuracy_radius') ?? at(record, 'accuracy_radius')) ?? 0,
    )
    const centroid = radiusKm >= VAGUE_KM || (country !== undefined && !namesCity(record))
    return named(point, country, continent, radiusKm, centroid, from)
  }
  if (known !== undefined) return named(known, country, continent, 0, true, 'country default')
  const middle = continent === undefined ? undefined : CONTINENTS[continent]
  return middle === undefined ? null : named(middle, country, continent, 0, true, 'continent default')
}

/** The autonomous system; null when the record names none. */
export function networkOf(record: unknown): Network | null {
  const number =
    at(record, 'autonomous_system_number') ?? at(record, 'asn') ?? at(record, 'traits', 'autonomous_system_number')
  const asn = decimal(typeof number === 'string' ? number.replace(/^AS/i, '') : number)
  if (asn === undefined || !Number.isInteger(asn) || asn < 1 || asn > 0xffffffff) return null
  const organisation =
    text(at(record, 'autonomous_system_organization')) ??
    text(at(record, 'as_name')) ??
    text(at(record, 'traits', 'autonomous_system_organization'))
  return { asn, ...(organisation !== undefined && { organisation }) }
}

function countryOf(record: unknown): string | undefined {
  // A GeoIP2 record without `country` is one that MaxMind could not locate; where its network is registered is the next best guess.
  const code =
    text(at(record, 'country', 'iso_code')) ??
    text(at(record, 'country_code')) ??
    text(at(record, 'registered_country', 'iso_code'))
  const upper = code?.toUpperCase()
  return upper !== undefined && /^[A-Z]{2}$/.test(upper) && upper !== 'ZZ' ? upper : undefined
}

function continentOf(record: unknown): string | undefined {
  const code = text(at(record, 'continent', 'code')) ?? text(at(record, 'continent_code'))
  return code !== undefined && Object.hasOwn(CONTINENTS, code) ? code : undefined
}

function pointOf(record: unknown): { lat: number; lon: number } | null {
  const lat = decimal(at(record, 'location', 'latitude') ?? at(record, 'latitude'))
  const lon = decimal(at(record, 'location', 'longitude') ?? at(record, 'longitude'))
  if (lat === undefined || lon === undefined || Math.abs(lat) > 90 || Math.abs(lon) > 180) return null
  // 0, 0 lies in the Gulf of Guinea and is how databases write "no coordinates".
  if (lat === 0 && lon === 0) return null
  return { lat: tenth(lat), lon: tenth(lon) }
}

function namesCity(record: unknown): boolean {
  const subdivisions = at(record, 'subdivisions')
  if (Array.isArray(subdivisions) && subdivisions.length > 0) return true
  if (text(at(record, 'state1')) !== undefined) return true
  const city = at(record, 'city')
  // A nameless `city: {}` still says that the point is a city's; an empty name says the opposite.
  if (typeof city === 'object' && city !== null) return at(city, 'names', 'en') !== ''
  return text(city) !== undefined
}

/** The value behind one key or two; undefined where the path leaves the record. */
function at(record: unknown, key: string, inner?: string): unknown {
  if (typeof record !== 'object' || record === null || !Object.hasOwn(record, key)) return undefined
  const value = (record as Readonly<Record<string, unknown>>)[key]
  return inner === undefined ? value : at(value, inner)
}

/** Written out, not spread: this runs once for each of a million records. */
function named(
  { lat, lon }: Point,
  country: string | undefined,
  continent: string | undefined,
  radiusKm: number,
  centroid: boolean,
  from: string,
): Place {
  if (continent === undefined) return { lat, lon, radiusKm, centroid, from, ...(country !== undefined && { country }) }
  if (country === undefined) return { lat, lon, continent, radiusKm, centroid, from }
  return { lat, lon, country, continent, radiusKm, centroid, from }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function decimal(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** Adding zero turns -0 into 0, so that equal places are equal text. */
const tenth = (degrees: number): number => Math.round(degrees * 10) / 10 + 0
