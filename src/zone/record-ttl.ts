/** Which TTL a record has that states none: `$TTL` (RFC 2308 section 4), else the last one stated (RFC 1035 section 5.1). */
export class RecordTtl {
  /** Of `$TTL`; -1 = not given. */
  default = -1
  #last = -1

  /** `stated` is -1 when the record states none. Returns -1 when there is nothing to go by. */
  of(stated: number): number {
    if (stated >= 0) this.#last = stated
    return stated >= 0 ? stated : this.default >= 0 ? this.default : this.#last
  }
}
