import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { seconds, u32 } from './field-numbers.ts'
import { RrType } from './type.ts'

/**
 * RFC 1035 section 3.3.13:
 *
 *   MNAME name | RNAME name | SERIAL (32) | REFRESH (32) | RETRY (32) | EXPIRE (32) | MINIMUM (32)
 *
 * The last four are seconds. MINIMUM is the time to live of negative answers (RFC 2308 section 4).
 */
export const soa: RdataType = {
  name: 'SOA',
  code: RrType.SOA,
  fields: [
    domainName('primary'),
    domainName('mailbox'),
    u32('serial'),
    seconds('refresh'),
    seconds('retry'),
    seconds('expire'),
    seconds('minimum'),
  ],
}
