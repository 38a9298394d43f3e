import type { RdataType } from './field.ts'
import { salt } from './field-binary.ts'
import { u8, u16 } from './field-numbers.ts'
import { RrType } from './type.ts'

/**
 * RFC 5155 section 4.2:
 *
 *   HASH ALGORITHM (8) | FLAGS (8) | ITERATIONS (16) | SALT LENGTH (8) | SALT
 */
export const nsec3param: RdataType = {
  name: 'NSEC3PARAM',
  code: RrType.NSEC3PARAM,
  fields: [u8('hash algorithm'), u8('flags'), u16('iterations'), salt('salt')],
}
