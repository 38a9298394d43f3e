import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { RrType } from './type.ts'

/**
 * RFC 1035 section 3.3.1:
 *
 *   CNAME name
 */
export const cname: RdataType = { name: 'CNAME', code: RrType.CNAME, fields: [domainName('canonical name')] }
