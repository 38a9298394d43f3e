/** A list of unsigned 32-bit numbers that grows: a column of a table, 4 octets per row where an array of objects takes a hundred. */
export class Column {
  values: Uint32Array
  length = 0

  constructor(capacity = 64) {
    this.values = new Uint32Array(capacity)
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Uint32Array(Math.max(this.length * 2, 64))
      grown.set(this.values)
      this.values = grown
    }
    this.values[this.length++] = value
  }

  get(row: number): number {
    return this.values[row]!
  }

  /** The rows as one array, no spare room behind. A view. */
  rows(): Uint32Array {
    return this.values.subarray(0, this.length)
  }
}
