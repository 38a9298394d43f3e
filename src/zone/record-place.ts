/**
 * Where in its file a record stands, in one unsigned 32-bit number, so that a million records pay nothing for the column: line * 128 + column.
 * Both 1-based; line 0 = the whole file, column 0 = the whole line. A column beyond 127 is not kept, a line beyond 2^25 - 1 stays there.
 */
export type Place = number

const COLUMNS = 128
const LAST_LINE = 2 ** 25 - 1

export function placeOf(line: number, column: number): Place {
  return Math.min(line, LAST_LINE) * COLUMNS + (column < COLUMNS ? column : 0)
}

export function lineOf(place: Place): number {
  return Math.floor(place / COLUMNS)
}

export function columnOf(place: Place): number {
  return place % COLUMNS
}
