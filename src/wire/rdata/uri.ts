import type { RdataType } from './field.ts'
import { u16 } from './field-numbers.ts'
import { remainingText } from './field-strings.ts'
import { RrType } from './type.ts'

/**
 * RFC 7553 section 4.5:
 *
 *   PRIORITY (16) | WEIGHT (16) | TARGET octets to the end
 */
export const uri: RdataType = {
  name: 'URI',
  code: RrType.URI,
  fields: [u16('priority'), u16('weight'), remainingText('target')],
}
