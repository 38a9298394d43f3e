import type { TupleNumbers } from '../base/tuples.ts'

/** All leaves cut where any source changes, each range with the number of its profile; neighbours differ. */
export interface Swept {
  readonly profiles: TupleNumbers
  readonly starts4: Uint32Array
  readonly profile4: Uint32Array
  readonly hi6: Uint32Array
  readonly lo6: Uint32Array
  readonly profile6: Uint32Array
}
