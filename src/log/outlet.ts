/** Where the records of one log go. Nothing here throws: what cannot be taken is counted as lost, and why is in `trouble`. */
export interface Outlet {
  /** Takes one record, whole or not at all. It is copied. */
  put(record: Uint8Array): void
  /** Hands on what was put; to be called when there is nothing more to put for the moment. */
  flush(): void
  /** To be called about once a second: looks whether files were moved, and tries again what failed. */
  tick(): void
  /** What an operator should act on; null when all is well. */
  readonly trouble: string | null
  /** Hands on what can be handed on within half a second, and closes. */
  close(): Promise<void>
}

/** Counts of one log, which outlive its outlets. */
export interface Tally {
  written: number
  lost: number
}

/** Records wait in so many octets for an outlet that is busy. */
const MOST_OCTETS = 256 << 10
const LENGTH_OCTETS = 4

/** Records that wait to be handed on, one after the other; as frames each has its length in front. */
export class Backlog {
  readonly #memory = Buffer.allocUnsafeSlow(MOST_OCTETS)
  readonly #framed: boolean
  #octets = 0
  #records = 0

  constructor(framed: boolean) {
    this.#framed = framed
  }

  get octets(): Buffer {
    return this.#memory.subarray(0, this.#octets)
  }

  /** Those of which nothing or not all is handed on. */
  get records(): number {
    return this.#records
  }

  /** False: there is no room. */
  add(record: Uint8Array): boolean {
    const needed = record.length + (this.#framed ? LENGTH_OCTETS : 0)
    if (this.#octets + needed > MOST_OCTETS) return false
    if (this.#framed) this.#octets = this.#memory.writeUInt32BE(record.length, this.#octets)
    this.#memory.set(record, this.#octets)
    this.#octets += record.length
    this.#records++
    return true
  }

  /** The first `count` octets are handed on; the rest of a record that was cut stays in front. */
  drop(count: number): void {
    this.#memory.copyWithin(0, count, this.#octets)
    this.#octets -= count
    if (this.#octets === 0) this.#records = 0
  }

  clear(): void {
    this.drop(this.#octets)
  }
}
