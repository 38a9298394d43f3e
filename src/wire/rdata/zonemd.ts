import { digestLength } from './digest-length.ts'
import type { RdataType } from './field.ts'
import { remainingHex } from './field-binary.ts'
import { u8, u32 } from './field-numbers.ts'
import { RrType } from './type.ts'

/**
 * RFC 8976 section 2.2:
 *
 *   SERIAL (32) | SCHEME (8) | HASH ALGORITHM (8) | DIGEST to the end: SHA-384, SHA-512 for algorithms 1, 2
 */
export const zonemd: RdataType = {
  name: 'ZONEMD',
  code: RrType.ZONEMD,
  fields: [u32('serial'), u8('scheme'), u8('hash algorithm'), remainingHex('digest')],
  check: digestLength(5, 6, { 1: 48, 2: 64 }),
}
