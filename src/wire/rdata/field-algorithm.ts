import type { Field } from './field.ts'
import { u8Mnemonic } from './field-numbers.ts'

/** DNSSEC algorithm numbers by mnemonic (RFC 4034 appendix A.1 and its successors), as far as any is still in use. */
const ALGORITHMS: Readonly<Record<string, number>> = {
  RSASHA1: 5,
  'RSASHA1-NSEC3-SHA1': 7,
  RSASHA256: 8,
  RSASHA512: 10,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
}

export const algorithm = (label: string): Field => u8Mnemonic(label, ALGORITHMS)
