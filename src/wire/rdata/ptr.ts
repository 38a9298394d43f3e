import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { RrType } from './type.ts'

/**
 * RFC 1035 section 3.3.12:
 *
 *   PTRDNAME name
 */
export const ptr: RdataType = { name: 'PTR', code: RrType.PTR, fields: [domainName('pointer')] }
