import type { RdataType } from './field.ts'
import { tlsa } from './tlsa.ts'
import { RrType } from './type.ts'

/** RFC 8162 section 2: the form of TLSA. */
export const smimea: RdataType = { name: 'SMIMEA', code: RrType.SMIMEA, fields: tlsa.fields }
