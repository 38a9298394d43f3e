import type { RdataType } from './field.ts'
import { remainingBase64 } from './field-binary.ts'
import { RrType } from './type.ts'

/**
 * RFC 4701 section 3.1; opaque in a zone (section 3.2):
 *
 *   identifier type (16) | digest type (8) | digest to the end
 */
export const dhcid: RdataType = { name: 'DHCID', code: RrType.DHCID, fields: [remainingBase64('identifier')] }
