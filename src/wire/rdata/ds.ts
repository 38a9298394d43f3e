import { digestLength } from './digest-length.ts'
import type { RdataType } from './field.ts'
import { algorithm } from './field-algorithm.ts'
import { remainingHex } from './field-binary.ts'
import { u8, u16 } from './field-numbers.ts'
import { RrType } from './type.ts'

/**
 * RFC 4034 section 5.1:
 *
 *   KEY TAG (16) | ALGORITHM (8) | DIGEST TYPE (8) | DIGEST to the end: SHA-1, SHA-256, SHA-384 for types 1, 2, 4
 *
 * CDS (RFC 7344 section 3.1) has the same form.
 */
const fields = [u16('key tag'), algorithm('algorithm'), u8('digest type'), remainingHex('digest')]
const check = digestLength(3, 4, { 1: 20, 2: 32, 4: 48 })

export const ds: RdataType = { name: 'DS', code: RrType.DS, fields, check }
export const cds: RdataType = { name: 'CDS', code: RrType.CDS, fields, check }
