import { digestLength } from './digest-length.ts'
import type { RdataType } from './field.ts'
import { remainingHex } from './field-binary.ts'
import { u8 } from './field-numbers.ts'
import { RrType } from './type.ts'

/**
 * RFC 4255 section 3.1:
 *
 *   ALGORITHM (8) | FINGERPRINT TYPE (8) | FINGERPRINT to the end: SHA-1, SHA-256 for types 1, 2
 */
export const sshfp: RdataType = {
  name: 'SSHFP',
  code: RrType.SSHFP,
  fields: [u8('algorithm'), u8('fingerprint type'), remainingHex('fingerprint')],
  check: digestLength(1, 2, { 1: 20, 2: 32 }),
}
