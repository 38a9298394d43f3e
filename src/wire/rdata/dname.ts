import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { RrType } from './type.ts'

/**
 * RFC 6672 section 2.1:
 *
 *   TARGET name
 */
export const dname: RdataType = { name: 'DNAME', code: RrType.DNAME, fields: [domainName('target')] }
