import type { Arena } from '../base/arena.ts'

/** Which row holds for which leaf. */
export interface LeafMap {
  readonly starts4: Uint32Array
  readonly rows4: Uint32Array
  /** 2^16 + 1 entries. */
  readonly index4: Uint32Array
  readonly hi6: Uint32Array
  readonly lo6: Uint32Array
  readonly rows6: Uint32Array
  /** 2^17 + 1 entries. */
  readonly index6: Uint32Array
}

/** `ranges` and `rows`: names in front of the sections of the ranges, and of the rows that stand for them. */
export function openLeafMap(arena: Arena, ranges: string, rows: string): LeafMap {
  return {
    starts4: arena.u32(`${ranges}.starts4`),
    rows4: arena.u32(`${rows}.rows4`),
    index4: arena.u32(`${ranges}.index4`),
    hi6: arena.u32(`${ranges}.hi6`),
    lo6: arena.u32(`${ranges}.lo6`),
    rows6: arena.u32(`${rows}.rows6`),
    index6: arena.u32(`${ranges}.index6`),
  }
}
