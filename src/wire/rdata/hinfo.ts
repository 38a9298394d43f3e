import type { RdataType } from './field.ts'
import { characterString } from './field-strings.ts'
import { RrType } from './type.ts'

/**
 * RFC 1035 section 3.3.2:
 *
 *   CPU character-string | OS character-string
 */
export const hinfo: RdataType = {
  name: 'HINFO',
  code: RrType.HINFO,
  fields: [characterString('cpu'), characterString('os')],
}
