import type { RdataType } from './field.ts'
import { remainingHex } from './field-binary.ts'
import { u8 } from './field-numbers.ts'
import { RrType } from './type.ts'

/**
 * RFC 6698 section 2.1:
 *
 *   CERTIFICATE USAGE (8) | SELECTOR (8) | MATCHING TYPE (8) | CERTIFICATE ASSOCIATION DATA to the end
 */
export const tlsa: RdataType = {
  name: 'TLSA',
  code: RrType.TLSA,
  fields: [u8('certificate usage'), u8('selector'), u8('matching type'), remainingHex('association data')],
}
