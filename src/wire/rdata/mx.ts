import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { u16 } from './field-numbers.ts'
import { RrType } from './type.ts'

/**
 * RFC 1035 section 3.3.9:
 *
 *   PREFERENCE (16) | EXCHANGE name
 *
 * EXCHANGE `.` with preference 0 says that the domain takes no mail (RFC 7505).
 */
export const mx: RdataType = { name: 'MX', code: RrType.MX, fields: [u16('preference'), domainName('exchange')] }
