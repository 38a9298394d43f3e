import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { RrType } from './type.ts'

/**
 * RFC 1035 section 3.3.11:
 *
 *   NSDNAME name
 */
export const ns: RdataType = { name: 'NS', code: RrType.NS, fields: [domainName('name server')] }
