import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { u16 } from './field-numbers.ts'
import { characterString } from './field-strings.ts'
import { RrType } from './type.ts'

/**
 * RFC 3403 section 4.1:
 *
 *   ORDER (16) | PREFERENCE (16) | FLAGS string | SERVICES string | REGEXP string | REPLACEMENT name, never compressed
 */
export const naptr: RdataType = {
  name: 'NAPTR',
  code: RrType.NAPTR,
  fields: [
    u16('order'),
    u16('preference'),
    characterString('flags'),
    characterString('services'),
    characterString('regexp'),
    domainName('replacement'),
  ],
}
