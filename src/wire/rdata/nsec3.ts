import type { RdataType } from './field.ts'
import { ownerHash, salt } from './field-binary.ts'
import { u8, u16 } from './field-numbers.ts'
import { typeBitmap } from './field-types.ts'
import { RrType } from './type.ts'

/**
 * RFC 5155 section 3.2:
 *
 *   HASH ALGORITHM (8) | FLAGS (8) | ITERATIONS (16) | SALT LENGTH (8) | SALT | HASH LENGTH (8) | NEXT HASHED OWNER | TYPE BIT MAPS to the end
 */
export const nsec3: RdataType = {
  name: 'NSEC3',
  code: RrType.NSEC3,
  fields: [
    u8('hash algorithm'),
    u8('flags'),
    u16('iterations'),
    salt('salt'),
    ownerHash('next hashed owner'),
    typeBitmap('type'),
  ],
}
