import type { Place } from '../model/place.ts'

const UNKNOWN: Place = { lat: 0, lon: 0, radiusKm: 0, centroid: false, from: 'unknown' }

/** Every distinct place once. Ids count from 1 in the order of first use and mean something only within this pool. */
export class PlacePool {
  /** Index 0 stands for "unknown" and is never a real place. */
  readonly places: Place[] = [UNKNOWN]
  /** Newest place at a point; numbers as keys, because text keys cost a second per million places. */
  readonly #newest = new Map<number, number>()
  /** By id: the place before it at the same point, 0 = none. */
  readonly #older: number[] = [0]

  /** Coordinates must be whole tenths of a degree. */
  intern(place: Place): number {
    const point = Math.round(place.lat * 10 + 900) * 3601 + Math.round(place.lon * 10 + 1800)
    const newest = this.#newest.get(point) ?? 0
    for (let id = newest; id !== 0; id = this.#older[id]!) if (equal(this.places[id]!, place)) return id
    const id = this.places.push(place) - 1
    this.#older.push(newest)
    this.#newest.set(point, id)
    return id
  }
}

function equal(a: Place, b: Place): boolean {
  return (
    a.country === b.country &&
    a.continent === b.continent &&
    a.radiusKm === b.radiusKm &&
    a.centroid === b.centroid &&
    a.from === b.from
  )
}
