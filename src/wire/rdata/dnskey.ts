import type { RdataType } from './field.ts'
import { algorithm } from './field-algorithm.ts'
import { remainingBase64 } from './field-binary.ts'
import { u8, u16 } from './field-numbers.ts'
import { RrType } from './type.ts'

/**
 * RFC 4034 section 2.1:
 *
 *   FLAGS (16) | PROTOCOL (8), always 3 | ALGORITHM (8) | PUBLIC KEY to the end
 *
 * CDNSKEY (RFC 7344 section 3.2) has the same form.
 */
const fields = [u16('flags'), u8('protocol'), algorithm('algorithm'), remainingBase64('public key')]

export const dnskey: RdataType = { name: 'DNSKEY', code: RrType.DNSKEY, fields }
export const cdnskey: RdataType = { name: 'CDNSKEY', code: RrType.CDNSKEY, fields }
