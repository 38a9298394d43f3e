import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { typeBitmap } from './field-types.ts'
import { RrType } from './type.ts'

/**
 * RFC 4034 section 4.1:
 *
 *   NEXT DOMAIN NAME, never compressed | TYPE BIT MAPS to the end
 */
export const nsec: RdataType = {
  name: 'NSEC',
  code: RrType.NSEC,
  fields: [domainName('next name'), typeBitmap('type')],
}
