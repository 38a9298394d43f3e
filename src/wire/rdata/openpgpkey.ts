import type { RdataType } from './field.ts'
import { remainingBase64 } from './field-binary.ts'
import { RrType } from './type.ts'

/**
 * RFC 7929 section 2.1:
 *
 *   OpenPGP transferable public key to the end
 */
export const openpgpkey: RdataType = {
  name: 'OPENPGPKEY',
  code: RrType.OPENPGPKEY,
  fields: [remainingBase64('public key')],
}
