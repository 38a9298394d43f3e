import type { RdataType } from './field.ts'
import { ipv4 } from './field-addresses.ts'
import { RrType } from './type.ts'

/**
 * RFC 1035 section 3.4.1:
 *
 *   ADDRESS (32)
 */
export const a: RdataType = { name: 'A', code: RrType.A, fields: [ipv4('address')] }
