import type { RdataType } from './field.ts'
import { u16, u32 } from './field-numbers.ts'
import { typeBitmap } from './field-types.ts'
import { RrType } from './type.ts'

/**
 * RFC 7477 section 2.1.1:
 *
 *   SOA SERIAL (32) | FLAGS (16) | TYPE BIT MAP to the end
 */
export const csync: RdataType = {
  name: 'CSYNC',
  code: RrType.CSYNC,
  fields: [u32('serial'), u16('flags'), typeBitmap('type')],
}
