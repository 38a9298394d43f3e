import type { RdataType } from './field.ts'
import { algorithm } from './field-algorithm.ts'
import { remainingBase64 } from './field-binary.ts'
import { mnemonic, u16 } from './field-numbers.ts'
import { RrType } from './type.ts'

/** RFC 4398 section 2.1. */
const CERTIFICATE_TYPES: Readonly<Record<string, number>> = {
  PKIX: 1,
  SPKI: 2,
  PGP: 3,
  IPKIX: 4,
  ISPKI: 5,
  IPGP: 6,
  ACPKIX: 7,
  IACPKIX: 8,
  URI: 253,
  OID: 254,
}

/**
 * RFC 4398 section 2:
 *
 *   TYPE (16) | KEY TAG (16) | ALGORITHM (8), 0 = not one of DNSSEC | CERTIFICATE OR CRL to the end
 */
export const cert: RdataType = {
  name: 'CERT',
  code: RrType.CERT,
  fields: [
    mnemonic('type', 2, CERTIFICATE_TYPES),
    u16('key tag'),
    algorithm('algorithm'),
    remainingBase64('certificate'),
  ],
}
