import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { u16 } from './field-numbers.ts'
import { RrType } from './type.ts'

/**
 * RFC 2230 section 3.1:
 *
 *   PREFERENCE (16) | EXCHANGER name
 */
export const kx: RdataType = { name: 'KX', code: RrType.KX, fields: [u16('preference'), domainName('exchanger')] }
