import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { u16 } from './field-numbers.ts'
import { RrType } from './type.ts'

/**
 * RFC 1183 section 1:
 *
 *   SUBTYPE (16) | HOSTNAME name
 */
export const afsdb: RdataType = { name: 'AFSDB', code: RrType.AFSDB, fields: [u16('subtype'), domainName('hostname')] }
