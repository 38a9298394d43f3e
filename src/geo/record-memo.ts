const EMPTY = 0

/**
 * Remembers one number per data record (1..2^32-1) of a tree. Open addressing over typed arrays: a walk asks fifteen million times,
 * and a Map of half a million entries then costs twice as much as the walk itself.
 */
export class RecordMemo {
  #keys = new Uint32Array(1024)
  #values = new Uint32Array(1024)
  #mask = 1023
  #count = 0

  /** The value, or -1 when none was set. */
  get(record: number): number {
    for (let at = this.#home(record); ; at = (at + 1) & this.#mask) {
      const key = this.#keys[at]
      if (key === record) return this.#values[at]!
      if (key === EMPTY) return -1
    }
  }

  /** Sets a value of 0..2^32-1 for a record that has none. */
  add(record: number, value: number): void {
    if (++this.#count * 2 > this.#mask) this.#grow()
    let at = this.#home(record)
    while (this.#keys[at] !== EMPTY) at = (at + 1) & this.#mask
    this.#keys[at] = record
    this.#values[at] = value
  }

  /** Multiplicative hash: neighbouring records, which are asked for together, keep away from one another's slots. */
  #home(record: number): number {
    return (Math.imul(record, 0x9e3779b1) >>> 8) & this.#mask
  }

  #grow(): void {
    const keys = this.#keys
    const values = this.#values
    this.#keys = new Uint32Array(keys.length * 2)
    this.#values = new Uint32Array(keys.length * 2)
    this.#mask = keys.length * 2 - 1
    this.#count = 1
    keys.forEach((key, i) => {
      if (key !== EMPTY) this.add(key, values[i]!)
    })
  }
}
