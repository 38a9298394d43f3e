import type { RdataType } from './field.ts'
import { algorithm } from './field-algorithm.ts'
import { remainingBase64 } from './field-binary.ts'
import { domainName } from './field-names.ts'
import { seconds, timestamp, u8, u16 } from './field-numbers.ts'
import { typeCovered } from './field-types.ts'
import { RrType } from './type.ts'

/**
 * RFC 4034 section 3.1:
 *
 *   TYPE COVERED (16) | ALGORITHM (8) | LABELS (8) | ORIGINAL TTL (32) | EXPIRATION (32) | INCEPTION (32) | KEY TAG (16)
 *   | SIGNER'S NAME, never compressed | SIGNATURE to the end
 *
 * Data here: nothing checks or makes signatures.
 */
export const rrsig: RdataType = {
  name: 'RRSIG',
  code: RrType.RRSIG,
  fields: [
    typeCovered('type covered'),
    algorithm('algorithm'),
    u8('labels'),
    seconds('original ttl'),
    timestamp('expiration'),
    timestamp('inception'),
    u16('key tag'),
    domainName('signer'),
    remainingBase64('signature'),
  ],
}
