import type { RdataType } from './field.ts'
import { domainName } from './field-names.ts'
import { u16 } from './field-numbers.ts'
import { svcParams } from './svc-params.ts'
import { RrType } from './type.ts'

/**
 * RFC 9460 section 2.2:
 *
 *   SvcPriority (16), 0 = AliasMode | TargetName, never compressed; `.` = the owner itself in ServiceMode | SvcParams to the end
 *
 * HTTPS (section 9) has the same form.
 */
const fields = [u16('priority'), domainName('target'), svcParams]

export const svcb: RdataType = { name: 'SVCB', code: RrType.SVCB, fields, pairs: true }
export const https: RdataType = { name: 'HTTPS', code: RrType.HTTPS, fields, pairs: true }
