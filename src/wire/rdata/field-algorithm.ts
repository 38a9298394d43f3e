import type { Field } from './field.ts'
import { mnemonic } from './field-numbers.ts'

/** DNSSEC algorithm numbers by mnemonic (RFC 4034 appendix A.1 and its successors at IANA); the second name of 7 is BIND's. */
const ALGORITHMS: Readonly<Record<string, number>> = {
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  'DSA-NSEC3-SHA1': 6,
  'RSASHA1-NSEC3-SHA1': 7,
  NSEC3RSASHA1: 7,
  RSASHA256: 8,
  RSASHA512: 10,
  'ECC-GOST': 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
}

export const algorithm = (label: string): Field => mnemonic(label, 1, ALGORITHMS)
