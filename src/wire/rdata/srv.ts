import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { u16 } from './field-numbers.ts'
import { RrType } from './type.ts'

/**
 * RFC 2782:
 *
 *   PRIORITY (16) | WEIGHT (16) | PORT (16) | TARGET name, never compressed
 */
export const srv: RdataType = {
  name: 'SRV',
  code: RrType.SRV,
  fields: [u16('priority'), u16('weight'), u16('port'), domainName('target')],
}
