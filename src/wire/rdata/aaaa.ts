import type { RdataType } from './field.ts'
import { ipv6 } from './field-addresses.ts'
import { RrType } from './type.ts'

/**
 * RFC 3596 section 2.2:
 *
 *   ADDRESS (128)
 */
export const aaaa: RdataType = { name: 'AAAA', code: RrType.AAAA, fields: [ipv6('address')] }
