import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { RrType } from './type.ts'

/**
 * RFC 1183 section 2.2:
 *
 *   MBOX-DNAME name | TXT-DNAME name
 */
export const rp: RdataType = { name: 'RP', code: RrType.RP, fields: [domainName('mailbox'), domainName('text name')] }
