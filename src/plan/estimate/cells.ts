import type { Place } from '../../model/place.ts'
import { COUNTRY_NUMBERS, countryNumber, regionOf } from '../../route/region.ts'
import type { Origin } from '../../route/score/prior.ts'

/** Places half a degree (55 km at most) of one country apart are one: what is interpolated for one of them holds for all. */
export interface Cells {
  readonly count: number
  /** By place number: its cell; -1 for place 0, which is none. */
  readonly ofPlace: Int32Array
  /** By cell: its middle. */
  readonly middles: readonly Origin[]
}

/** Cells are numbered in the order of the places. */
export function cellsOf(places: readonly Place[]): Cells {
  const numbers = new Map<number, number>()
  const middles: Origin[] = []
  const ofPlace = new Int32Array(places.length).fill(-1)
  for (let i = 1; i < places.length; i++) {
    const place = places[i]!
    const key = keyOf(place)
    let cell = numbers.get(key)
    if (cell === undefined) {
      cell = middles.length
      numbers.set(key, cell)
      middles.push(middleOf(place))
    }
    ofPlace[i] = cell
  }
  return { count: middles.length, ofPlace, middles }
}

const halves = (degrees: number): number => Math.round(degrees * 2)

/** Where the country is not known, its region parts cells: the prior reads nothing else. */
function keyOf({ lat, lon, country, continent }: Place): number {
  const known = countryNumber(country)
  const part = known > 0 ? known : COUNTRY_NUMBERS + regionOf(country, continent)
  return (part * 361 + halves(lat) + 180) * 721 + halves(lon) + 360
}

function middleOf({ lat, lon, country, continent }: Place): Origin {
  return {
    lat: halves(lat) / 2,
    lon: halves(lon) / 2,
    ...(country === undefined ? {} : { country }),
    ...(continent === undefined ? {} : { continent }),
  }
}
